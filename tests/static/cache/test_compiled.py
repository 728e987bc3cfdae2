"""The built-in cards as an earlier run read them: the same as their pages, and never others."""

import json
import os
import shutil
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from stabcheck.cli import commands
from stabcheck.static import cards
from stabcheck.static import rules as loaded
from stabcheck.static.cache import compiled, key
from stabcheck.static.cards import load
from stabcheck.static.trigger import alternatives

KEPT = compiled.NAME


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """Three built-in pages, changed long ago, in the place of all."""
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in sorted(cards.builtin_folder().rglob("naive-s*.md"))[:3]:
        shutil.copy(path, folder)
        os.utime(folder / path.name, ns=(10**18, 10**18))
    monkeypatch.setattr(cards, "builtin_folder", lambda: folder)
    monkeypatch.setattr(compiled, "own_files", lambda: tuple(key._described(str(folder))))
    return folder


@pytest.fixture
def kept(tmp_path):
    """The folder of a cache, in which compiled cards are kept meanwhile."""
    folder = tmp_path / "cache"
    with compiled.kept_in(folder):
        yield folder


def refusing(*_):
    raise AssertionError("the pages are read")


def test_all_cards_come_back_as_they_were_read(tmp_path, monkeypatch):
    known = load()
    monkeypatch.setattr(compiled, "own_files", lambda: ())
    compiled._keep(tmp_path, ["signature"], known)
    back = compiled._kept(tmp_path, ["signature"])
    assert back == list(known)
    assert cards.catalogued(back) == known
    assert [card.needed for card in back] == [alternatives(card) for card in known]
    assert compiled._kept(tmp_path, ["another"]) is None


def test_pages_are_read_once(pages, kept, monkeypatch):
    first = compiled.builtin()
    assert len(first) == 3
    assert (kept / KEPT).exists()
    monkeypatch.setattr(cards, "read", refusing)
    assert compiled.builtin() == first


def test_without_a_folder_pages_are_read_and_nothing_is_kept(pages, tmp_path, monkeypatch):
    with compiled.kept_in(None):
        assert len(compiled.builtin()) == 3
    assert not list(tmp_path.rglob(KEPT))
    monkeypatch.setattr(cards, "read", refusing)
    with compiled.kept_in(None), pytest.raises(AssertionError):
        compiled.builtin()


@pytest.mark.parametrize("change", ["edited", "of the same size", "added", "removed"])
def test_a_page_that_is_edited_is_seen_at_once(pages, kept, change):
    before = compiled.builtin()
    page = next(pages.iterdir())
    text = page.read_text()
    if change == "removed":
        page.unlink()
    elif change == "added":
        added = text.replace(page.stem, "a-new-one").replace(load([pages]).find(page.stem).code, "NS999")
        (pages / "a-new-one.md").write_text(added)
    else:
        page.write_text(text.replace("## Why", "## why" if change == "of the same size" else "## And why"))
    after = compiled.builtin()
    assert after == load([pages])
    assert after != before


def test_a_page_that_was_changed_just_now_is_read_again(pages, kept):
    """A second change within a tick of the clock would show neither in its time nor in its size."""
    page = next(pages.iterdir())
    os.utime(page)
    compiled.builtin()
    assert not (kept / KEPT).exists()


def resealed(change):
    """What is whole as a file, and holds something else."""

    def spoil(data):
        held = json.loads(data.partition(b"\n")[2])
        body = json.dumps(change(held)).encode()
        return b"%08x\n" % zlib.crc32(body) + body

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"\xff\x00 not ours",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"softmax", b"hardmax"),
        lambda data: data.partition(b"\n")[2],
        resealed(lambda held: []),
        resealed(lambda held: None),
        resealed(lambda held: {**held, "cards": None}),
        resealed(lambda held: {**held, "cards": [{"code": "NS101"}]}),
        resealed(lambda held: {**held, "cards": [{**held["cards"][0], "pickle": 1}]}),
        resealed(lambda held: {**held, "cards": [{**held["cards"][0], "patterns": [1]}]}),
        resealed(lambda held: {**held, "signature": held["signature"][:-1]}),
        resealed(lambda held: {**held, "signature": [held["signature"][0], "0.0", *held["signature"][2:]]}),
    ],
)
def test_what_is_corrupt_or_foreign_is_passed_over_and_replaced(pages, kept, spoil, monkeypatch):
    whole = compiled.builtin()
    good = (kept / KEPT).read_bytes()
    spoilt = spoil(good)
    assert spoilt != good
    (kept / KEPT).write_bytes(spoilt)
    assert compiled.builtin() == whole
    assert (kept / KEPT).read_bytes() == good


def test_a_folder_that_can_not_be_made_is_no_error(pages, kept):
    kept.write_text("a file stands there")
    assert len(compiled.builtin()) == 3


def test_runs_keep_cards_and_those_without_cache_do_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STABCHECK_NO_CACHE", raising=False)
    (tmp_path / "a.py").write_text("import numpy as np\n\n\ndef f(x):\n    return np.log(1 + x)\n")

    def lint(*arguments):
        command = [sys.executable, "-m", "stabcheck", "lint", "--format=json", *arguments, "a.py"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr
        return done.stdout

    alone = lint("--no-cache")
    assert not list(tmp_path.rglob(KEPT))
    with ThreadPoolExecutor(4) as runs:
        together = list(runs.map(lambda _: lint(), range(4)))
    assert together == [alone] * 4
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("arguments", [[], ["--no-cache"]])
def test_the_cards_of_a_run_lie_with_its_results(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STABCHECK_NO_CACHE", raising=False)
    Path("a.py").write_text("import numpy as np\ny = np.log(x)\n")
    folders = []
    monkeypatch.setattr(loaded, "builtin", lambda: folders.append(compiled._folder.get()) or load())
    loaded.rules.cache_clear()
    loaded.catalogue.cache_clear()
    CliRunner().invoke(commands, ["lint", *arguments, "a.py"], standalone_mode=False)
    assert folders == [None if arguments else tmp_path / ".stabcheck_cache"]
    assert compiled._folder.get() is None
