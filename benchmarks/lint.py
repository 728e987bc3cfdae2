"""The cost of linting: CPU time per line of `stabcheck lint`, of other linters, and of reading Python at all.

python benchmarks/lint.py FOLDER… [--linters BIN] [--sample LINES] [--repeat N] [--output FILE]

All read the same files one after the other in one run, each in processes of its own; the best of N runs
counts. Slow ones read a sample of the files, and are compared per line read. User time, not elapsed time:
the number of processes and what else the machine does matter less. Only ratios mean something elsewhere.
`--linters` is the `bin` folder of an environment that holds flake8, pylint, fixit and torchfix.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
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
VISITOR = """
import libcst, sys
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider, ScopeProvider

class Calls(libcst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider, QualifiedNameProvider, ScopeProvider)

    def visit_Call(self, node):
        self.get_metadata(QualifiedNameProvider, node.func, None)
        self.get_metadata(PositionProvider, node)

for path in open(sys.argv[1]).read().splitlines():
    try:
        module = libcst.parse_module(open(path, "rb").read())
    except libcst.ParserSyntaxError:
        continue
    MetadataWrapper(module, unsafe_skip_copy=%s).visit(Calls())
"""


# A visitor that asks for the place and the qualified name of each call, the least that a rule does.
_PASS = "libcst, a visitor with position, name and scope providers"

# Rules of other linters that are about numbers: float comparison, NaN, and what torchfix has.
_NUMERICAL = re.compile(r"\b(?:PLR0133|PLW0177|W0177|RUF069|FURB1(?:52|63)|TOR\d+)\b")


@dataclass(frozen=True, slots=True)
class Tool:
    """What is run on a list of files; `program` is what must be there for it."""

    name: str
    command: tuple[str, ...]
    program: str = ""
    sampled: bool = False
    listed: bool = False  # takes a file with the paths, not the paths
    counts: bool = False  # what it prints is searched for findings about numbers


def tools(linters: Path) -> list[Tool]:
    """Those that are compared, the linter of this project first."""
    python = sys.executable
    ruff = _program("ruff", linters)
    own = (python, "-m", "stabcheck", "lint", "--isolated", "--jobs", "1", "--exit-zero", "--format", "json")
    every_rule = (ruff, "check", "--isolated", "--select", "ALL", "--no-cache", "--exit-zero")
    concise = ("--output-format", "concise")
    flake8, pylint, fixit = (_program(name, linters) for name in ("flake8", "pylint", "fixit"))
    torchfix = _program("torchfix", linters)
    few = (
        "--disable=all",
        "--enable=nan-comparison,unused-import",
        "--score=no",
        "-j1",
        "--rcfile=/dev/null",
    )
    return [
        Tool("stabcheck lint, cold", (*own, "--no-cache"), counts=True),
        Tool("ruff check --select ALL", every_rule, ruff),
        Tool("ruff check --select ALL, a line a finding", (*every_rule, *concise), ruff, counts=True),
        Tool("start of a Python interpreter", (python, "-c", "pass"), listed=True),
        Tool("ast.parse", (python, "-c", _PARSE), listed=True),
        Tool("libcst.parse_module", (python, "-c", _LIBCST), sampled=True, listed=True),
        Tool(_PASS, (python, "-c", VISITOR % False), sampled=True, listed=True),
        Tool(f"{_PASS}, uncopied", (python, "-c", VISITOR % True), sampled=True, listed=True),
        Tool("flake8", (flake8, "--isolated", "-j1"), flake8, sampled=True, counts=True),
        Tool("pylint, two checks", (pylint, *few), pylint, sampled=True, counts=True),
        Tool("fixit", (fixit, "lint"), fixit, sampled=True, counts=True),
        Tool("torchfix", (torchfix, "--select=ALL"), torchfix, sampled=True, counts=True),
    ]


def _program(name: str, linters: Path) -> str:
    beside = os.pathsep.join((str(linters), str(Path(sys.executable).parent)))
    return shutil.which(name, path=beside) or shutil.which(name) or ""


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--linters", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--sample", type=int, default=10_000, help="lines that slow tools read")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--output", type=Path, help="a Markdown file, instead of standard output")
    given = parser.parse_args()
    folders = [folder.resolve() for folder in given.folders]
    with tempfile.TemporaryDirectory() as place:
        files = copied(folders, Path(place, "tree"))
        if not files:
            parser.error("there is no Python file in these folders")
        names = ", ".join(folder.name for folder in folders)
        page = report(files, names, Path(place), given.linters, given.sample, given.repeat)
    if given.output is None:
        print(page)
    else:
        given.output.write_text(page + "\n", encoding="utf-8")


def copied(folders: Sequence[Path], tree: Path) -> list[Path]:
    """The Python files of the folders, copied: one of them is changed, and a cache lies beside them."""
    found: list[Path] = []
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            target = tree / folder.name / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (10**9, 10**9))
            found.append(target)
    return found


def report(files: Sequence[Path], names: str, place: Path, linters: Path, sample: int, repeat: int) -> str:
    """The tables of ratios."""
    lines = {path: path.read_bytes().count(b"\n") for path in files}
    some = sampled(files, lines, sample)
    costs: dict[str, float | None] = {}
    read: dict[str, int] = {}
    found: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for tool in tools(linters):
        chosen = some if tool.sampled else files
        read[tool.name] = sum(lines[path] for path in chosen)
        if not tool.command[0]:
            costs[tool.name] = None
            continue
        whole = None if tool.sampled else place / "tree"
        seconds[tool.name], output = best_of(repeat, tool, chosen, whole, place)
        costs[tool.name] = seconds[tool.name] / read[tool.name]
        counted = numerical(tool, output)
        found[tool.name] = f"{counted}, of {read[tool.name]:,} lines" if tool.counts else ""
    own = costs[tools(linters)[0].name]
    assert own is not None
    rows = [
        (
            name,
            f"{read[name]:,}",
            "not installed" if cost is None else f"{cost / own:.2f}",
            found.get(name, ""),
        )
        for name, cost in costs.items()
        if name != "start of a Python interpreter"
    ]
    head = ("", "lines read", "CPU time per line, stabcheck cold = 1", "findings about numbers")
    cores = len(os.sched_getaffinity(0))
    told = f"CPython {platform.python_version()}, {cores} cores, best of {repeat} runs"
    return (
        f"The trees of {names}: {len(files):,} files, {sum(lines.values()):,} lines; {told}.\n\n"
        f"{tabulate(rows, head, 'github', disable_numparse=True)}\n\n"
        f"{again(files, place, linters, seconds)}"
    )


def again(files: Sequence[Path], place: Path, linters: Path, seconds: dict[str, float]) -> str:
    """The second run of those that remember, and the one after a change of one file."""
    python, ruff = sys.executable, _program("ruff", linters)
    own = (python, "-m", "stabcheck", "lint", "--isolated", "--exit-zero", "--jobs", "1", "tree")
    few = (ruff, "check", "--isolated", "--exit-zero", "--quiet", "tree")
    every = (ruff, "check", "--isolated", "--select", "ALL", "--exit-zero", "--quiet", "tree")
    rows = []
    start = seconds["start of a Python interpreter"]
    base = None
    for name, command in (
        ("ruff check, its default rules", few),
        ("ruff check --select ALL", every),
        ("stabcheck lint", own),
    ):
        if not command[0]:
            continue
        user_time(command, place)
        warm = min(user_time(command, place)[0] for _ in range(3))
        changed = files[len(files) // 2]
        changed.write_bytes(changed.read_bytes() + b"\nADDED = 1\n")
        one = user_time(command, place)[0]
        base = base or warm + start
        rows.append((name, f"{warm / base:.2f}", f"{one / base:.2f}"))
    told = "unit: ruff's warm run with its default rules, plus the start of a Python interpreter"
    return f"CPU time of later runs ({told}):\n\n" + tabulate(
        rows, ("", "nothing changed", "one file changed"), "github", disable_numparse=True
    )


def numerical(tool: Tool, output: bytes) -> int:
    """How many findings are about numbers, by their codes."""
    text = output.decode(errors="replace")
    if tool.command[:3] == (sys.executable, "-m", "stabcheck"):
        return len(json.loads(text)["findings"])
    return sum(1 for line in text.splitlines() if _NUMERICAL.search(line))


def sampled(files: Sequence[Path], lines: dict[Path, int], wanted: int) -> list[Path]:
    """Every n-th file, so that about as many lines as wanted come together; all of them if there are few."""
    step = max(1, sum(lines.values()) // max(1, wanted))
    return list(files[step // 2 :: step]) or list(files)


def best_of(
    repeat: int, tool: Tool, files: Sequence[Path], folder: Path | None, place: Path
) -> tuple[float, bytes]:
    """Seconds of CPU time of the fastest run, and what it printed."""
    listing = place / "files.txt"
    listing.write_text(str(files[0]), encoding="utf-8")
    user_time([*tool.command, str(listing if tool.listed else files[0])], place)  # it is compiled by then
    listing.write_text("\n".join(map(str, files)), encoding="utf-8")
    paths = [str(listing)] if tool.listed else [str(folder)] if folder else [*map(str, files)]
    return min(user_time([*tool.command, *paths], place) for _ in range(repeat))


def user_time(command: Sequence[str], place: Path) -> tuple[float, bytes]:
    """Seconds of user time that a command and what it starts take, and its standard output."""
    # Modules are compiled once, as they are where a tool is in use.
    compiled = {"PYTHONPYCACHEPREFIX": str(place / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        command, cwd=place, capture_output=True, check=False, env={**os.environ, **compiled}
    )
    if done.returncode < 0 or b"Traceback" in done.stderr:
        raise SystemExit(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, done.stdout


if __name__ == "__main__":
    main()
