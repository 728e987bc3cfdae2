"""Recall and false alarms on scripts, course code and research code of public repositories.

python benchmarks/scripts.py FOLDER [--split dev] [--misses]

FOLDER holds clones or mirrors of the repositories named in scripts.toml, as fixes.py wants them. A finding of
the default rules belongs to the place that it touches, else to the nearest one within two lines.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixes import NEAR, git_directory, share, text_of
from tabulate import tabulate

from stabcheck.config import Settings
from stabcheck.static import Finding, lint

SPLITS = (
    "dev",
    "second dev",
    "held-out",
    "second held-out",
    "third held-out",
    "fourth held-out",
    "fifth held-out",
    "sixth held-out",
    "seventh held-out",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was judged by hand, with the findings there."""

    repository: str
    split: str
    file: str
    line: int
    defect: bool
    kind: str
    findings: tuple[Finding, ...]


def measured(folder: Path, wanted: str | None) -> Iterator[Place]:
    """The places of every repository that is there."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    for entry in table["repository"]:
        git = git_directory(folder, entry["name"])
        if wanted not in (None, entry["split"]) or git is None:
            continue
        for file in dict.fromkeys(place[0] for place in entry["places"]):
            judged = [place for place in entry["places"] if place[0] == file]
            findings = found(git, entry["revision"], file)
            at = {line: [f for f in findings if nearest(f, judged) == line] for _, line, _, _ in judged}
            for _, line, verdict, kind in judged:
                of = (entry["name"], entry["split"], file, line, verdict == "defect", kind)
                yield Place(*of, tuple(at[line]))


def found(git: Path, revision: str, file: str) -> tuple[Finding, ...]:
    """The findings of the default rules in a file at a revision."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text_of(git, revision, file))
        return tuple(lint(path, settings=Settings(root=Path(folder))).findings)


def nearest(finding: Finding, judged: Sequence[Sequence[object]]) -> int | None:
    """The line of the judged place that a finding touches, or that is at most two lines off."""
    first, last = finding.span.line, finding.span.end_line
    lines = [int(str(place[1])) for place in judged]
    distance, line = min((max(first - line, line - last, 0), line) for line in lines)
    return line if distance <= NEAR else None


def report(places: Sequence[Place]) -> str:
    rows = []
    for split in SPLITS:
        part = [place for place in places if place.split == split]
        if part:
            defects = [place for place in part if place.defect]
            safe = [place for place in part if not place.defect]
            names = {place.repository for place in part}
            rows.append([split, len(names), len(part), recall(defects), recall(safe)])
    kinds = Counter(place.kind for place in places if place.defect)
    table = [
        [kind, recall([p for p in places if p.defect and p.kind == kind])] for kind, _ in kinds.most_common()
    ]
    heads = ("", "repositories", "places", "defects flagged", "safe ones flagged")
    return f"{tabulate(rows, heads, stralign='right')}\n\n{tabulate(table, ('kind of defect', 'flagged'))}"


def recall(places: Iterable[Place]) -> str:
    return share(bool(place.findings) for place in places)


def trouble(places: Sequence[Place]) -> str:
    """What was missed, and what is safe and was flagged."""
    lines = [
        [
            "missed" if place.defect else "safe",
            place.repository,
            f"{place.file}:{place.line}",
            place.kind,
            ",".join(sorted({finding.code for finding in place.findings})),
        ]
        for place in places
        if place.defect != bool(place.findings)
    ]
    return tabulate(lines, ("what", "repository", "place", "kind", "codes"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="clones or mirrors of the repositories")
    parser.add_argument("--split", choices=SPLITS, help="only this part")
    parser.add_argument("--misses", action="store_true", help="list what was missed, and false alarms")
    given = parser.parse_args()
    try:
        places = list(measured(given.folder, given.split))
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"a revision or a file is not in its clone: {error}") from None
    print(report(places))
    if given.misses:
        print(f"\n{trouble(places)}")


if __name__ == "__main__":
    main()
