"""Patterns of what to leave out: .gitignore files, `exclude` and the keys of `per-file-ignores`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class Patterns:
    """Lines in the language of .gitignore, relative to `folder` (an absolute path)."""

    folder: str
    lines: tuple[str, ...]

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether the absolute `path` is matched; False if a later `!` takes it back, None: not spoken of."""
        relative = os.path.relpath(path, self.folder)
        if relative == os.curdir or relative.split(os.sep, 1)[0] == os.pardir:
            return None
        return _spec(self.lines).check_file(relative + "/" if is_folder else relative).include

    def without(self, folder: str) -> Patterns:
        """Only the patterns that do not match `folder` itself: someone asked for it by name."""
        kept = (
            line for line in self.lines if not Patterns(self.folder, (line,)).verdict(folder, is_folder=True)
        )
        return Patterns(self.folder, tuple(kept))


def ignored(path: str, ignores: Iterable[Patterns], *, is_folder: bool) -> bool:
    """As git decides: the nearest .gitignore that says anything about the path has the last word."""
    for patterns in reversed(tuple(ignores)):
        verdict = patterns.verdict(path, is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False


def gitignores_above(folder: str) -> tuple[Patterns, ...]:
    """The .gitignore files from the top of the repository that holds `folder` down to the folder above it.

    Without a repository there are none: only what lies below a folder is then its own.
    """
    if os.path.lexists(os.path.join(folder, ".git")):
        return _info_exclude(folder)
    found: list[Patterns] = []
    for parent in Path(folder).parents:
        found[:0] = gitignore(str(parent))
        if (parent / ".git").exists():
            return (*_info_exclude(str(parent)), *found)
    return ()


def gitignore(folder: str) -> tuple[Patterns, ...]:
    """The patterns of the folder's own .gitignore, if it has one that says anything."""
    return _read(folder, os.path.join(folder, ".gitignore"))


def _info_exclude(folder: str) -> tuple[Patterns, ...]:
    return _read(folder, os.path.join(folder, ".git", "info", "exclude"))


def _read(folder: str, path: str) -> tuple[Patterns, ...]:
    try:
        if not os.path.isfile(path):
            return ()
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = tuple(
                line for line in file.read().splitlines() if line.strip() and not line.startswith("#")
            )
    except OSError:
        return ()
    return (Patterns(folder, lines),) if lines else ()


@lru_cache(maxsize=4096)
def _spec(lines: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  (as slow to import as Python is to start; most runs need none)

    valid = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # git, too, passes over a pattern that it does not understand
            continue
        valid.append(line)
    return GitIgnoreSpec.from_lines(valid)
