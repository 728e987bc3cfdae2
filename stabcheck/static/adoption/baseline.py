"""The baseline file: findings that an old code base is known to have, so that only new ones are reported.

    {
      "stabcheck-baseline": 1,
      "findings": [
        {"path": "src/loss.py", "code": "NS105", "function": "loss", "source": "log(1+exp(x))", "count": 1}
      ]
    }

One entry a line, sorted, so that it is read and merged like source. Paths are relative to the folder of the
file. Lines of code do not appear in it: what counts is what stands there (`stabcheck.static.fingerprint`).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from stabcheck.atomic import write_text
from stabcheck.config import ConfigError
from stabcheck.static.adoption.view import Entry
from stabcheck.static.finding import Finding
from stabcheck.static.suppress import TOOL_CODE

FORMAT = "stabcheck-baseline"
VERSION = 1
_KINDS: Mapping[str, type] = {"path": str, "code": str, "function": str, "source": str, "count": int}


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline file as read: the folder of the file, absolute, and its entries by path."""

    folder: str
    by_path: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    def of(self, path: str) -> tuple[Entry, ...]:
        """The entries of a file."""
        return self.by_path.get(self.name(path), ())

    def name(self, path: str) -> str:
        """What entries call a file: its path from the folder of the baseline, with slashes."""
        absolute = os.path.abspath(path)
        try:
            return os.path.relpath(absolute, self.folder).replace(os.sep, "/")
        except ValueError:  # another drive
            return absolute.replace(os.sep, "/")

    def exists(self, name: str) -> bool:
        """Whether the file that entries call so is still there."""
        return os.path.lexists(os.path.join(self.folder, name))


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that a run has looked at: its findings, of which rules, and those that were known."""

    path: str
    findings: tuple[Finding, ...]
    known: tuple[Finding, ...]
    codes: frozenset[str]


def read_baseline(path: str, origin: str) -> Baseline:
    """Read a baseline file; `origin` says who named it, for messages.

    Raises
    ------
    ConfigError
        if there is no such file, or it is not a baseline.
    """
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
    except FileNotFoundError:
        made = f"stabcheck lint --write-baseline {path} makes one"
        raise ConfigError(f"{origin}: there is no baseline {path}: {made}") from None
    except (OSError, ValueError, RecursionError) as error:  # no UTF-8 and no JSON are ValueErrors
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ConfigError(f"{origin}: {path} can't be read as a baseline: {reason}") from None
    version = data.get(FORMAT) if isinstance(data, dict) else None
    if not isinstance(version, int) or not isinstance(data.get("findings"), list):
        raise ConfigError(f"{origin}: {path} is not a baseline of stabcheck")
    if version > VERSION:
        raise ConfigError(f"{origin}: {path} was written by a newer version of stabcheck")
    by_path: dict[str, list[Entry]] = {}
    for number, item in enumerate(data["findings"], start=1):
        entry = _entry(item)
        if entry is None:
            raise ConfigError(f"{origin}: {path}: entry {number} of the baseline is not one")
        by_path.setdefault(entry.path, []).append(entry)
    folder = os.path.dirname(os.path.abspath(path))
    return Baseline(folder, {name: tuple(entries) for name, entries in by_path.items()})


def _entry(item: Any) -> Entry | None:
    if not isinstance(item, dict) or set(item) - {"count"} != set(_KINDS) - {"count"}:
        return None
    if not all(isinstance(value, _KINDS[key]) for key, value in item.items()):
        return None
    entry = Entry(**item)
    return entry if entry.count > 0 else None


def gone(baseline: Baseline, checked: Iterable[Checked]) -> int:
    """How many known findings are no longer there: in the files and by the rules that were looked at.

    Those of files that do not exist any more count too.
    """
    total = 0
    for file in checked:
        judged = sum(entry.count for entry in baseline.of(file.path) if entry.code in file.codes)
        total += judged - len(file.known)
    missing = (entries for name, entries in baseline.by_path.items() if not baseline.exists(name))
    return total + sum(entry.count for entries in missing for entry in entries)


def renewed(baseline: Baseline, checked: Iterable[Checked]) -> list[Entry]:
    """The entries of the baseline after a run: what was found, and what the run did not look at."""
    count: Counter[Entry] = Counter()
    left = {name: entries for name, entries in baseline.by_path.items() if baseline.exists(name)}
    for file in checked:
        name = baseline.name(file.path)
        for entry in left.pop(name, ()):
            if entry.code not in file.codes:
                count[Entry(name, entry.code, entry.function, entry.source)] += entry.count
        for finding in file.findings:
            if finding.code != TOOL_CODE:
                count[Entry(name, finding.code, finding.function, finding.source)] += 1
    for entries in left.values():
        for entry in entries:
            count[Entry(entry.path, entry.code, entry.function, entry.source)] += entry.count
    return sorted(Entry(e.path, e.code, e.function, e.source, number) for e, number in count.items())


def write_baseline(path: str, entries: Iterable[Entry]) -> None:
    """Write a baseline file at once: a kill at any moment leaves the old file or the new one.

    Raises
    ------
    OSError
        if it can't be written.
    """
    rows = ",\n".join(f"    {json.dumps(asdict(entry), ensure_ascii=True)}" for entry in entries)
    body = f"[\n{rows}\n  ]" if rows else "[]"
    text = f'{{\n  "{FORMAT}": {VERSION},\n  "findings": {body}\n}}\n'
    write_text(path, text)
