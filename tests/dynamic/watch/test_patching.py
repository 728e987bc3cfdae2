"""Functions are wrapped in modules that are there and in those that come, and put back everywhere."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stabcheck.dynamic.watch.patching import Patches
from stabcheck.dynamic.watch.recorder import Recorder


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package whose checker is defined in one module and offered by another."""
    (tmp_path / "somelibrary").mkdir()
    (tmp_path / "somelibrary" / "__init__.py").write_text("from somelibrary.checking import check\n")
    (tmp_path / "somelibrary" / "checking.py").write_text(
        "def check(f, x=1):\n    return f(x)\n\ndef twice(f):\n    return check(f) + check(f)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("somelibrary")]:
        del sys.modules[name]


def watching(recorder: Recorder) -> Patches:
    return Patches({("somelibrary.checking", "check"): lambda original: recorder.watching("check", original)})


def test_a_module_that_is_imported_later(library: Path) -> None:
    recorder = Recorder()
    patches = watching(recorder)
    patches.start()
    import somelibrary
    from somelibrary import check

    module = sys.modules["somelibrary.checking"]
    assert type(module.__loader__).__name__ == type(importlib.import_module("json").__loader__).__name__
    assert module.__spec__.loader is module.__loader__
    assert check(lambda x: x + 1, x=2) == 3
    assert [call.keywords for call in recorder.calls] == [{"x": 2}]
    patches.stop()
    assert somelibrary.check is module.check
    assert not hasattr(module.check, "__wrapped__")
    assert patches not in sys.meta_path


def test_a_module_that_is_there_and_a_name_that_was_taken_from_it(library: Path) -> None:
    import somelibrary

    original, recorder = somelibrary.check, Recorder()
    patches = watching(recorder)
    patches.start()
    try:
        assert somelibrary.check(abs) == 1
        assert len(recorder.calls) == 1
    finally:
        patches.stop()
    assert somelibrary.check is original
    assert sys.modules["somelibrary.checking"].check is original


def test_calls_of_the_library_itself_are_not_recorded(library: Path) -> None:
    recorder = Recorder()
    patches = watching(recorder)
    patches.start()
    try:
        from somelibrary.checking import twice

        assert twice(lambda x: x) == 2
        assert not recorder.calls
    finally:
        patches.stop()


def test_nothing_is_imported(library: Path) -> None:
    patches = watching(Recorder())
    patches.start()
    patches.stop()
    assert "somelibrary" not in sys.modules


def test_exceptions_pass_and_are_remembered(library: Path) -> None:
    recorder = Recorder()
    patches = watching(recorder)
    patches.start()
    try:
        from somelibrary import check

        with pytest.raises(ZeroDivisionError) as caught:
            check(lambda x: x / 0)
        assert recorder.calls[0].error is caught.value
        assert recorder.calls[0].place[0] == __file__
    finally:
        patches.stop()


def test_a_missing_module_is_missing_as_before() -> None:
    patches = Patches({("no_such_library.checking", "check"): lambda original: original})
    patches.start()
    try:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("no_such_library.checking")
    finally:
        patches.stop()
