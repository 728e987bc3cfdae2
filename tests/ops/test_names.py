"""Names and signatures are those of the installed libraries."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from functools import reduce
from pathlib import Path

import pytest

from stabcheck.ops import OPERATIONS

# Defaults that say the same in other words: None is the last axis, the whole range, the Euclidean norm …
SAME_DEFAULT = {"axis", "keepdims", "ord", "dtype", "upper", "lower", "step", "epsilon", "decimals"}


def _spellings(column):
    return [
        pytest.param(row, spelling, id=spelling.qualified)
        for row in OPERATIONS.values()
        for spelling in row.spellings.get(column, ())
    ]


def _find(qualified):
    root, *parts = qualified.split(".")
    return reduce(getattr, parts, importlib.import_module(root))


def _check(row, spelling):
    if spelling.removed:
        with pytest.raises(AttributeError):
            _find(spelling.qualified)
        return
    try:
        signature = inspect.signature(_find(spelling.qualified))
    except ValueError:  # a function in C that doesn't tell
        return
    parameters = list(signature.parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    hidden = {p.name for p in parameters if p.kind is p.POSITIONAL_ONLY}
    own = [name.lstrip("*") for _, name in spelling.parameters]
    if not hidden and not any(p.kind is p.VAR_KEYWORD for p in parameters):
        assert set(own) <= set(signature.parameters)
    by_position = [name for name in own[: spelling.most_positional] if name in named]
    if spelling.operation != "arange":
        assert by_position == named[: len(by_position)]
    for canonical, name in spelling.parameters:
        parameter = signature.parameters.get(name)
        if parameter is None or canonical is None or canonical in row.parameters[: row.operands]:
            continue
        if parameter.default is parameter.empty:
            assert canonical in spelling.required or row.defaults.get(canonical) is None
        elif canonical not in SAME_DEFAULT:
            assert parameter.default == dict(spelling.defaults).get(canonical, row.defaults.get(canonical))


@pytest.mark.parametrize(("row", "spelling"), _spellings("math") + _spellings("python"))
def test_python(row, spelling):
    if spelling.qualified in ("math.cbrt", "math.exp2") or spelling.is_method:
        assert not spelling.is_method
    _check(row, spelling)


@pytest.mark.parametrize(("row", "spelling"), _spellings("numpy"))
def test_numpy(row, spelling):
    numpy = importlib.import_module("numpy")
    if spelling.is_method:
        assert hasattr(numpy.ndarray, spelling.qualified[1:])
    elif not numpy.__version__.startswith("1."):  # some names are new in 2.0
        _check(row, spelling)


def test_tensorflow_and_keras(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    tensorflow = pytest.importorskip("tensorflow")
    pytest.importorskip("keras")
    for parameter in _spellings("tensorflow") + _spellings("keras"):
        row, spelling = parameter.values
        if spelling.is_method:
            assert hasattr(tensorflow.constant(1.0), spelling.qualified[1:]), spelling
        else:
            try:
                _check(row, spelling)
            except (AssertionError, AttributeError) as error:
                raise AssertionError(f"{spelling.qualified}: {error}") from error


def _torch_text():
    """PyTorch's type stubs and Python wrappers, read and not imported; None where it is not installed."""
    found = importlib.util.find_spec("torch")
    if found is None or not found.submodule_search_locations:
        return None
    root = Path(next(iter(found.submodule_search_locations)))
    files = ["_C/_VariableFunctions.pyi", "_C/__init__.pyi", "_tensor.py", "functional.py", "__init__.py"]
    files += ["nn/functional.py", "special/__init__.py", "linalg/__init__.py"]
    return "\n".join((root / file).read_text(encoding="utf-8") for file in files)


def test_torch():
    text = _torch_text()
    if text is None:
        pytest.skip("PyTorch is not installed")
    words = set(re.findall(r"\w+", text))
    for parameter in _spellings("torch"):
        _, spelling = parameter.values
        assert spelling.qualified.rpartition(".")[2] in words, spelling
        for _, own in spelling.parameters:
            assert own.lstrip("*") in words, spelling
