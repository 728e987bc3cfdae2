"""Functions, arguments and files that misbehave: `stabcheck diagnose` has one clear answer to each.

python benchmarks/hostile.py [FILE...] [--each]

The cases stand in `hostile_cases/`, each beside the answer that it must get. One command runs all files of
one time limit in a copy of that folder, as some of them write there. An answer is clear if there is exactly
one, in one line, as it was expected: then all other cases have run, too, as each of them has its own. Nothing
of what the cases print may get into the report.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabulate import tabulate

FOLDER = Path(__file__).with_name("hostile_cases")
ROOT = Path(__file__).resolve().parent.parent
DECLARING = ("function", "gradient", "argument", "hostile", "expected")  # decorators that hold an answer
LIMIT = 4.0  # seconds that a case may take
LIMITS = {"in_tensorflow.py": 30.0, "large.py": 200.0}  # TensorFlow takes longer than that to be imported
WIDEST = 110  # characters of an answer that are shown
UNCLEAR = "\n    must be: "


@dataclass(frozen=True, slots=True)
class Tried:
    """A hostile case: its file, its name as messages call it, and what it must be answered."""

    file: str
    name: str
    expected: str


def tried_in(path: Path) -> Iterator[Tried]:
    """The cases of a file, read and not run: it may do anything when it is imported."""
    tree = ast.parse(path.read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    makers = [
        node for node in functions if any(_called(each) == "gradient_case" for each in node.decorator_list)
    ]
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ANSWER":
            yield Tried(path.name, "", _text(node.value))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ANSWERS":
            answers = ast.literal_eval(node.value)
            yield from (Tried(path.name, f"{makers[0].name}[{name}]", said) for name, said in answers.items())
    for function in functions:
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and _called(decorator) in DECLARING:
                inside = _called(decorator) != "expected"
                name = f"{makers[0].name}[{function.name}]" if inside else function.name
                yield Tried(path.name, name, _answer(decorator, tree))


def _called(decorator: ast.expr) -> str:
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator).rpartition(".")[2]


def _answer(decorator: ast.Call, tree: ast.Module) -> str:
    """The first argument: text, or text made of constants of the file."""
    constants = {
        ast.unparse(node.targets[0]): node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    return str(eval(ast.unparse(decorator.args[0]), {"__builtins__": {}}, constants))


def _text(node: ast.expr) -> str:
    return str(ast.literal_eval(node))


@dataclass(frozen=True, slots=True)
class Run:
    """What one command has said of all files."""

    answers: dict[tuple[str, str], list[str]]  # by file and name
    stray: tuple[str, ...]  # of no case that was tried, or not as it should have been said
    seconds: float


def run(files: Sequence[Path], timeout: float) -> Run:
    """Diagnose the files in one command."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(
            shutil.copytree(FOLDER, Path(folder, "cases"), ignore=shutil.ignore_patterns("__pycache__"))
        )
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "stabcheck", "diagnose", *(file.name for file in files)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        began = time.monotonic()
        with report.open("wb") as stdout:
            done = subprocess.run(
                [*command, "--format", "json", "--timeout", f"{timeout:g}s"],
                cwd=place,
                env=environment,
                stdout=stdout,
                stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        seconds = time.monotonic() - began
        return _understood(done, report.read_text(), seconds)


def _understood(done: subprocess.CompletedProcess[bytes], text: str, seconds: float) -> Run:
    stray = [] if done.returncode in (0, 1, 2) else [f"the command ended with {done.returncode}"]
    frames = re.findall(r'File "[^"]*stabcheck/dynamic/.*', done.stderr.decode(errors="replace"))
    stray += [f"a traceback of stabcheck's own: {own}" for own in frames]
    try:
        found = json.loads(text)
    except ValueError:
        said = done.stderr.decode(errors="replace")[-500:]
        return Run({}, (*stray, f"the report is no JSON: {text[:200]!r}; {said}"), seconds)
    answers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in found["cases"]:
        file, _, name = case["name"].partition("::")
        answers[file, name].append(_verdict(case))
    for error in found["errors"]:
        message = error["message"]
        name = re.match(r"[\w\[\] ]+?(?=:? )", message)
        known = name is not None and "importing it" not in message[:12] and "when imported" not in message
        answers[error["path"], name[0] if known and name else ""].append(message)
        if "\n" in message:
            stray.append(f"not in one line: {message!r}")
    return Run(dict(answers), tuple(stray), seconds)


def _verdict(case: dict[str, Any]) -> str:
    causes = [cause["kind"] for cause in case["causes"]]
    return " ".join([case["verdict"], *causes[:1]])


def compared(tried: Sequence[Tried], found: Run) -> tuple[list[list[str]], list[str]]:
    """The table of all cases, and in a line each what was not answered as it must be."""
    rows, wrong = [], list(found.stray)
    known = defaultdict(list)
    for (file, name), said in found.answers.items():
        known[file, name if "[" in name or _is_maker(tried, file, name) else ""] += said
    for case in tried:
        said = known.pop((case.file, case.name), [])
        clear = len(said) == 1 and re.search(case.expected, said[0], re.DOTALL) is not None
        shown = " AND ".join(said) or "nothing"
        rows.append([f"{case.file}::{case.name}".removesuffix("::"), shown[:WIDEST]])
        if not clear:
            wrong.append(f"{case.file}::{case.name}: {shown}{UNCLEAR}{case.expected}")
    wrong += [f"{file}::{name}: {said}: no such case" for (file, name), said in known.items()]
    return rows, wrong


def _is_maker(tried: Sequence[Tried], file: str, name: str) -> bool:
    return any((case.file, case.name) == (file, name) for case in tried)


def main() -> int:
    """Run the cases and print what they were answered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", help="of hostile_cases/; all of them if none is given")
    parser.add_argument("--each", action="store_true", help="list what each case is answered")
    given = parser.parse_args()
    every = sorted(path for path in FOLDER.glob("*.py") if path.name != "declared.py")
    files = [path for path in every if not given.files or path.name in given.files]
    rows: list[list[str]] = []
    wrong: list[str] = []
    counted: list[list[Any]] = []
    for limit in sorted({LIMITS.get(path.name, LIMIT) for path in files}):
        group = [path for path in files if LIMITS.get(path.name, LIMIT) == limit]
        tried = [case for path in group for case in tried_in(path)]
        more_rows, more_wrong = compared(tried, run(group, limit))
        rows, wrong = rows + more_rows, wrong + more_wrong
        counted += [[path.name, sum(case.file == path.name for case in tried)] for path in group]
    if given.each:
        print(tabulate(rows, headers=("case", "answer"), tablefmt="github"), "\n")
    print(tabulate(counted, headers=("file", "cases"), tablefmt="github"))
    unclear = sum(UNCLEAR in line for line in wrong)
    print(f"\ntried {len(rows)}, clear answers {len(rows) - unclear}, not answered {unclear}")
    for line in wrong:
        print("  " + line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
