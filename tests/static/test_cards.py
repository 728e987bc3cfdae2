"""Reading cards: what is right is kept, what is wrong is said with its line."""

import pytest

from stabcheck.static.cards import CardError, builtin_folder, load, parse, read

PAGE = """# log-twice

Finds a logarithm of a logarithm.

```toml
code = "XX101"
name = "log-twice"
severity = "warning"
summary = "log(log({x}))"
fix = "unsafe"

[[pattern]]
find = "log(log($x))"
replace = "log($x)"
safe_when = ["lower($x) > 1"]
reason = "only an example"

[witness]
x = { low = 1, high = 10 }
```

## Examples

### Found

```python
import numpy as np
y = np.log(np.log(x))  # found
```

### Safe

```python
y = 1
```
"""


def wrong(old: str, new: str) -> str:
    assert old in PAGE
    with pytest.raises(CardError) as raised:
        parse(PAGE.replace(old, new, 1), "rules/log-twice.md")
    message = str(raised.value)
    assert message.startswith("rules/log-twice.md:")
    assert "\n" not in message
    return message.removeprefix("rules/log-twice.md:")


def test_a_page_becomes_a_card():
    card = parse(PAGE, "rules/log-twice.md")
    assert (card.code, card.name, card.severity, card.fix) == ("XX101", "log-twice", "warning", "unsafe")
    assert card.patterns[0].replace == "log($x)"
    assert card.witness["x"].high == 10
    assert [(example.heading, example.source.count("\n")) for example in card.examples] == [
        ("Found", 2),
        ("Safe", 1),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('severity = "warning"', 'severity = "bad"', 8, "error, warning, info"),
        ('code = "XX101"', 'code = "x"', 6, "letters and digits"),
        ('summary = "log(log({x}))"', "summary = 3", 9, "must be text"),
        ('summary = "log(log({x}))"', "", 6, "summary"),
        ('fix = "unsafe"', 'fix = "perhaps"', 10, "safe, unsafe"),
        ('fix = "unsafe"', "colour = 1", 10, "allowed are"),
        ('log(log($x))"\nrep', 'log(lag($x))"\nrep', 13, "unknown operation 'lag'"),
        ('log(log($x))"\nrep', 'log(log($x)"\nrep', 13, "not a Python expression"),
        ('replace = "log($x)"', 'replace = "log($y)"', 14, "$y"),
        ("lower($x) > 1", "lowest($x) > 1", 15, "unknown question 'lowest'"),
        ("lower($x) > 1", "lower($z) > 1", 15, "$z"),
        ("lower($x) > 1", "__import__('os')", 15, "allowed are"),
        ("lower($x) > 1", "(lambda: 1)()", 15, "not allowed"),
        ("low = 1, high = 10", "low = 10, high = 1", 19, "below"),
        ("low = 1,", "low = 1, sizes = 3,", 19, "allowed are"),
        ('name = "log-twice"', 'name = "log-twice"\ndetector = "no_such"', 8, "no detector"),
        ('name = "log-twice"', "name = ", 7, "TOML"),
        ("```toml", "```", 1, "no ```toml block"),
        ("### Safe", "### Harmless", 34, "### Found, ### Fixed, ### Safe"),
    ],
)
def test_a_mistake_is_told_with_its_line(old, new, line, says):
    message = wrong(old, new)
    assert says in message
    assert int(message.split(":")[0]) == line


def test_an_unclosed_fence_is_told():
    with pytest.raises(CardError, match=r"rules/x\.md:5: .*never closed"):
        parse(PAGE.split("## Examples", maxsplit=1)[0].rstrip().removesuffix("```"), "rules/x.md")


def test_two_cards_may_not_share_a_code(tmp_path):
    for folder, name in (("a", "log-twice"), ("b", "log-again")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.md").write_text(PAGE.replace("log-twice", name))
    with pytest.raises(CardError, match="XX101 log-twice is already defined"):
        load([tmp_path / "a", tmp_path / "b"])


def test_a_page_is_called_like_its_rule(tmp_path):
    path = tmp_path / "other.md"
    path.write_text(PAGE)
    with pytest.raises(CardError, match="that of the file"):
        read(path)


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere.md").write_text(PAGE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "log-twice.md").symlink_to(tmp_path / "elsewhere.md")
    with pytest.raises(CardError, match="outside"):
        load([tmp_path / "rules"])


def test_a_huge_page_and_a_missing_folder_are_refused(tmp_path):
    (tmp_path / "log-twice.md").write_text(PAGE + "x" * 300_000)
    with pytest.raises(CardError, match="larger than"):
        load([tmp_path])
    with pytest.raises(CardError, match="no such folder"):
        load([tmp_path / "nowhere"])


def test_a_page_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "log-twice.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardError, match="UTF-8"):
        load([tmp_path])


def test_the_catalogue_is_sorted_and_found_by_code_and_name():
    catalogue = load([builtin_folder()])
    codes = [card.code for card in catalogue]
    assert codes == sorted(codes)
    assert catalogue.find("ns101") is catalogue.find("naive-softmax") is not None
    assert catalogue.find("NS999999") is None


@pytest.mark.parametrize(
    ("title", "heading"),
    [("## Why?", "Why?"), ("##  Why? ##", "Why?"), ("##\tC#", "C"), ("##Why", None), ("##  ", None)],
)
def test_headings(title, heading):
    from stabcheck.static.page import parts

    assert [part.text for part in parts(f"text\n{title}\n")] == ([heading] if heading else [])
