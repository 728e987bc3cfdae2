"""Which files to read: the paths given, folders walked, what is excluded and ignored left out.

Order is stable (as given; folders by name, files of a folder before its folders), each file comes once, and
paths are reported as they were given. Folders that are met as symbolic links are not entered, so that links
can't loop.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stabcheck.config import Configuration, Settings
from stabcheck.static.adoption.view import EVERYTHING, View
from stabcheck.static.finding import Problem
from stabcheck.static.ignore import Patterns, gitignore, gitignores_above, ignored

NOTEBOOK = ".ipynb"
SUFFIXES = (".py", NOTEBOOK)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to read, and the settings that hold for it; `named` if it was asked for by its name.

    `view` is which of its findings are looked at.
    """

    path: str
    settings: Settings
    named: bool = False
    view: View = EVERYTHING


def discover(paths: Sequence[str], configuration: Configuration) -> Iterator[Candidate | Problem]:
    """The Python files and notebooks under `paths`.

    A file that is named is read whatever it is called and whatever is excluded (unless `force-exclude`). A
    path that is not there, and a folder that holds nothing to read, is a `Problem`.

    Raises
    ------
    ConfigError
        if the settings of a folder on the way can't be used.
    """
    seen: set[str] = set()
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            yield Problem(path, _reason(path, error))
            continue
        if not stat.S_ISDIR(mode):
            yield from _named(path, configuration, seen)
            continue
        found = False
        for item in _walk(path, configuration):
            found = True
            if isinstance(item, Problem) or _first_time(item.path, seen):
                yield item
        if not found:
            yield Problem(path, "no Python files in this folder")


def _reason(path: str, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError) and not os.path.lexists(path):
        return "no such file or folder"
    return f"can't be read: {getattr(error, 'strerror', None) or error}"


def _named(path: str, configuration: Configuration, seen: set[str]) -> Iterator[Candidate]:
    settings = configuration.at(Path(path).absolute().parent)
    if settings.force_exclude:
        absolute = os.path.abspath(path)
        plain, patterns = _excludes(settings)
        parts = {
            part for root, _ in settings.excludes() for part in os.path.relpath(absolute, root).split(os.sep)
        }
        if not plain.isdisjoint(parts) or any(each.verdict(absolute, is_folder=False) for each in patterns):
            return
    if _first_time(path, seen):
        yield Candidate(path, settings, named=not settings.force_exclude)


def _first_time(path: str, seen: set[str]) -> bool:
    absolute = os.path.abspath(path)
    if absolute in seen:
        return False
    seen.add(absolute)
    return True


def _walk(top: str, configuration: Configuration) -> Iterator[Candidate | Problem]:
    """The files below the folder `top`, without recursion: trees may be deeper than Python's stack."""
    absolute_top = os.path.abspath(top)
    above = tuple(patterns.without(absolute_top) for patterns in gitignores_above(absolute_top))
    shown_top = "" if top in (os.curdir, os.curdir + os.sep) else top
    stack = [(shown_top, absolute_top, above)]
    while stack:
        shown, folder, inherited = stack.pop()
        settings = configuration.at(Path(folder))
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            if os.path.lexists(folder):  # else it vanished meanwhile: no longer anybody's concern
                yield Problem(shown or top, f"can't be read: {error.strerror}")
            continue
        ignores = inherited
        if settings.respect_gitignore and any(entry.name == ".gitignore" for entry in entries):
            ignores = (*inherited, *gitignore(folder))
        plain, patterns = _excludes(settings)
        excludes = [each.without(absolute_top) for each in patterns]
        folders = []
        for entry in entries:
            is_folder = _is_folder(entry)
            if not is_folder and not _is_python(entry):
                continue
            if entry.name in plain:
                continue
            if any(each.verdict(entry.path, is_folder=is_folder) for each in excludes):
                continue
            if settings.respect_gitignore and ignored(entry.path, ignores, is_folder=is_folder):
                continue
            name = os.path.join(shown, entry.name)
            if is_folder:
                folders.append((name, entry.path, ignores))
            else:
                yield Candidate(name, settings)
        stack.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_python(entry: os.DirEntry[str]) -> bool:
    """A regular file, or a link to one; a FIFO or a dangling link (an editor's lock file) is passed over."""
    try:
        return entry.name.endswith(SUFFIXES) and entry.is_file()
    except OSError:
        return False


@cache
def _excludes(settings: Settings) -> tuple[frozenset[str], tuple[Patterns, ...]]:
    """`exclude` and `extend-exclude`: plain names, which need no pattern matching, and the rest."""
    plain: set[str] = set()
    patterns: list[Patterns] = []
    for root, lines in settings.excludes():
        given = [line.removesuffix("/") for line in lines]
        names = {line for line in given if not set(line) & set("/*?[!\\")}
        plain |= names
        rest = tuple(line for line in given if line not in names)
        if rest:
            patterns.append(Patterns(str(root.absolute()), rest))
    return frozenset(plain), tuple(patterns)
