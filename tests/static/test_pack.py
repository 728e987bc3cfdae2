"""A project's own cards: what fails is told with its line and its reason, and nothing of a card is run."""

import os
import time
from pathlib import Path

import pytest

from stabcheck.static.card_error import CardError
from stabcheck.static.card_reader import MOST_PATTERNS, parse
from stabcheck.static.engine import check
from stabcheck.static.pack import results

CARD = """\
# one-minus-tanh-squared

```toml
code = "MY201"
name = "one-minus-tanh-squared"
severity = "warning"
summary = "1 - tanh({x})**2 cancels for large {x}"
fix = "safe"

[[pattern]]
find = "1 - tanh($x)**2"
replace = "1 / cosh($x)**2"
safe_when = ["lower($x) >= -1 and upper($x) <= 1"]

[witness]
x = { low = -40, high = 40, points = [10] }
```

## Examples

### Found

```python
import numpy as np
y = 1 - np.tanh(x) ** 2  # found: 1 - np.tanh(x) ** 2
```

### Fixed

```python
import numpy as np
y = 1 / np.cosh(x)**2
```

### Safe

```python
import numpy as np
y = 1 - np.tanh(np.clip(x, -1, 1)) ** 2
```
"""
FIND = 'find = "1 - tanh($x)**2"'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    return Path("mine")


def write(folder, text, name="one-minus-tanh-squared"):
    (folder / f"{name}.md").write_text(text)


def failures(folder, *changes):
    text = CARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    write(folder, text)
    (result,) = results([folder])
    return list(result.failures)


def test_a_card_that_keeps_its_promises(folder):
    write(folder, CARD)
    (result,) = results([folder])
    assert (result.code, result.examples, result.failures) == ("MY201", 3, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("# found: 1 - np", "# found: 2 - np", 25, "expected 2 - np.tanh(x) ** 2; found there: 1 - np.tanh"),
        ("  # found: 1 - np.tanh(x) ** 2", "", 24, "a Found block without a # found mark"),
        ("y = 1 - np.tanh(x)", "y = 2 - np.tanh(x)", 25, "no pattern of the card matches on that line"),
        ("upper($x) <= 1", "upper($x) <= inf", 13, "guards hold"),
        (
            "lower($x) >= -1 and upper($x) <= 1",
            "True",
            25,
            "but safe_when holds: 'True' is true of $x in [-inf, inf]",
        ),
        (
            "low = -40, high = 40, points = [10]",
            "low = 0.1, high = 0.2",
            25,
            "no input of the witness domain goes wrong",
        ),
        (
            "np.cosh(x)**2\n",
            "np.cosh(x)\n",
            32,
            "the fixes make something else of the block before; here: y =",
        ),
        (
            "np.clip(x, -1, 1)",
            "x",
            39,
            "in a Safe block MY201 one-minus-tanh-squared found at 1 - np.tanh(x)",
        ),
        ("1 / cosh($x)**2", "1 - tanh($x)**2 + 0*$x", None, "loses"),
        ("### Safe", "### Unsafe", 38, "allowed are ### Found"),
    ],
)
def test_what_does_not_hold_is_told_with_its_line(folder, old, new, line, said):
    told = failures(folder, (old, new))
    place = "mine/one-minus-tanh-squared.md:" + ("" if line is None else f"{line}:")
    assert any(each.startswith(place) and said in each for each in told), told
    assert all("\n" not in each for each in told)


def test_what_another_rule_has_to_itself(folder):
    text = CARD.replace("1 - tanh($x)**2", "log(1 + exp($x))").replace("1 / cosh($x)**2", "softplus($x)")
    text = text.replace("1 - np.tanh(x) ** 2", "np.log(1 + np.exp(x))").replace(
        "points = [10]", "points = [800]"
    )
    write(folder, text)
    (result,) = results([folder])
    assert any("found by this card alone, not with all rules on; NS105" in each for each in result.failures)


def test_a_code_that_is_taken(folder):
    assert "is already defined by" in failures(folder, ("MY201", "NS105"))[0]
    write(folder, CARD)
    write(folder, CARD.replace("one-minus-tanh-squared", "another"), "another")
    told = {result.path: result.failures for result in results([folder])}
    assert told["mine/another.md"] == ()
    (message,) = told["mine/one-minus-tanh-squared.md"]
    assert "MY201 another is already defined by mine/another.md" in message


class TestHostile:
    """Cards come from anywhere, and are read in pre-commit: they run nothing and take no time."""

    def quick(self, text):
        began = time.process_time()
        try:
            card = parse(text, "a.md")
        except CardError as error:
            return str(error)
        finally:
            assert time.process_time() - began < 5  # some take years without a bound
        source = "import numpy as np\ny = np.log(np.tanh(x)) - (1 - np.tanh(x) ** 2)\n"
        check(source, "a.py", [card])
        assert time.process_time() - began < 5
        return None

    @pytest.mark.parametrize(
        "find",
        [
            "1e308**1e308",
            "$x + 1e308**2",
            "$x ** 1e400",
            "0**-1 * $x",
            "(-8)**0.5 * $x",
            "9**9**9**9 * $x",
            "1/(1e-320*$x)",
            "9" * 400 + " + $x",
            "$x+" * 10_000 + "$x",
            "__import__('os').system('true') + $x",
            "$x.__class__",
            "[$x for y in $x]",
            "(lambda: $x)()",
        ],
    )
    def test_patterns_that_are_refused(self, find):
        assert self.quick(CARD.replace(FIND, f'find = "{find}"')) is not None

    @pytest.mark.parametrize(
        "find",
        [
            "-" * 90 + "$x + 1",
            "(" * 150 + "$x+1" + ")" * 150,
            "log(" + "+".join(f"$a{i}" for i in range(60)) + ")",
            "*".join(f"sin($a{i})" for i in range(30)),
            "maximum(minimum(" * 12 + "$x" + ",$y),$z)" * 12,
        ],
    )
    def test_patterns_that_search_long(self, find):
        assert (
            self.quick(
                CARD.replace(FIND, f'find = "{find}"')
                .replace('replace = "1 / cosh($x)**2"', "")
                .replace('safe_when = ["lower($x) >= -1 and upper($x) <= 1"]', "")
            )
            is None
        )

    @pytest.mark.parametrize(
        "guard",
        ["1 < 9**9**9**9", "'a' * 9999999999 == 'b'", "(0 - 8)**0.5 > 1", "10**10**8 > 1", "1/0 > 1"],
    )
    def test_guards_are_no_calculator(self, guard):
        assert self.quick(CARD.replace("lower($x) >= -1 and upper($x) <= 1", guard)) is None

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("high = 40", "high = 1" + "0" * 400),
            ("low = -40", "low = -1e308, high = 1e308 #"),
            ("points = [10]", f"points = [{'1,' * 500}]"),
            ("points = [10]", "points = [1" + "0" * 400 + "]"),
            ("points = [10]", "points = [true]"),
            ("[witness]", "[a]\nb = " + "[\n" * 2000 + "]\n" * 2000),
            ("[witness]", "".join(f'[[pattern]]\nfind = "log($x + {i})"\n' for i in range(MOST_PATTERNS))),
            ("# one-minus", "# a" + " " * 50_000 + "b"),
            ("# one-minus", "```" + " " * 50_000 + "a b"),
        ],
    )
    def test_tables_and_pages(self, old, new):
        assert self.quick(CARD.replace(old, new, 1)) is not None

    def test_links_that_lead_elsewhere_or_nowhere(self, folder):
        Path("secret.md").write_text(CARD)
        os.symlink("../secret.md", folder / "link.md")
        with pytest.raises(CardError, match="leads outside"):
            list(results([folder]))
        (folder / "link.md").unlink()
        os.symlink("b.md", folder / "a.md")
        os.symlink("a.md", folder / "b.md")
        with pytest.raises(CardError, match="can't be read"):
            list(results([folder]))

    def test_what_is_no_page(self, folder):
        os.mkfifo(folder / "fifo.md")
        (folder / "folder.md").mkdir()
        (folder / "latin.md").write_bytes(CARD.encode() + b"\xe9")
        (folder / "large.md").write_text(CARD + "\n" * 300_000)
        write(folder, CARD)
        told = {Path(result.path).stem: " ".join(result.failures) for result in results([folder])}
        assert "not a regular file" in told["fifo"]
        assert "not a regular file" in told["folder"]
        assert "not UTF-8" in told["latin"]
        assert "larger than" in told["large"]
        assert told["one-minus-tanh-squared"] == ""
