"""The line that shows which case runs: on a terminal, and gone when the report comes."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest

from stabcheck.cli import progress
from stabcheck.terminal import columns


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    found = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=found))
    monkeypatch.setattr(progress.click, "echo", lambda text, err, nl, color: found.write(text))
    monkeypatch.setenv("COLUMNS", "40")
    return found


@pytest.mark.parametrize("shown", [progress.cases_run, progress.files_read])
def test_nothing_off_a_terminal(monkeypatch, shown):
    stream = io.StringIO()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
    monkeypatch.setattr(progress.click, "echo", lambda text, err, nl, color: stream.write(text))
    with shown() as show:
        assert show is None
    assert stream.getvalue() == ""


def test_each_name_replaces_the_one_before_and_the_last_is_taken_back(terminal):
    with progress.cases_run() as show:
        show("a.py::first")
        show("a.py::second")
    written = terminal.getvalue()
    assert written.count("\r\x1b[K") == 3
    assert "\n" not in written
    assert written.endswith("\r\x1b[K")


def test_a_long_name_does_not_wrap(terminal):
    with progress.cases_run() as show:
        show("folder/" * 20 + "文/file.py::case")
        shown = terminal.getvalue().strip("\r").removeprefix("\x1b[K")
    assert columns(shown) < 40
    assert shown.endswith("文/file.py::case …")


def test_control_characters_of_a_name_stay_out(terminal):
    with progress.cases_run() as show:
        show("a\x1b[31m.py::case")
    assert "\x1b[31m" not in terminal.getvalue()


class TestFiles:
    """The bar of files read."""

    def test_short_work_shows_no_bar(self, terminal):
        with progress.files_read() as show:
            for done in range(1, 101):
                show(done, 100)
        assert terminal.getvalue() == ""

    def test_long_work_shows_one_that_fits_and_goes(self, terminal, monkeypatch):
        clock = iter(range(1000))
        monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
        with progress.files_read() as show:
            for done in range(1, 101):
                show(done, 100)
        written = terminal.getvalue()
        shown = [part for part in re.split(r"\r|\x1b\[\?25[lh]|\x1b\[K", written) if part]
        assert any("50/100" in part for part in shown)
        assert all(len(part) < 40 for part in shown)
        assert "\n" not in written
        assert written.endswith("\r\x1b[K\x1b[?25h")
