"""Fixes: untouched text stays as it is, files stay what they were but for the fix."""

import os
import stat
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.apply import apply_edits, compatible, fix, unified_diff, write
from stabcheck.static.finding import Edit, Finding, Fix, Problem
from stabcheck.static.graph import Span
from stabcheck.static.source import LINE_END, Source, decode


def edit(line, column, end_column, text, end_line=None):
    return Edit(Span(line, column, end_line or line, end_column), text)


def finding(*edits, safety="safe", code="NS201"):
    return Finding(code, "a-rule", "…", "warning", "a.py", edits[0].span, fix=Fix(safety, edits, "…"))


def source(raw, path="a.py", encoding="utf-8"):
    result = decode(raw.encode(encoding), path)
    assert isinstance(result, Source)
    return result


def renaming(old, new, safety="safe"):
    """A check that wants every `old` in the text to be `new`."""

    def check(text):
        return [
            finding(edit(number, start + 1, start + 1 + len(old), new), safety=safety)
            for number, line in enumerate(text.split("\n"), start=1)
            for start in range(len(line))
            if line.startswith(old, start)
        ]

    return check


class TestApplyEdits:
    def test_several_on_a_line_an_insertion_and_several_lines(self):
        text = "a = log(1 + x)\r\nb = f(\r\n  x)\n"
        edits = [
            edit(2, 5, 5, "log1p(x)", end_line=3),
            edit(1, 1, 1, "import numpy as np\n"),
            edit(1, 5, 15, "np.log1p(x)"),
        ]
        assert apply_edits(text, edits, "\r\n") == "import numpy as np\r\na = np.log1p(x)\r\nb = log1p(x)\n"

    line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=12)
    lines = st.lists(line, min_size=1, max_size=8)
    ends = st.sampled_from(["\n", "\r\n", "\r"])

    @given(lines, st.data())
    def test_untouched_lines_are_identical(self, lines, data):
        ends = [data.draw(self.ends) for _ in lines]
        touched = data.draw(st.sets(st.integers(0, len(lines) - 1)))
        text = "".join(line + end for line, end in zip(lines, ends, strict=True))
        edits = []
        for i in touched:
            start = data.draw(st.integers(0, len(lines[i])))
            stop = data.draw(st.integers(start, len(lines[i])))
            edits.append((i, start, stop, edit(i + 1, start + 1, stop + 1, "NEW")))
        expected = list(lines)
        for i, start, stop, _ in edits:
            expected[i] = lines[i][:start] + "NEW" + lines[i][stop:]
        result = apply_edits(text, [each for *_, each in edits])
        assert result == "".join(line + end for line, end in zip(expected, ends, strict=True))


class TestCompatible:
    def test_of_two_that_overlap_the_first_is_made(self):
        outer = finding(edit(1, 1, 20, "outer"))
        inner = finding(edit(1, 5, 9, "inner"))
        apart = finding(edit(1, 20, 22, "apart"))
        assert compatible([inner, apart, outer]) == [outer, apart]

    def test_a_shared_import_is_no_conflict(self):
        new = edit(1, 1, 1, "import numpy as np\n")
        first, second = finding(edit(2, 1, 4, "a"), new), finding(edit(3, 1, 4, "b"), new)
        assert compatible([first, second]) == [first, second]

    def test_a_fix_that_overlaps_itself_is_not_made(self):
        assert compatible([finding(edit(1, 1, 9, "a"), edit(1, 5, 6, "b"))]) == []


class TestFix:
    def test_nested_ones_take_several_passes(self):
        def check(text):
            start = text.find("f(")
            return [finding(edit(1, start + 1, start + 3, "g("))] if start >= 0 else []

        fixed = fix(source("x = f(f(f(1)))\n"), check, unsafe=False)
        assert fixed.raw == "x = g(g(g(1)))\n"
        assert (len(fixed.applied), fixed.remaining) == (3, ())

    def test_unsafe_ones_only_if_asked_for(self):
        check = renaming("one", "two", safety="unsafe")
        assert fix(source("one\n"), check, unsafe=False).raw == "one\n"
        assert fix(source("one\n"), check, unsafe=True).raw == "two\n"

    def test_what_would_no_longer_parse_is_not_made_and_the_rest_is(self):
        def check(text):
            return [*renaming("bad", "(")(text), *renaming("good", "fine")(text)]

        fixed = fix(source("bad\ngood\nbad\ngood\n"), check, unsafe=False)
        assert fixed.raw == "bad\nfine\nbad\nfine\n"
        assert len(fixed.remaining) == 2

    def test_two_that_break_the_text_only_together(self):
        def check(text):
            return [*renaming("u", "(v")(text), *renaming("w", "z)")(text)]

        assert fix(source("u\nw\n"), check, unsafe=False).raw == "u\nw\n"

    def test_two_that_undo_each_other_end(self):
        def check(text):
            return [*renaming("one", "two")(text), *renaming("two", "one")(text)]

        assert fix(source("one\n"), check, unsafe=False).raw in ("one\n", "two\n")

    def test_one_that_always_finds_more_ends(self):
        fixed = fix(source("n\n"), renaming("n", "nn"), unsafe=False)
        assert set(fixed.raw.strip()) == {"n"}

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_line_ends_stay(self, newline):
        check = renaming("one", "(two,\n two)")
        raw = newline.join(["one", "'''a", "b'''", ""])
        assert fix(source(raw), check, unsafe=False).raw == newline.join(
            ["(two,", " two)", "'''a", "b'''", ""]
        )


class TestWrite:
    # Python itself finds no coding line in a file whose lines end in "\r" only.
    @pytest.mark.parametrize(
        ("encoding", "newline"),
        [(encoding, end) for encoding in ("utf-8", "utf-8-sig", "latin-1") for end in ("\n", "\r\n")]
        + [("utf-8", "\r")],
    )
    def test_encoding_line_ends_and_mode_stay(self, tmp_path, encoding, newline):
        path = tmp_path / "a.py"
        name = "utf-8" if encoding == "utf-8-sig" else encoding
        raw = newline.join([f"# coding: {name}", "s = 'é'", "one", ""])
        path.write_bytes(raw.encode(encoding))
        path.chmod(0o750)
        before = decode(path.read_bytes(), str(path))
        assert write(before, fix(before, renaming("one", "two"), unsafe=False).raw) is None
        assert path.read_bytes() == raw.replace("one", "two").encode(encoding)
        assert stat.S_IMODE(path.stat().st_mode) == 0o750
        assert os.listdir(tmp_path) == ["a.py"]

    def test_a_link_stays_a_link(self, tmp_path):
        (tmp_path / "real.py").write_text("one\n")
        (tmp_path / "link.py").symlink_to("real.py")
        assert write(source("one\n", str(tmp_path / "link.py")), "two\n") is None
        assert (tmp_path / "link.py").is_symlink()
        assert (tmp_path / "real.py").read_text() == "two\n"

    def test_a_file_that_changed_meanwhile_is_left_alone(self, tmp_path):
        (tmp_path / "a.py").write_text("other\n")
        problem = write(source("one\n", str(tmp_path / "a.py")), "two\n")
        assert isinstance(problem, Problem)
        assert "changed meanwhile" in problem.message
        assert (tmp_path / "a.py").read_text() == "other\n"

    def test_a_character_that_the_encoding_has_not(self, tmp_path):
        raw = "# coding: latin-1\nx\n"
        (tmp_path / "a.py").write_text(raw)
        problem = write(source(raw, str(tmp_path / "a.py")), raw + "# √\n")
        assert "has no '√'" in problem.message
        assert os.listdir(tmp_path) == ["a.py"]

    def test_what_does_not_parse_is_not_written(self, tmp_path):
        (tmp_path / "a.py").write_text("one\n")
        problem = write(source("one\n", str(tmp_path / "a.py")), "(one\n")
        assert "does not parse" in problem.message
        assert (tmp_path / "a.py").read_text() == "one\n"

    def test_a_file_that_libcst_does_not_read_back_is_written_all_the_same(self, tmp_path):
        raw = "one\n\x0cdef f():\n\x0c    return 1\r\n"
        (tmp_path / "a.py").write_bytes(raw.encode())
        assert write(source(raw, str(tmp_path / "a.py")), raw.replace("one", "two")) is None
        assert (tmp_path / "a.py").read_bytes() == raw.replace("one", "two").encode()

    def test_a_file_that_is_gone(self, tmp_path):
        assert "can't be written" in write(source("one\n", str(tmp_path / "a.py")), "two\n").message


@given(
    st.lists(st.sampled_from(["one", "x = 1", "", "'é\x0c '"]), max_size=6),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_diff_makes_the_fixed_file(tmp_path_factory, lines, ends, newline):
    raw = newline.join(lines) + (newline if ends else "")
    before = source(raw)
    fixed = fix(before, renaming("one", "two"), unsafe=False).raw
    folder = tmp_path_factory.mktemp("diff")
    (folder / "a.py").write_bytes(raw.encode())
    diff = unified_diff(before, fixed)
    if diff:
        subprocess.run(
            ["git", "apply", "--unsafe-paths", "-"],
            input=diff.encode(),
            cwd=folder,
            check=True,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        )
    assert LINE_END.sub("\n", (folder / "a.py").read_bytes().decode()) == LINE_END.sub("\n", fixed)
    assert (folder / "a.py").read_bytes() == fixed.encode()
