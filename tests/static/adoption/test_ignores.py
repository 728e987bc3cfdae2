"""Comments written at findings: they are heard, and the program stays what it was."""

import ast
import codecs

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stabcheck.settings import Settings
from stabcheck.static.adoption.ignores import with_ignores
from stabcheck.static.check import check_bytes, check_file
from stabcheck.static.discover import Candidate
from stabcheck.static.finding import Finding
from stabcheck.static.graph import Span
from stabcheck.static.source import Source, decode


def finding(line, code="NS105"):
    return Finding(code, "a-rule", "…", "error", "a.py", Span(line, 1, line, 2))


def silenced(text, *findings, reason=None):
    source = Source("a.py", text, text, "utf-8", "\n")
    return with_ignores(source, findings or (finding(1),), reason)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "x = 1  # stabcheck: ignore[NS105]"),
        ("x = 1   \n", "x = 1  # stabcheck: ignore[NS105]   \n"),
        ("x = 1  # why\n", "x = 1  # why  # stabcheck: ignore[NS105]\n"),
        ("x = 1  # noqa: E501\n", "x = 1  # noqa: E501  # stabcheck: ignore[NS105]\n"),
        ("x = 1  # noqa: NS201\n", "x = 1  # noqa: NS201  # stabcheck: ignore[NS105]\n"),
        ("x = 1  # type: ignore\n", "x = 1  # type: ignore  # stabcheck: ignore[NS105]\n"),
        ("x = 1  # stabcheck: ignore[NS201]\n", "x = 1  # stabcheck: ignore[NS201, NS105]\n"),
        (
            "x = 1  # stabcheck: ignore[NS201] -- small  # noqa\n",
            "x = 1  # stabcheck: ignore[NS201, NS105] -- small  # noqa\n",
        ),
        (
            "x = (1,\n  2)  # stabcheck: ignore[NS201]\n",
            "x = (1,\n  2)  # stabcheck: ignore[NS201, NS105]\n",
        ),
        ("x = (1,\n  2)\n", "x = (1,  # stabcheck: ignore[NS105]\n  2)\n"),
        ("x = 1 + \\\n  2\n", "x = 1 + \\\n  2  # stabcheck: ignore[NS105]\n"),
        ('x = """\n# no\n"""\n', 'x = """\n# no\n"""  # stabcheck: ignore[NS105]\n'),
        ('x = f"""\n{1}\n"""\n', 'x = f"""\n{1}\n"""  # stabcheck: ignore[NS105]\n'),
        ('x = (1, """\n""",\n 3)\n', 'x = (1, """\n""",  # stabcheck: ignore[NS105]\n 3)\n'),
        ("x = 1; y = 2\n", "x = 1; y = 2  # stabcheck: ignore[NS105]\n"),
        ("if x: y = 2\n", "if x: y = 2  # stabcheck: ignore[NS105]\n"),
        ("if (x and\n  y):\n    pass\n", "if (x and  # stabcheck: ignore[NS105]\n  y):\n    pass\n"),
        ("@f\ndef g(): pass\n", "@f  # stabcheck: ignore[NS105]\ndef g(): pass\n"),
    ],
)
def test_where_the_comment_goes(before, after):
    assert silenced(before).raw == after


def test_a_comment_that_would_swallow_the_new_one_stands_behind_it():
    done = silenced("x = 1  # stabcheck: ignore[NS201\n")
    assert done.raw == "x = 1  # stabcheck: ignore[NS105]  # stabcheck: ignore[NS201\n"
    assert done.left == ()


def test_codes_of_a_statement_share_a_comment():
    done = silenced("x = (1,\n 2,\n 3)\n", finding(3, "NS201"), finding(2), finding(3))
    assert done.raw == "x = (1,\n 2,  # stabcheck: ignore[NS105, NS201]\n 3)\n"


@pytest.mark.parametrize("reason", ["see #12", "two\nlines", "numpy's own: ε"])
def test_the_reason_is_said(reason):
    told = " ".join(reason.split())
    assert silenced("x = 1\n", reason=reason).raw == f"x = 1  # stabcheck: ignore[NS105] -- {told}\n"


def test_a_comment_keeps_its_own_reason():
    kept = silenced("x = 1  # stabcheck: ignore[NS201] -- old\n", reason="new").raw
    assert kept == "x = 1  # stabcheck: ignore[NS201, NS105] -- old\n"
    added = silenced("x = 1  # stabcheck: ignore[NS201]\n", reason="new").raw
    assert added == "x = 1  # stabcheck: ignore[NS201, NS105] -- new\n"


def test_what_does_not_parse_is_left():
    assert silenced("x = (\n").raw == "x = (\n"
    assert silenced("x = 1\n", finding(1, "NS000")).raw == "x = 1\n"


STATEMENTS = st.sampled_from(
    [
        "x = np.log(1 + np.exp(y))",
        "x = (np.log(\n    1\n    + np.exp(y)\n))",
        "x = 1 + \\\n    np.log(1 + np.exp(y)) + \\\n  2",
        'x = f(np.log(1 + np.exp(y)), """a\n # b \\\n""", np.exp(z) - 1)',
        'x = f"""{np.log(1 + np.exp(y))}\n{y}""" + "#"',
        "if np.log(1 + np.exp(y)) > 0: z = np.exp(y) - 1",
        "def f(y, a=[\n    1,\n]):\n    '''\n    # stabcheck: ignore\n    '''\n    return np.exp(y) - 1",
        "for y in (\n    np.exp(x) - 1,\n    np.log(1 + np.exp(x)),\n):\n\tpass",
        "class A:\n    x = lambda y: np.log(  # why\n        1 + np.exp(y))",
        "x = '''\n''' ; z = np.exp(x) - 1",
        "@f(np.exp(x) - 1)\nclass B: pass",
    ]
)
COMMENTS = st.sampled_from(
    [
        "",
        "  # why",
        "  # noqa: E501",
        "  # noqa: NS201",
        "\t#stabcheck:ignore[NS201]-- r",
        "  # stabcheck: ignore[NS1 ",
        "  # stabcheck: ignore[]",
        "  # type: ignore",
        "  ",
    ]
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(STATEMENTS, COMMENTS), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]),
    st.booleans(),
    st.sampled_from([None, "checked: see #3"]),
)
def test_findings_are_gone_and_the_program_is_the_same(statements, newline, encoding, last, reason):
    assume((encoding, newline) != ("latin-1", "\r"))  # Python finds no coding line then
    head = ["# -*- coding: latin-1 -*-"] if encoding == "latin-1" else []
    body = [statement + comment for statement, comment in statements]
    lines = [*head, "# é", "import numpy as np", *body]
    text = newline.join("\n".join(lines).split("\n")) + (newline if last else "")
    data = text.encode(encoding)
    candidate = Candidate("a.py", Settings())
    before = check_bytes(data, candidate)
    assert not before.errors
    source = decode(data, "a.py")
    done = with_ignores(source, before.findings, reason)
    assert done.left == ()
    assert len(done.silenced) == len(before.findings)
    after = source.encode(done.raw)
    assert check_bytes(after, candidate).findings == ()
    assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(data))
    assert after.startswith(codecs.BOM_UTF8) == data.startswith(codecs.BOM_UTF8)
    assert after.count(b"\r") == data.count(b"\r")
    assert after.count(b"\n") == data.count(b"\n")
    assert with_ignores(decode(after, "a.py"), (), reason).raw.encode(source.encoding) == after


def test_a_file_is_written_at_once_and_only_if_there_is_something_to_say(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"import numpy as np\r\nx = np.log(1 + np.exp(y))\r\n")
    path.chmod(0o640)
    done = check_file(Candidate(str(path), Settings()), "ignore")
    assert [each.code for each in done.fixed] == ["NS105"]
    assert path.read_bytes().endswith(b"np.exp(y))  # stabcheck: ignore[NS105]\r\n")
    assert path.stat().st_mode & 0o777 == 0o640
    stamp = path.stat().st_mtime_ns
    assert check_file(Candidate(str(path), Settings()), "ignore").fixed == ()
    assert path.stat().st_mtime_ns == stamp
