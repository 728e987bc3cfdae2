"""What stands in the way of a gradient case, in one line each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stabcheck.dynamic.diagnose_error import DiagnoseError
from stabcheck.dynamic.failures import raised_in, sentence, users_location, users_traceback

_EXTRAS = {"tensorflow": "tensorflow", "keras": "tensorflow", "matplotlib": "plot"}


@dataclass(frozen=True, slots=True)
class CaseError:
    """Something that could not be collected or run: one line, and the user's part of the traceback."""

    path: str
    message: str
    line: int | None = None
    traceback: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the `errors` list."""
        return {"path": self.path, "message": self.message, "line": self.line, "traceback": self.traceback}


def import_error(shown: str, error: BaseException) -> CaseError:
    """A file that could not be imported."""
    if isinstance(error, SystemExit):
        return CaseError(shown, f"calls sys.exit({error.code!r}) when imported")
    if isinstance(error, SyntaxError):
        return CaseError(shown, f"does not parse: {error.msg}", error.lineno)
    return case_error(shown, "importing it", error, None)


def case_error(shown: str, what: str, error: BaseException, line: int | None) -> CaseError:
    """An exception of the user's code, at the user's line; or why the case can't be checked."""
    if isinstance(error, DiagnoseError):
        return CaseError(shown, f"{what}: {error}", line)
    missing = _not_installed(error)
    if missing is not None:
        return CaseError(shown, missing, line)
    location = users_location(error)
    said = f"{type(error).__name__}: {sentence(error)}"
    if location is None:
        place = raised_in(error)
        inside = "" if place.startswith("stabcheck.dynamic.cases.") else f" (in {place})"
        return CaseError(shown, f"{what} could not be checked: {said}{inside}", line)
    return CaseError(
        shown,
        f"{what} raised {said}",
        location.line if _same(location.path, shown) else line,
        users_traceback(error),
    )


def timed_out(
    shown: str, what: str, error: BaseException, seconds: float | None, line: int | None = None
) -> CaseError:
    """What did not come to an end within the time limit, at the user's line that was running."""
    location = users_location(error)
    where = f", in {location.function}" if location is not None and location.function else ""
    if location is not None and _same(location.path, shown):
        line = location.line
    return CaseError(shown, f"{what} was given up after {seconds:g} s{where}", line)


def exited(shown: str, what: str, error: SystemExit, line: int) -> CaseError:
    """A case that ends the program."""
    return CaseError(shown, f"{what} called sys.exit({error.code!r})", line)


def _not_installed(error: BaseException) -> str | None:
    name = str(error.name).partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if name not in _EXTRAS:
        return None
    title = "TensorFlow" if _EXTRAS[name] == "tensorflow" else name
    return f"{title} is not installed: pip install 'stabcheck[{_EXTRAS[name]}]'"


def _same(path: str, shown: str) -> bool:
    return Path(path).resolve() == Path(shown).resolve()


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a message about an unknown case: the known ones that look like it."""
    known = list(names)
    near = difflib.get_close_matches(name, known, n=3)
    if near:
        return f"; did you mean {', '.join(near)}?"
    return f"; there is {', '.join(known[:5])}" if known else "; this file has no gradient cases"
