"""Share of real numerical faults that are flagged before their repair, and silent after it.

python benchmarks/fixes.py FOLDER [--split dev] [--misses]

FOLDER holds clones or mirrors of the repositories named in fixes.toml, as owner/name, owner+name or name,
each with a work tree or bare; those that are not there are left out and counted.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import tempfile
import tomllib
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabulate import tabulate

from stabcheck.config import Settings
from stabcheck.static import Finding, lint

NEAR = 2  # lines around the statement that still count as the place
FAMILIES = (  # by the first digit of a code, from 1
    *("overflow", "cancellation", "domain", "epsilon", "linear-algebra"),
    *("dtype", "comparison-and-shape", "loss", "gradient-check"),
)


@dataclass(frozen=True, slots=True)
class Repair:
    """One entry of fixes.toml."""

    repository: str
    commit: str
    file: str
    line_before: int
    line_after: int
    family: str
    rules: tuple[str, ...]
    wrong: str
    split: str
    file_after: str = ""

    @property
    def families(self) -> frozenset[str]:
        """The family of the fault, and those of the rules that ought to speak."""
        return frozenset({self.family, *(FAMILIES[int(rule[2]) - 1] for rule in self.rules)})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found at the place before the repair, and what after it."""

    repair: Repair
    before: tuple[Finding, ...]
    before_all: tuple[Finding, ...]  # by all rules, the others by those that are on by default
    after: tuple[Finding, ...]

    @property
    def right(self) -> bool:
        """Whether a finding before is of the family of the fault."""
        return any(family(finding) in self.repair.families for finding in self.before)

    @property
    def silent(self) -> bool:
        """Whether nothing of the fault's family, or of what was found before, is left."""
        spoke = self.repair.families | {family(finding) for finding in self.before}
        return not any(family(finding) in spoke for finding in self.after)


def family(finding: Finding) -> str:
    return FAMILIES[int(finding.code[2]) - 1]


def repairs() -> list[Repair]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return [Repair(**{**entry, "rules": tuple(entry["rules"])}) for entry in table["fix"]]


def git_directory(folder: Path, repository: str) -> Path | None:
    """The git directory of a clone or mirror under `folder`."""
    for stem in (repository, repository.replace("/", "+"), repository.split("/")[1]):
        for tail in ("", ".git", "repo", "repo/.git"):
            here = folder / stem / tail
            if (here / "HEAD").is_file() and (here / "objects").is_dir():
                return here
    return None


def text_of(git: Path, revision: str, file: str) -> bytes:
    """The content of a file at a revision; CalledProcessError if there is none."""
    return subprocess.check_output(["git", f"--git-dir={git}", "show", f"{revision}:{file}"])


def place(text: bytes, line: int) -> range:
    """The lines of the innermost statement at `line`, and a few around it; of a block, its head."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    start = end = line
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            body = getattr(node, "body", None)
            start = node.lineno
            end = max(line, body[0].lineno - 1) if body else node.end_lineno or line
    return range(start - NEAR, end + NEAR + 1)


def found(text: bytes, line: int, select: tuple[str, ...] | None) -> tuple[Finding, ...]:
    """The findings that touch the place of `line`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "module.py"
        path.write_bytes(text)
        result = lint(path, settings=Settings(root=Path(folder), select=select))
    lines = place(text, line)
    return tuple(f for f in result.findings if f.span.line < lines.stop and f.span.end_line >= lines.start)


def measure(git: Path, repair: Repair) -> Outcome:
    before = text_of(git, f"{repair.commit}^", repair.file)
    after = text_of(git, repair.commit, repair.file_after or repair.file)
    return Outcome(
        repair,
        found(before, repair.line_before, None),
        found(before, repair.line_before, ("ALL",)),
        found(after, repair.line_after, None),
    )


def share(part: Iterable[bool]) -> str:
    truths = list(part)
    return f"{sum(truths)}/{len(truths)} = {sum(truths) / len(truths):.0%}" if truths else "-"


def row(name: str, outcomes: Sequence[Outcome]) -> list[Any]:
    flagged = [outcome for outcome in outcomes if outcome.before]
    return [
        name,
        len(outcomes),
        share(bool(outcome.before) for outcome in outcomes),
        share(outcome.right for outcome in outcomes),
        share(bool(outcome.before_all) for outcome in outcomes),
        share(outcome.right for outcome in outcomes if outcome.repair.rules),
        share(outcome.silent for outcome in outcomes),
        share(outcome.silent for outcome in flagged),
    ]


HEADERS = ("", "repairs", "flagged", "in family", "all rules", "a rule speaks", "silent after", "of flagged")


def report(outcomes: Sequence[Outcome]) -> str:
    names = ("dev", "held-out", *FAMILIES)
    parts = [(name, [o for o in outcomes if name in (o.repair.split, o.repair.family)]) for name in names]
    rows = [row(*part) for part in [("all", outcomes), *parts] if part[1]]
    return tabulate(rows, HEADERS, stralign="right")


def trouble(outcomes: Sequence[Outcome]) -> str:
    """The repairs that were not flagged before, or not silent after, one a line."""
    lines = []
    for outcome in outcomes:
        if not outcome.before or not outcome.right or not outcome.silent:
            kind = "missed" if not outcome.before else "other family" if not outcome.right else "speaks after"
            codes = ",".join(finding.code for finding in outcome.before + outcome.after) or "-"
            this = outcome.repair
            lines.append([kind, this.repository, this.commit[:10], codes, this.wrong])
    return tabulate(sorted(lines), ("what", "repository", "commit", "codes", "the fault"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="clones or mirrors of the repositories")
    parser.add_argument("--split", choices=("dev", "held-out"), help="only this half")
    parser.add_argument("--misses", action="store_true", help="list what was missed, or speaks after")
    given = parser.parse_args()
    wanted = [repair for repair in repairs() if given.split in (None, repair.split)]
    clones = {repair.repository: git_directory(given.folder, repair.repository) for repair in wanted}
    outcomes = [measure(git, repair) for repair in wanted if (git := clones[repair.repository])]
    print(report(outcomes))
    if given.misses:
        print(f"\n{trouble(outcomes)}")
    if absent := sorted(name for name, git in clones.items() if git is None):
        print(f"\nno clone of {', '.join(absent)}: {len(wanted) - len(outcomes)} repairs left out")


if __name__ == "__main__":
    main()
