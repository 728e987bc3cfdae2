"""Find the gradient cases of files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stabcheck.dynamic.case_errors import CaseError, import_error, nearest, timed_out
from stabcheck.dynamic.cases import CaseFunction, declared_in, forget
from stabcheck.dynamic.loading import importable, load, mentions_cases, module_name
from stabcheck.dynamic.quiet import unheard, without_start_up_messages
from stabcheck.timelimit import TimeLimitError, time_limit

NO_CASES = "no gradient cases here: mark a function with @stabcheck.gradient_case"
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})


@dataclass(frozen=True, slots=True)
class Unit:
    """What is imported and run together: a file, with all its cases or one of them.

    `folder` is the target that the file was found in; a `script` is run as a program.
    """

    target: str
    folder: str | None = None
    script: bool = False

    @property
    def shown(self) -> str:
        """The path of the file, as the user named it."""
        return self.target.partition("::")[0]


def units(targets: Sequence[str], *, scripts: bool = False) -> Iterator[Unit | CaseError]:
    """The files behind `file.py`, `file.py::case` and folders, which are read but not imported.

    A file that doesn't speak of gradient cases is a script, if there may be `scripts`; in a folder it is left
    out.
    """
    for target in dict.fromkeys(targets):
        shown, _, wanted = target.partition("::")
        path = Path(shown)
        if path.is_dir():
            if wanted:
                yield CaseError(target, f"{shown} is a folder: name the file that holds {wanted}")
            else:
                yield from _units_of_folder(shown)
        elif not path.exists():
            yield CaseError(shown, "no such file or folder")
        elif path.suffix != ".py":
            yield CaseError(shown, "not a Python file")
        else:
            yield Unit(target, script=scripts and _is_script(target))


def _units_of_folder(shown: str) -> Iterator[Unit | CaseError]:
    for path in _python_files(shown):
        try:
            if mentions_cases(Path(path)):
                yield Unit(path, folder=shown)
        except OSError as error:
            yield CaseError(path, f"can't be read: {error.strerror or error}")


@dataclass(frozen=True, slots=True)
class CollectedCase:
    """A case function: where it stands, as the user named the file, and which of its cases are wanted."""

    declared: CaseFunction
    shown: str  # the path as given on the command line
    file: Path
    wanted: str | None = None  # one case of those that the function returns: "case[key]"

    @property
    def name(self) -> str:
        """`file.py::case`."""
        return f"{self.shown}::{self.wanted or self.declared.name}"


@dataclass(frozen=True, slots=True)
class Collection:
    """The cases behind a target, and what stood in the way of others."""

    cases: tuple[CollectedCase, ...] = ()
    errors: tuple[CaseError, ...] = ()


def collect(unit: Unit, timeout: float | None = None) -> Collection:
    """The cases of a file, or the one that is wanted.

    The file is imported, within `timeout` seconds; nothing is raised for what goes wrong in it.
    """
    return _select(_collect_file(unit.shown, timeout), unit.shown, unit.target.partition("::")[2])


def _is_script(target: str) -> bool:
    """Whether a target is a Python file without gradient cases; one that can't be read is not."""
    try:
        return target.endswith(".py") and os.path.isfile(target) and not mentions_cases(Path(target))
    except OSError:
        return False


def _python_files(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        )
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.normpath(os.path.join(root, name))


def _collect_file(shown: str, timeout: float | None) -> Collection:
    file = Path(shown).resolve()
    name = module_name(file)
    forget(name)
    try:
        with importable(file), unheard(), without_start_up_messages(), time_limit(timeout):
            load(file)
    except KeyboardInterrupt:
        raise
    except TimeLimitError as error:
        return Collection(errors=(timed_out(shown, "importing it", error, timeout),))
    except BaseException as error:  # a user's file may raise anything
        return Collection(errors=(import_error(shown, error),))
    return Collection(tuple(CollectedCase(declared, shown, file) for declared in declared_in(name)))


def _select(found: Collection, shown: str, wanted: str) -> Collection:
    if found.errors or not wanted:
        return found
    function = wanted.partition("[")[0]
    chosen = [case for case in found.cases if case.declared.name == function]
    if chosen:
        part = wanted if wanted != function else None
        return Collection(tuple(replace(case, wanted=part) for case in chosen))
    names = [case.declared.name for case in found.cases]
    return _failed(shown, f"no case {wanted!r}{nearest(function, names)}")


def _failed(shown: str, message: str) -> Collection:
    return Collection(errors=(CaseError(shown, message),))
