"""Every card keeps what its page promises."""

from pathlib import Path

import pytest

from stabcheck.static.cards import builtin_folder, load, read
from stabcheck.static.testing import failures, missing_sections

PAGES = sorted(path for path in builtin_folder().rglob("*.md") if path.name != "README.md")


@pytest.fixture(scope="session")
def defaults():
    return [card for card in load() if card.default]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_promises_of_a_card_hold(page: Path, defaults):
    assert list(failures(read(page), defaults)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_has_every_section(page: Path):
    assert missing_sections(read(page)) == []


def test_the_catalogue_has_at_least_forty_cards():
    assert len(PAGES) >= 40
