"""Import a user's file for its gradient cases, under a name of its own, without moving into its folder."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

MARKS = re.compile(rb"\b(gradient_case|GradientCase)\b")


def mentions_cases(path: Path) -> bool:
    """Whether the text of a file speaks of gradient cases: only such files of a folder are imported.

    Raises
    ------
    OSError
        if the file can't be read.
    """
    return MARKS.search(path.read_bytes()) is not None


@contextmanager
def importable(path: Path) -> Iterator[None]:
    """What stands beside a file can be imported by it, as if it were run; the search path is put back.

    For a file in a package that is the folder above the package.
    """
    before = list(sys.path)
    sys.path.insert(0, str(_root(path)))
    try:
        yield
    finally:
        sys.path[:] = before


def module_name(path: Path) -> str:
    """A module name that no other module has; inside its package, so that relative imports work."""
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    stem = re.sub(r"\W", "_", path.stem)
    return ".".join([*_packages(path), f"_stabcheck_{stem}_{digest}"])


def load(path: Path) -> ModuleType:
    """Import the file at an absolute path; `importable` must be in force. Its exceptions pass through."""
    name = module_name(path)
    package = name.rpartition(".")[0]
    if package:
        importlib.import_module(package)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _packages(path: Path) -> list[str]:
    names: list[str] = []
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.insert(0, folder.name)
        folder = folder.parent
    return names


def _root(path: Path) -> Path:
    root = path.parent
    for _ in _packages(path):
        root = root.parent
    return root
