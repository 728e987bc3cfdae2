"""Which rules are on: selectors, defaults, who wins."""

from pathlib import Path

import pytest

from stabcheck.config import ConfigError, Settings
from stabcheck.static.card import Card
from stabcheck.static.select import off_for, select


def card(code, name, default=True):
    return Card(code, name, "warning", "…", "", f"rules/{name}.md", default=default)


CARDS = (
    card("NS101", "naive-softmax"),
    card("NS102", "naive-logsumexp"),
    card("NS201", "missing-expm1"),
    card("NS202", "one-minus-exp", default=False),
    card("XY001", "of-a-pack"),
)


def on(**settings):
    return [card.code for card in select(CARDS, Settings(**settings))]


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({}, ["NS101", "NS102", "NS201", "XY001"]),
        ({"select": ("NS1",)}, ["NS101", "NS102"]),
        ({"select": ("ns101",)}, ["NS101"]),
        ({"select": ("naive-softmax", "XY")}, ["NS101", "XY001"]),
        ({"select": ("ALL",)}, ["NS101", "NS102", "NS201", "NS202", "XY001"]),
        ({"select": ("NS2",)}, ["NS201", "NS202"]),
        ({"extend_select": ("one-minus-exp",)}, ["NS101", "NS102", "NS201", "NS202", "XY001"]),
        ({"ignore": ("NS1", "XY001")}, ["NS201"]),
        ({"ignore": ("ALL",)}, []),
        ({"select": ("NS1",), "ignore": ("NS101",)}, ["NS102"]),
        ({"select": ("NS101",), "ignore": ("NS1",)}, ["NS101"]),
        ({"select": ("NS101",), "ignore": ("naive-softmax",)}, []),
        ({"extend_select": ("NS101",), "ignore": ("NS",)}, ["NS101", "XY001"]),
    ],
)
def test_selection(settings, codes):
    assert on(**settings) == codes


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"select": ("NS9",)}, "select: no rule has the code or name 'NS9'"),
        ({"ignore": ("naive-sofmax",)}, "'naive-sofmax' (did you mean naive-softmax?)"),
        ({"per_file_ignores": (("a.py", ("NS999",)),)}, "per-file-ignores: no rule"),
        ({"select": ("N",)}, "'N'"),
        (
            {"select": ("NS9",), "origins": (("select", "pyproject.toml: [tool.stabcheck] select"),)},
            "pyproject.toml: [tool.stabcheck] select: no rule",
        ),
    ],
)
def test_what_is_not_a_rule_is_told_with_where_it_stands(settings, message):
    with pytest.raises(ConfigError) as error:
        on(**settings)
    assert message in str(error.value)


def test_per_file_ignores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ignores = (("tests/**", ("NS1",)), ("*_ref.py", ("missing-expm1",)))
    settings = Settings(root=Path(tmp_path), per_file_ignores=ignores)
    assert off_for("a.py", CARDS, settings) == set()
    assert off_for("tests/deep/a.py", CARDS, settings) == {"NS101", "NS102"}
    assert off_for(str(tmp_path / "tests" / "a_ref.py"), CARDS, settings) == {"NS101", "NS102", "NS201"}
