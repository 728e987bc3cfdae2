"""The line that shows which case runs: on a terminal, and gone when the report comes."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from stabcheck.cli import output


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    found = Terminal()
    monkeypatch.setattr(output, "sys", SimpleNamespace(stderr=found))
    monkeypatch.setattr(output.click, "echo", lambda text, err, nl: found.write(text))
    monkeypatch.setenv("COLUMNS", "40")
    return found


def test_nothing_off_a_terminal(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(output, "sys", SimpleNamespace(stderr=stream))
    monkeypatch.setattr(output.click, "echo", lambda text, err, nl: stream.write(text))
    assert output.progress() is None
    output.end_progress()
    assert stream.getvalue() == ""


def test_each_name_replaces_the_one_before_and_the_last_is_taken_back(terminal):
    show = output.progress()
    show("a.py::first")
    show("a.py::second")
    output.end_progress()
    written = terminal.getvalue()
    assert written.count("\r\x1b[K") == 3
    assert "\n" not in written
    assert written.endswith("\r\x1b[K")


def test_a_long_name_does_not_wrap(terminal):
    output.progress()("folder/" * 20 + "file.py::case")
    shown = terminal.getvalue().strip("\r").removeprefix("\x1b[K")
    assert len(shown) < 40
    assert shown.endswith("file.py::case …")


def test_control_characters_of_a_name_stay_out(terminal):
    output.progress()("a\x1b[31m.py::case")
    assert "\x1b[31m" not in terminal.getvalue()
