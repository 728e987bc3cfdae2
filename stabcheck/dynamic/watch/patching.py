"""Wrap functions of modules that may not have been imported yet, and put them back.

A module that is there is changed at once; for the others a finder waits at the head of `sys.meta_path` and
changes them when their code has run. Nothing is imported that the program doesn't import.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
Target = tuple[str, str]  # module, function


class Patches(MetaPathFinder):
    """Wrappers for functions by module and name, in force between `start` and `stop`."""

    def __init__(self, wraps: Mapping[Target, Wrap]) -> None:
        self._wraps = dict(wraps)
        self._modules = {module for module, _ in wraps}
        self._done: list[tuple[str, Callable[..., Any], Callable[..., Any]]] = []
        self._searching: set[str] = set()

    def start(self) -> None:
        """Wrap what has been imported, and wait for the rest."""
        sys.meta_path.insert(0, self)
        for name in self._modules:
            module = sys.modules.get(name)
            if module is not None:
                self.apply(module, everywhere=True)

    def stop(self) -> None:
        """Put the originals back wherever a wrapper is found."""
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)
        for name, original, wrapper in self._done:
            _rebind(name, wrapper, original)
        self._done.clear()

    def apply(self, module: ModuleType, *, everywhere: bool) -> None:
        """Wrap the functions of `module`; `everywhere`: also where other modules have them by name."""
        for (owner, name), wrap in self._wraps.items():
            original = vars(module).get(name)
            if owner != module.__name__ or not callable(original) or isinstance(original, ModuleType):
                continue
            if any(original is wrapper for _, _, wrapper in self._done):
                continue
            wrapper = wrap(original)
            self._done.append((name, original, wrapper))
            setattr(module, name, wrapper)
            if everywhere:
                _rebind(name, original, wrapper)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, with a loader that calls back when the module has run."""
        if fullname not in self._modules or fullname in self._searching:
            return None
        self._searching.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        except (ImportError, ValueError, AttributeError):
            return None
        finally:
            self._searching.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Announced(spec.loader, self)
        return spec


class _Announced(Loader):
    """A module's own loader, which gives way to it as soon as the module is there."""

    def __init__(self, loader: Loader, patches: Patches) -> None:
        self._loader = loader
        self._patches = patches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._patches.apply(module, everywhere=False)


def _rebind(name: str, old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Every module that has `old` under its name gets `new`."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict) and names.get(name) is old:
            with contextlib.suppress(AttributeError, TypeError):
                setattr(module, name, new)
