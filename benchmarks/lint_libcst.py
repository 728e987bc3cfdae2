"""`stabcheck lint` beside a visitor of libcst that asks for positions and names, over all of a tree.

python benchmarks/lint_libcst.py FOLDER… [--turns N]

The visitor takes minutes, in which a machine may change its pace. So the tree is dealt out in N parts, and in
turns lint reads all of it and the visitor one part: user time of the N parts, without the N starts of Python
with libcst, over the mean of N runs of lint, its start included.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import mean

from lint import VISITOR, copied, user_time

_IMPORT = (
    "from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider, ScopeProvider"
)


def main() -> None:
    """Measure and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--turns", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        files = copied([folder.resolve() for folder in given.folders], place / "tree")
        own = (sys.executable, "-m", "stabcheck", "lint", "--isolated", "--jobs", "1", "--exit-zero")
        lint = (*own, "--no-cache", "--format", "json", str(place / "tree"))
        start = (sys.executable, "-c", _IMPORT)
        user_time((*lint[:-1], str(files[0])), place)  # both are compiled by then
        user_time(start, place)
        ours, starts, parts = [], [], []
        for turn in range(given.turns):
            listing = place / "files.txt"
            part = files[turn :: given.turns]
            listing.write_text("\n".join(map(str, part)), encoding="utf-8")
            ours.append(user_time(lint, place)[0])
            starts.append(user_time(start, place)[0])
            parts.append(user_time((sys.executable, "-c", VISITOR % False, str(listing)), place)[0])
            print(f"lint {ours[-1]:.2f} s, {len(part)} files of the visitor {parts[-1]:.2f} s")
    visitor = sum(parts) - sum(starts)
    told = f"{len(files):,} files: the visitor {visitor:.1f} s, lint {mean(ours):.2f} s"
    print(f"{told} ({min(ours):.2f} to {max(ours):.2f}): {visitor / mean(ours):.1f} times as long")


if __name__ == "__main__":
    main()
