"""Comments that silence findings, and what only looks like one."""

import textwrap

import pytest

from stabcheck.static.finding import Finding
from stabcheck.static.graph import Span
from stabcheck.static.suppress import directives, suppress


def finding(line, code="NS201", name="missing-log1p"):
    return Finding(code, name, "…", "warning", "a.py", Span(line, 1, line, 2))


def silenced(text, line=1, **which):
    kept, _ = suppress([finding(line, **which)], directives(textwrap.dedent(text)))
    return not kept


@pytest.mark.parametrize(
    "comment",
    [
        "# stabcheck: ignore",
        "#stabcheck:ignore",
        "# stabcheck: ignore[NS201]",
        "# stabcheck: ignore[NS101, missing-log1p] -- y is an integer",
        "# stabcheck: ignore[NS2]",
        "# stabcheck: ignore-file",
        "# noqa",
        "# NOQA",
        "# noqa: NS201",
        "# noqa:E501,NS201",
        "# noqa: E501 NS201",
        "# noqa: missing-log1p",
        "# type: ignore # noqa: NS201",
        "# the value is small  # stabcheck: ignore[NS201]",
    ],
)
def test_silences(comment):
    assert silenced(f"x = log(1 + y)  {comment}\n")


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "# an ordinary comment",
        "# stabcheck: ignore[NS101]",
        "# stabcheck: ignore[]",
        "# stabcheck: ignore[NS201",
        "# stabcheck: ignored",
        "# noqa: E501",
        "# noqa: see the paper",
        "# noqa2",
        "# mentions ignore[NS201]",
        "# ruff: noqa",
        "# stabcheck: ignore-file[NS101]",
    ],
)
def test_does_not_silence(comment):
    assert not silenced(f"x = log(1 + y)  {comment}\n")


def test_a_string_is_no_comment():
    assert not silenced("x = log(1 + y), '# noqa'\n")
    assert not silenced('"""\n# stabcheck: ignore-file\n"""\nx = log(1 + y)\n', line=4)


@pytest.mark.parametrize("marked", [1, 2, 3, 4])
def test_any_line_of_a_statement_counts(marked):
    lines = ["x = log(", "    1", "    + y", ")", "z = log(1 + y)"]
    lines[marked - 1] += "  # noqa: NS201"
    text = "\n".join(lines)
    assert all(silenced(text, line=line) for line in (1, 2, 3, 4))
    assert not silenced(text, line=5)


def test_a_header_is_a_statement_of_its_own():
    text = """\
        if log(1 + y) > 0:  # noqa
            x = log(1 + y)
        else:
            x = log(1 + y)  # stabcheck: ignore
    """
    assert [silenced(text, line=line) for line in (1, 2, 4)] == [True, False, True]


def test_a_comment_on_a_line_of_its_own_says_nothing_of_the_next():
    assert not silenced("# noqa\nx = log(1 + y)\n", line=2)


def test_a_whole_file_by_code():
    text = "x = log(1 + y)\n# stabcheck: ignore-file[NS201] -- reference formulas\n"
    assert silenced(text)
    assert not silenced(text, code="NS101", name="naive-softmax")


def test_what_does_not_parse_cannot_be_silenced():
    assert not silenced("x = (  # noqa\n", code="NS000", name="syntax-error")


def test_unused_ones_and_reasons_are_told():
    comments = directives("x = 1  # stabcheck: ignore[NS101] -- not yet\nx = log(1 + y)  # noqa\n")
    kept, unused = suppress([finding(2)], comments)
    assert not kept
    assert [(each.line, each.codes, each.reason) for each in unused] == [(1, ("NS101",), "not yet")]


def test_lines_without_an_end_and_backslashes():
    assert silenced("x = log(1 + y)  # noqa")
    assert silenced("x = \\\n    log(1 + y)  # noqa", line=1)
