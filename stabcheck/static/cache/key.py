"""What results depend on beside the files: the settings, the rules, stabcheck itself, Python."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from stat import S_ISREG

from stabcheck import __version__
from stabcheck.settings import DiagnoseSettings, Settings
from stabcheck.static.cache.folder import replace_file

FORMAT = 1  # of what is written
_PARTS = ("static", "ops")  # of the package: what findings are made by
_KNOWN = "rules.json"  # the digest of the rules, by their sizes and times


def key(settings: Settings, folder: Path) -> str:
    """The text that two runs have in common if the results of one hold for the other.

    `folder` is that of the cache, where digests of the rules are kept.
    """
    bearing = replace(
        settings,
        fix=False,
        unsafe_fixes=False,
        fail_on="info",
        baseline=None,
        cache_dir=None,
        diagnose=DiagnoseSettings(),
        origins=(),
    )
    python = (sys.implementation.name, *sys.version_info[:3])
    return json.dumps([FORMAT, __version__, python, os.getcwd(), repr(bearing), _rules(settings, folder)])


def _rules(settings: Settings, folder: Path) -> str:
    """The digest of all files that findings are made by; read only if a size or time differs."""
    files = [*own_files(), *_pack_files(settings.extend_rules)]
    signature = "\n".join(files)
    place = folder / _KNOWN
    try:
        known = json.loads(place.read_bytes())
        if known["signature"] == signature and isinstance(known["digest"], str):
            return str(known["digest"])
    except (OSError, ValueError, LookupError, TypeError):
        pass
    digest = _digest(files)
    with suppress(OSError):  # it is asked again next time
        replace_file(folder, _KNOWN, json.dumps({"signature": signature, "digest": digest}))
    return digest


@cache
def own_files() -> tuple[str, ...]:
    """The files of stabcheck that findings are made by: size, time, place on the disk and path of each."""
    package = Path(__file__).resolve().parents[2]
    rules = next((each for each in (package / "_rules", package.parent / "rules") if each.is_dir()), package)
    found: list[str] = []
    for place in (*(package / part for part in _PARTS), rules):
        found.extend(_described(str(place)))
    return tuple(found)


def _pack_files(packs: tuple[str, ...]) -> list[str]:
    return [line for pack in packs for line in (f"pack {pack}", *_described(pack))]


def _described(top: str) -> Iterator[str]:
    """A line for each Python file and page below a folder: size, time, place on the disk, path."""
    stack = [top]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.name.endswith((".py", ".md")):
                    state = entry.stat()
                    if S_ISREG(state.st_mode):  # reading a FIFO would wait for a writer
                        yield f"{state.st_size} {state.st_mtime_ns} {state.st_ino} {entry.path}"
                elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
            except OSError:
                continue


def _digest(files: list[str]) -> str:
    """Of the contents, in their order; where a file lies does not matter, but what it is called does."""
    from hashlib import blake2b  # noqa: PLC0415  (a few milliseconds, seldom needed)

    found = blake2b(digest_size=20)
    for line in files:
        path = line.split(" ", 3)[-1]
        try:
            content = Path(path).read_bytes()
        except OSError:
            content = line.encode()
        found.update(f"{os.path.basename(path)} {len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()
