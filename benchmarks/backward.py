"""What is said of backward passes that have one mistake, and of the same without it.

python benchmarks/backward.py [MODULE...] [--each]

The stories of `tests/dynamic/backward`. One counts as told rightly if its first cause names the line with the
mistake, or says what the story asks for; as told elsewhere if it names another line; else that the gradient
is wrong, or what it looks like, is all that is said. Right twins must pass.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter

import numpy as np
from tabulate import tabulate

import stabcheck
from stabcheck.dynamic.report import Report
from tests.dynamic.backward import dense, others, sequences
from tests.dynamic.backward.story import Story, twin

MODULES = (dense, sequences, others)


def told(story: Story, report: Report) -> str:
    """Whether what is said of a mistake is right, wrong, or nothing."""
    if report.verdict != "fail":
        return "missed"
    first = report.causes[0]
    said = " ".join(f"{each.kind}: {each.explanation} {each.suggestion}" for each in report.causes)
    if story.says and re.search(story.says, said):
        return "right"
    if "edit" in first.evidence:
        place = first.evidence["edit"]["line"]
        return "right" if place == story.line else "elsewhere"
    return (
        "only that it is wrong" if "derive it anew" in said or "look at the lines" in said else "another way"
    )


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--each", action="store_true", help="list what is said of each story")
    parser.add_argument("modules", nargs="*", help="dense, sequences or others; all if none is given")
    given = parser.parse_args()
    np.seterr(all="ignore")
    counts: Counter[str] = Counter()
    twins: Counter[str] = Counter()
    rows = []
    for module in MODULES:
        if given.modules and module.__name__.rpartition(".")[2] not in given.modules:
            continue
        for story in module.STORIES:
            began = time.monotonic()
            report = stabcheck.diagnose(*story.make())
            found = told(story, report)
            counts[found] += 1
            first = report.causes[0] if report.causes else None
            said = "" if first is None else f"{first.kind}: {first.explanation} → {first.suggestion}"
            rows.append([story.name, found, f"{time.monotonic() - began:.2f}", said[-300:]])
        for story in twin(module):
            report = stabcheck.diagnose(*story.make())
            twins[report.verdict] += 1
            if report.verdict != "pass":
                rows.append([f"twin of {story.name}", report.verdict, "", str(report.causes)])
    if given.each:
        print(tabulate(rows, headers=("story", "told", "seconds", "said"), tablefmt="github"), "\n")
    print(tabulate(counts.most_common(), headers=("of a mistake is told", "stories"), tablefmt="github"))
    print(f"\nTheir twins without it: {dict(twins)}")


if __name__ == "__main__":
    main()
