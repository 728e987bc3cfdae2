"""The folder that results are kept in: its place, its marks, and how files get into it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from stabcheck.settings import Settings

NAME = ".stabcheck_cache"
_MARKS = {
    ".gitignore": "# made by stabcheck\n*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder holds results of stabcheck; see https://bford.info/cachedir/\n",
}
_MOST_FILES = 64  # indexes: settings, working folders and versions under which files were linted
_OLDEST = 30 * 24 * 3600  # seconds after which one that was not used goes


def folder_of(settings: Settings) -> Path:
    """Where results under these settings are kept: `cache-dir`, else a folder beside the settings' file."""
    if settings.cache_dir is not None:
        return Path(settings.cache_dir)
    return settings.root / NAME


def made(folder: Path) -> bool:
    """Make the folder with its marks if need be; False if it can't be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _MARKS.items():
            if not os.path.exists(folder / name):
                replace_file(folder, name, text)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def replace_file(folder: Path, name: str, text: str) -> None:
    """Write a file so that others see the old one or the new one.

    Raises
    ------
    OSError
        if that can't be done.
    """
    temporary = folder / f"{name}.{os.getpid()}.tmp"
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, folder / name)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def prune(folder: Path) -> None:
    """Take away the indexes that were not used for long, the oldest of too many, and what was left half."""
    now = time.time()
    ages: list[tuple[float, str]] = []
    with contextlib.suppress(OSError), os.scandir(folder) as scan:
        for entry in scan:
            if not entry.name.endswith((".json", ".tmp")):
                continue
            with contextlib.suppress(OSError):
                age = now - entry.stat().st_mtime
                half = entry.name.endswith(".tmp") and age > 3600
                if half or age > _OLDEST:
                    os.unlink(entry.path)
                elif entry.name.endswith(".json"):
                    ages.append((age, entry.path))
    for _, path in sorted(ages)[_MOST_FILES:]:
        with contextlib.suppress(OSError):
            os.unlink(path)
