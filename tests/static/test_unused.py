"""Comments that silence nothing are found, judged by the rules that ran, and taken away."""

import textwrap

import pytest

from stabcheck.settings import Settings
from stabcheck.static.check import check_bytes
from stabcheck.static.discover import Candidate
from stabcheck.static.suppress import directives

ON = Settings(extend_select=("NS001",))
HEAD = "import numpy as np\n"
BAD = "x = np.log(1 + np.exp(y))"


def messages(text, settings=ON):
    result = check_bytes((HEAD + text + "\n").encode(), Candidate("a.py", settings))
    assert not result.errors
    return [finding.message for finding in result.findings if finding.code == "NS001"]


def fixed(text, settings=ON):
    settings = Settings(extend_select=settings.extend_select, ignore=("NS1", "NS2"))
    result = check_bytes((HEAD + text).encode(), Candidate("a.py", settings), "fix")
    return result.text.removeprefix(HEAD) if result.text is not None else None


@pytest.mark.parametrize(
    "line",
    [
        f"{BAD}  # stabcheck: ignore[NS105]",
        f"{BAD}  # stabcheck: ignore[naive-softplus] -- small",
        f"{BAD}  # stabcheck: ignore[NS1]",
        f"{BAD}  # stabcheck: ignore",
        f"{BAD}  # noqa: NS105",
        "x = 1  # noqa",
        "x = 1  # noqa: E501, F401",
        "x = 1  # noqa: XNS105",
        "x = '# stabcheck: ignore[NS105]'",
        "x = 1  # stabcheck: ignore[NS299] -- this rule is off",
        "x = 1  # stabcheck: ignore[NS001]",
        f"# stabcheck: ignore-file[NS105]\n{BAD}",
    ],
)
def test_needed_or_not_to_be_judged(line):
    assert messages(line) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = 1  # stabcheck: ignore[NS105]", "by NS105: the rule finds nothing here"),
        ("x = 1  # noqa: NS105", "by NS105: the rule finds nothing here"),
        ("x = 1  # stabcheck: ignore", "no rule finds anything here"),
        ("x = 1  # stabcheck: ignore[NS1]", "by NS1: "),
        (f"{BAD}  # stabcheck: ignore[NS105, NS101, NS112]", "by NS101, NS112: the rules find"),
        ("x = 1  # stabcheck: ignore-file[NS105]", "the rule finds nothing in this file"),
        ("x = 1  # stabcheck: ignore-file", "no rule finds anything in this file"),
        ("x = 1  # stabcheck: ignore[NS1234]", "no rule has the code or name NS1234"),
        ("x = 1  # stabcheck: ignore[naive-sofplus]", "no rule has the code or name naive-sofplus"),
    ],
)
def test_unused(line, said):
    (message,) = messages(line)
    assert said in message
    assert messages(line, Settings()) == []


def test_files_without_any_operation_are_read_for_it():
    result = check_bytes(b"x = 1  # noqa: NS105\n", Candidate("a.py", ON))
    assert [finding.code for finding in result.findings] == ["NS001"]


@pytest.mark.parametrize(
    "settings",
    [
        {"select": ("NS001", "NS2")},
        {"ignore": ("NS105",)},
        {"per_file_ignores": (("a.py", ("NS105",)),)},
    ],
)
def test_rules_that_did_not_run_judge_nothing(settings):
    settings = Settings(**{"extend_select": ("NS001",), **settings})
    for comment in ("ignore[NS105]", "ignore", "ignore[NS1]"):
        assert messages(f"x = 1  # stabcheck: {comment}", settings) == []


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("x = 1  # stabcheck: ignore[NS300]", "x = 1"),
        ("x = 1\t# stabcheck: ignore[NS300] -- why  ", "x = 1"),
        ("x = 1  # stabcheck: ignore[NS300]  # noqa: E501", "x = 1  # noqa: E501"),
        ("x = 1  # noqa: E501  # stabcheck: ignore[NS300]", "x = 1  # noqa: E501"),
        ("x = 1  # the size  # stabcheck: ignore[NS300]", "x = 1  # the size"),
        ("x = 1  # stabcheck: ignore[NS300] the size", "x = 1  # the size"),
        ("x = 1  # stabcheck: ignore[NS300]the size", "x = 1  # the size"),
        ("x = 1  # noqa: E501,NS302", "x = 1  # noqa: E501"),
        ("x = 1  # noqa: NS302 E501", "x = 1  # noqa: E501"),
        ("x = 1  # noqa: NS302 NS303 more words", "x = 1  # more words"),
        ("x = 1\n# stabcheck: ignore[NS300]\ny = 2", "x = 1\ny = 2"),
        ("def f():\n    # stabcheck: ignore[NS300]\n    return 2", "def f():\n    return 2"),
        ("x = 1\n    # stabcheck: ignore[NS300]", "x = 1\n"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n"])
def test_the_fix_takes_away_what_is_not_needed(line, after, end):
    assert fixed(line + end) == (after if after.endswith("\n") else after + end)


def test_needed_codes_stay():
    line = "x = np.tanh(y)\nz = -np.log(np.maximum(y, 0))  # stabcheck: ignore[NS300, NS301 ,NS999] -- why\n"
    (left,) = directives(fixed(line))
    assert (left.codes, left.reason) == (("NS301",), "why")


def test_what_is_left_is_shown():
    line = f"{BAD}  # noqa: E501, NS105, NS112\nz = 1  # stabcheck: ignore[NS300]\n"
    result = check_bytes((HEAD + line).encode(), Candidate("a.py", ON))
    shown = [each.fix.replacement for each in result.findings if each.code == "NS001"]
    assert shown == ["# noqa: E501, NS105", "no comment"]


def test_codes_of_packs_silence_like_those_of_the_house():
    (found,) = directives(textwrap.dedent("x = 1  # noqa: ACME12\n"))
    from stabcheck.static.finding import Finding
    from stabcheck.static.graph import Span

    assert found.silences(Finding("ACME123", "a-rule", "…", "info", "a.py", Span(1, 1, 1, 2)))
    assert not found.silences(Finding("ACME223", "a-rule", "…", "info", "a.py", Span(1, 1, 1, 2)))
