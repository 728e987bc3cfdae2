"""Whether what lint leaves out changes what it finds: the fast way against the slow one, over whole trees.

python benchmarks/lint_same.py FOLDER… [--every N] [--rules default|ALL]

The slow way lowers every function of every file. Prints each difference, and how many files
and findings there were; exit status 1 if there is a difference.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from time import process_time

from stabcheck.config import Settings
from stabcheck.garbage import collect_seldom
from stabcheck.static.engine import check, check_whole
from stabcheck.static.rules import rules
from stabcheck.static.source import Source, decode


def main() -> int:
    """Compare both ways over the folders."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=1, help="only every N-th file")
    parser.add_argument("--rules", choices=("default", "ALL"), default="default")
    given = parser.parse_args()
    settings = Settings(select=("ALL",)) if given.rules == "ALL" else Settings()
    cards = rules(settings).cards
    collect_seldom()
    warnings.simplefilter("ignore")
    files = [path for folder in given.folders for path in sorted(folder.rglob("*.py"))][:: given.every]
    read = lines = found = different = 0
    fast_time = slow_time = 0.0
    for path in files:
        source = decode(path.read_bytes(), str(path))
        if not isinstance(source, Source):
            continue
        ways = (check, check_whole) if read % 2 else (check_whole, check)  # who comes first fills caches
        outcomes, seconds = {}, {}
        try:
            for way in ways:
                began = process_time()
                outcomes[way] = way(source.text, str(path), cards)
                seconds[way] = process_time() - began
        except (SyntaxError, RecursionError, MemoryError):
            continue
        fast, slow = outcomes[check], outcomes[check_whole]
        read, lines, found = read + 1, lines + source.text.count("\n"), found + len(slow)
        fast_time, slow_time = fast_time + seconds[check], slow_time + seconds[check_whole]
        if fast != slow:
            different += 1
            print(f"{path}: {len(fast)} and {len(slow)} findings")
            for finding in {*map(repr, fast)} ^ {*map(repr, slow)}:
                print(f"  {finding[:200]}")
    print(
        f"{read:,} files, {lines:,} lines, {found} findings, {different} files with a difference; "
        f"CPU time of the fast way / the slow one {fast_time / slow_time:.2f}"
    )
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
