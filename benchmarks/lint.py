"""The cost of linting: CPU time per line of `stabcheck lint`, of other linters, and of reading Python at all.

python benchmarks/lint.py FOLDER [--sample LINES] [--repeat N] [--output FILE]

All read the same tree one after the other in one run, each in processes of its own; the best of N runs
counts. Slow ones read a sample of the files, and are compared per line read. User time, not elapsed time:
the number of processes and what else the machine does matter less. Only ratios mean something elsewhere.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tabulate import tabulate

_PARSE = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for path in open(sys.argv[1]).read().splitlines():
    try:
        ast.parse(open(path, "rb").read())
    except (SyntaxError, ValueError):
        pass
"""
_LIBCST = """
import libcst, sys
for path in open(sys.argv[1]).read().splitlines():
    try:
        libcst.parse_module(open(path, "rb").read())
    except libcst.ParserSyntaxError:
        pass
"""
_PROVIDERS = """
import libcst, sys
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider, ScopeProvider
for path in open(sys.argv[1]).read().splitlines():
    try:
        module = libcst.parse_module(open(path, "rb").read())
    except libcst.ParserSyntaxError:
        continue
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    wrapper.resolve_many([PositionProvider, QualifiedNameProvider, ScopeProvider])
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """What is run on a list of files; `needs` is the module without which it can't be."""

    name: str
    command: tuple[str, ...]
    needs: str
    sampled: bool = False
    listed: bool = False  # takes a file with the paths, not the paths


def tools() -> list[Tool]:
    """Those that are compared, the linter of this project first."""
    python = sys.executable
    ruff = shutil.which("ruff", path=str(Path(python).parent)) or shutil.which("ruff") or "ruff"
    own = (python, "-m", "stabcheck", "lint", "--isolated", "--jobs", "1", "--exit-zero", "--format", "json")
    every_rule = (ruff, "check", "--select", "ALL", "--isolated", "--no-cache", "--exit-zero", "--quiet")
    few_checks = ("--disable=all", "--enable=unused-import", "--score=no", "-j1")
    return [
        Tool("stabcheck lint, one process", own, "stabcheck"),
        Tool("ruff check --select ALL", every_rule, "ruff"),
        Tool("ast.parse", (python, "-c", _PARSE), "ast", listed=True),
        Tool("libcst.parse_module", (python, "-c", _LIBCST), "libcst", sampled=True, listed=True),
        Tool(
            "libcst, position, name and scope providers",
            (python, "-c", _PROVIDERS),
            "libcst",
            sampled=True,
            listed=True,
        ),
        Tool("flake8", (python, "-m", "flake8", "--isolated", "-j1"), "flake8", sampled=True),
        Tool("pylint, one check", (python, "-m", "pylint", *few_checks), "pylint", sampled=True),
        Tool("fixit", (python, "-m", "fixit", "lint"), "fixit", sampled=True),
        Tool("torchfix", (python, "-m", "torchfix", "--select=ALL"), "torchfix", sampled=True),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=10_000, help="lines that slow tools read")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--output", type=Path, help="a Markdown file, instead of standard output")
    given = parser.parse_args()
    files = sorted(given.folder.resolve().rglob("*.py"))
    if not files:
        parser.error(f"there is no Python file in {given.folder}")
    page = report(files, given.folder.resolve(), given.sample, given.repeat)
    if given.output is None:
        print(page)
    else:
        given.output.write_text(page + "\n", encoding="utf-8")


def report(files: Sequence[Path], folder: Path, sample: int, repeat: int) -> str:
    """The table of ratios."""
    lines = {path: path.read_bytes().count(b"\n") for path in files}
    some = sampled(files, lines, sample)
    costs: dict[str, float | None] = {}
    read: dict[str, int] = {}
    for tool in tools():
        chosen = some if tool.sampled else files
        read[tool.name] = sum(lines[path] for path in chosen)
        missing = find_spec(tool.needs) is None and shutil.which(tool.needs) is None
        whole = None if tool.sampled else folder
        costs[tool.name] = None if missing else best_of(repeat, tool, chosen, whole) / read[tool.name]
    own = costs[tools()[0].name]
    assert own is not None
    rows = [
        (name, f"{read[name]:,}", "not installed" if cost is None else f"{cost / own:.2f}")
        for name, cost in costs.items()
    ]
    table = tabulate(
        rows, ("", "lines read", "CPU time per line, stabcheck = 1"), "github", disable_numparse=True
    )
    conditions = (
        f"CPython {platform.python_version()}, {len(os.sched_getaffinity(0))} cores, best of {repeat} runs"
    )
    return f"The tree of {folder.name}, {len(files):,} files; {conditions}.\n\n{table}"


def sampled(files: Sequence[Path], lines: dict[Path, int], wanted: int) -> list[Path]:
    """Every n-th file, so that about as many lines as wanted come together; all of them if there are few."""
    step = max(1, sum(lines.values()) // max(1, wanted))
    return list(files[step // 2 :: step]) or list(files)


def best_of(repeat: int, tool: Tool, files: Sequence[Path], folder: Path | None) -> float:
    """Seconds of user time of the fastest run."""
    with tempfile.TemporaryDirectory() as place:
        listing = Path(place, "files.txt")
        listing.write_text("\n".join(map(str, files)), encoding="utf-8")
        paths = [str(listing)] if tool.listed else [str(folder)] if folder else [*map(str, files)]
        return min(user_time([*tool.command, *paths], place) for _ in range(repeat))


def user_time(command: Sequence[str], place: str) -> float:
    """Seconds of user time that a command and what it starts take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(command, cwd=place, capture_output=True, check=False)
    if done.returncode < 0 or b"Traceback" in done.stderr:
        raise SystemExit(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


if __name__ == "__main__":
    main()
