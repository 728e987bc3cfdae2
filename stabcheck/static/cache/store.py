"""The results of the files of a run: taken out, put in, written."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stabcheck.settings import Settings
from stabcheck.static.cache.folder import folder_of, made, prune, replace_file
from stabcheck.static.cache.key import key
from stabcheck.static.cache.state import FileState, state_of, with_digest
from stabcheck.static.finding import Finding, Problem

_MOST_ENTRIES = 200_000  # files of an index
_DAY = 24 * 3600
_UNUSED = 30  # days after which the entry of a file that was not read goes

# What is known of a file: its findings, the messages of its errors.
Known = tuple[tuple[Finding, ...], tuple[str, ...]]


class Store:
    """What is known of files under one kind of settings.

    An index is one file: {"key", "packs": messages of packs that can't be used, "files": {path: entry}}. An
    entry is [size, time, inode, digest, day of the last use, findings, errors], without the last two if
    nothing is found.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = folder_of(settings)
        self._key = key(settings, self._folder) if made(self._folder) or self._folder.is_dir() else ""
        self._name = f"{zlib.crc32(self._key.encode()):08x}.json"
        self._today = int(time.time() // _DAY)
        self._changed = False
        self._used: set[str] = set()
        self._files: dict[str, list[Any]] = {}
        self.packs: tuple[Problem, ...] | None = None  # None: nothing is known under these settings
        self._load()

    def _load(self) -> None:
        index = _read(self._folder / self._name, self._key)
        if index is None:
            return
        self._files = index["files"]
        self.packs = tuple(Problem(path, message) for path, message in index["packs"])

    def known(self, path: str) -> Known | None:
        """What was found in the file, if its content is what it was then."""
        entry = self._files.get(path)
        if entry is None:
            return None
        now = state_of(path)
        if now is None:
            return None
        try:
            then = FileState(*entry[:4])
            if not now.is_like(then):
                if now.size != then.size:
                    return None
                now = _read_state(path, now)
                if now is None or now.digest != then.digest:
                    return None
                entry[:3] = [now.size, now.modified, now.inode]
                self._changed = True
            found = tuple(Finding.from_dict(each, path) for each in entry[5]) if len(entry) > 5 else ()
            errors = tuple(map(str, entry[6])) if len(entry) > 5 else ()
        except (LookupError, TypeError, ValueError, AttributeError):  # not ours
            del self._files[path]
            return None
        self._used.add(path)
        return found, errors

    def keep(self, path: str, state: FileState, findings: Iterable[Finding], errors: Iterable[str]) -> None:
        """Note what was found in a file as it was read."""
        entry: list[Any] = [state.size, state.modified, state.inode, state.digest, self._today]
        found, told = [each.to_record() for each in findings], list(errors)
        self._files[path] = [*entry, found, told] if found or told else entry
        self._used.add(path)
        self._changed = True

    def save(self, packs: Iterable[Problem]) -> None:
        """Write what is new; that nothing can be written is no error."""
        first = self.packs is None
        aged = [path for path in self._used if self._files[path][4] != self._today]
        if not (self._changed or first or aged) or not self._key or not made(self._folder):
            return
        for path in aged:
            self._files[path][4] = self._today
        others = _read(self._folder / self._name, self._key)  # another run may have been here meanwhile
        files = {} if others is None else others["files"]
        files.update(self._files)
        if first or len(files) > _MOST_ENTRIES:
            files = dict(sorted(files.items(), key=lambda item: -_day(item[1]))[:_MOST_ENTRIES])
        files = {path: entry for path, entry in files.items() if self._today - _day(entry) <= _UNUSED}
        index = {"key": self._key, "packs": [[each.path, each.message] for each in packs], "files": files}
        try:
            replace_file(self._folder, self._name, json.dumps(index, separators=(",", ":")))
        except (OSError, UnicodeError):
            return
        if first:
            prune(self._folder)


def _read(path: Path, wanted: str) -> dict[str, Any] | None:
    """An index, if there is one, it is whole, and it has this key."""
    try:
        index = json.loads(path.read_bytes())
        if index["key"] != wanted or not isinstance(index["files"], dict):
            return None
        if not all(isinstance(each, list) and len(each) == 2 for each in index["packs"]):
            return None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return dict(index)


def _read_state(path: str, state: FileState) -> FileState | None:
    try:
        return with_digest(state, Path(path).read_bytes())
    except OSError:
        return None


def _day(entry: Any) -> int:
    try:
        return int(entry[4])
    except (LookupError, TypeError, ValueError):
        return 0


class Cache:
    """The stores of a run, one for each kind of settings."""

    def __init__(self) -> None:
        self._stores: dict[Settings, Store] = {}

    def at(self, settings: Settings) -> Store:
        """The store for files under `settings`."""
        if settings not in self._stores:
            self._stores[settings] = Store(settings)
        return self._stores[settings]
