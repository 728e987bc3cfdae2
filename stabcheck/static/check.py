"""One file checked: what is reported of it, or what it looks like fixed or silenced.

Whatever goes wrong is a `Problem` of that file, and never stops the run.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import replace

from stabcheck.static.adoption.view import Look, meets
from stabcheck.static.cache.state import FileState, state_of, with_digest
from stabcheck.static.discover import NOTEBOOK, Candidate
from stabcheck.static.finding import Finding, Problem
from stabcheck.static.parsing import check_syntax
from stabcheck.static.result import FileResult, Mode, unparsable
from stabcheck.static.source import Source, decode, read
from stabcheck.timelimit import TimeLimitError, cpu_limit

MOST_SECONDS = 60  # of processor time for a file; 10⁴ findings in 10⁵ lines take about as long


def check_file(candidate: Candidate, mode: Mode = "report", *, remembered: bool = False) -> FileResult:
    """Read and check one file, and write what was fixed or silenced.

    The state of the file is part of the result only if that is to be remembered.
    """
    state = state_of(candidate.path) if remembered else None
    data = read(candidate.path)
    if isinstance(data, Problem):
        # A file that was there when its folder was read and is gone now is no longer part of the tree.
        return FileResult(errors=(data,)) if os.path.lexists(candidate.path) else FileResult()
    return finished(check_bytes(data, candidate, mode), data, candidate, state)


def finished(result: FileResult, data: bytes, candidate: Candidate, state: FileState | None) -> FileResult:
    """The result, once what was fixed or silenced is written."""
    problem = _write(data, candidate.path, result.text) if result.text is not None else None
    if problem is None:
        return replace(result, text=None, state=None if state is None else with_digest(state, data))
    unfixed = check_bytes(data, candidate)
    return replace(unfixed, errors=(*unfixed.errors, problem))


def check_bytes(data: bytes, candidate: Candidate, mode: Mode = "report") -> FileResult:
    """Check a file's content, touching no file; in the modes that change it, `text` is then what to write.

    The outcome depends on nothing but the arguments and the rules.

    Raises
    ------
    ConfigError, CardError
        if the settings, or the built-in rules, can't be used.
    """
    from stabcheck.static.rules import rules  # noqa: PLC0415  (loads the engine)

    rules(candidate.settings)
    try:
        with cpu_limit(MOST_SECONDS):
            if candidate.path.endswith(NOTEBOOK):
                return _check_cells(data, candidate, mode)
            source = decode(data, candidate.path)
            if isinstance(source, Problem):
                return FileResult(errors=(source,))
            return _check_source(source, data, candidate, mode)
    except TimeLimitError:
        message = f"not checked to the end: it takes more than {MOST_SECONDS} s; exclude it"
        return FileResult(errors=(Problem(candidate.path, message),))
    except SyntaxError as error:
        return unparsable(candidate.path, error)
    except (RecursionError, MemoryError):
        return FileResult(errors=(Problem(candidate.path, "too deeply nested to be read"),))
    except Exception as error:  # one file that a rule stumbles over must not take the others with it
        reason = " ".join(str(error).split()) or "no message"
        message = f"could not be checked, by a fault of stabcheck's own: {type(error).__name__}: {reason}"
        return FileResult(errors=(Problem(candidate.path, message),))


def _check_source(source: Source, data: bytes, candidate: Candidate, mode: Mode) -> FileResult:
    from stabcheck.static.rules import rules  # noqa: PLC0415

    if not rules(candidate.settings).scan(data):
        _check_syntax(source.text)
        return FileResult(path=candidate.path)
    look = Look(lambda text: _findings(text, candidate), candidate.view, source.text)
    if mode == "report":
        result = FileResult(tuple(look(source.text)))
    elif mode == "ignore":
        result = _silence(source, look)
    else:
        result = _fix(source, look, candidate, mode)
    return replace(result, path=candidate.path, known=look.known)


def _check_cells(data: bytes, candidate: Candidate, mode: Mode) -> FileResult:
    """A notebook. Its changed lines are lines of JSON: it is then reported, and not changed."""
    from stabcheck.static.notebook import check_notebook  # noqa: PLC0415  (few read notebooks)

    view = candidate.view
    look = Look(lambda text: _found_in_cells(text, candidate), replace(view, lines=None))
    as_it_is = mode == "ignore" or view.lines is not None
    result = check_notebook(data, candidate, "report" if as_it_is else mode, look)
    if view.lines is not None:
        kept = [each for each in result.findings if meets(view.lines, each.line_in_file, each.line_in_file)]
        result = replace(result, findings=tuple(kept))
    return result if result.errors else replace(result, path=candidate.path, known=look.known)


def _check_syntax(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_syntax(text)


def _findings(text: str, candidate: Candidate) -> list[Finding]:
    """What the enabled rules say of a text, by position, without what comments and settings silence."""
    from stabcheck.static.reported import reported  # noqa: PLC0415
    from stabcheck.static.rules import rules  # noqa: PLC0415
    from stabcheck.static.select import off_for  # noqa: PLC0415

    enabled = rules(candidate.settings)
    off = off_for(candidate.path, enabled.known, candidate.settings)
    cards = tuple(card for card in enabled.cards if card.code not in off) if off else enabled.cards
    return reported(text, candidate.path, cards, enabled.known)


def _found_in_cells(text: str, candidate: Candidate) -> list[Finding]:
    """As `_findings`, of the module that cells make: in their JSON, words are not told apart."""
    from stabcheck.static.rules import rules  # noqa: PLC0415

    scan = rules(candidate.settings).scan
    return _findings(text, candidate) if scan(text.encode(errors="replace")) else []


def _silence(source: Source, look: Look) -> FileResult:
    """A comment at each finding that silences it."""
    from stabcheck.static.adoption.ignores import with_ignores  # noqa: PLC0415

    done = with_ignores(source, look(source.text), look.view.reason)
    return FileResult(done.left, (), done.silenced, text=done.raw if done.silenced else None)


def _fix(source: Source, look: Look, candidate: Candidate, mode: Mode) -> FileResult:
    from stabcheck.static.apply import fix, unified_diff  # noqa: PLC0415  (only who fixes pays for it)

    fixed = fix(source, look, unsafe=candidate.settings.unsafe_fixes)
    if mode == "diff":
        return FileResult(fixed.found, (), fixed.applied, unified_diff(source, fixed.raw))
    return FileResult(fixed.remaining, (), fixed.applied, text=fixed.raw if fixed.applied else None)


def _write(data: bytes, path: str, text: str) -> Problem | None:
    if path.endswith(NOTEBOOK):
        from stabcheck.static.notebook import write_notebook  # noqa: PLC0415

        return write_notebook(data, path, text)
    from stabcheck.static.apply import write  # noqa: PLC0415

    source = decode(data, path)
    return source if isinstance(source, Problem) else write(source, text)
