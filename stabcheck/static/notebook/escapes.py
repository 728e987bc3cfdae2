"""What IPython adds to Python: magics, shell commands, help. They become Python that says nothing.

Which lines are escapes is decided as IPython's own input transformer does it: at the start of a logical line
only (a `%` that begins a line inside brackets or a string is Python), a line with its continuations. Line
counts stay, so that positions do.

https://ipython.readthedocs.io/en/stable/interactive/reference.html#dynamic-object-information
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

# Cell magics whose body runs in the namespace of the notebook. `%%python` runs another process.
PYTHON_CELL_MAGICS = frozenset({"capture", "debug", "ipytest", "prun", "time", "timeit", "memit", "mprun"})

_CELL_MAGIC = re.compile(r"%%(\w+)")
_ESCAPE = re.compile(r"[ \t]*(?:[%!?,;/])")
# Python, but on top of a module only, and of no concern to what is found.
_FUTURE = re.compile(r"from __future__ import [\w, ]+(?:#.*)?")
_HELP = re.compile(r"[ \t]*(?:%{0,2}[^\W\d][\w.*]*|%{1,2})(?:\[-?\d+\])*\?{1,2}")
_ASSIGNED = re.compile(r"([ \t]*[^\W\d][\w.\[\], \t\"']*=[ \t]*)(?:%[^\W\d]|!)")
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<triple>\"{3}|'{3})|(?P<quote>["'])|(?P<open>[(\[{])|(?P<close>[)\]}])"""
)
_STRING_END = {
    quote: re.compile(
        rf"(?:[^\\]|\\.)*?{quote}" if len(quote) == 3 else rf"(?:[^\\\n{quote}]|\\.)*{quote}", re.S
    )
    for quote in ('"""', "'''", '"', "'")
}


def cell_magic(lines: Sequence[str]) -> tuple[int, str] | None:
    """The line (from 0) and the name of the cell magic that a cell begins with, below blank lines."""
    for i, line in enumerate(lines):
        if line.strip():
            found = _CELL_MAGIC.match(line)
            return (i, found[1]) if found and not line.rstrip().endswith("?") else None
    return None


def escapes(lines: Sequence[str]) -> Mapping[int, str]:
    """The lines (from 0) that are no Python, each with Python to put in its place.

    That is a comment at the left margin, `pass` in a block, and an assignment from an unknown call for
    `files = !ls`. Continuation lines of an escape become comments.
    """
    found: dict[int, str] = {}
    starts = _logical_starts(lines, found)
    for i in starts:
        stand_in = _stand_in(lines[i])
        if stand_in is None:
            continue
        found[i] = stand_in
        last = i
        while lines[last].endswith("\\") and last + 1 < len(lines):
            last += 1
            found[last] = ""
    return found


def _stand_in(line: str) -> str | None:
    indent = line[: len(line) - len(line.lstrip())]
    quiet = f"{indent}pass" if indent else ""
    if _ESCAPE.match(line) or _FUTURE.fullmatch(line) or _HELP.fullmatch(line.rstrip().rstrip(";")):
        return quiet
    assigned = _ASSIGNED.match(line)
    return f"{assigned[1]}get_ipython()" if assigned else None


def _logical_starts(lines: Sequence[str], escaped: Mapping[int, str]) -> Iterator[int]:
    """The lines that begin a logical line; `escaped` grows meanwhile, and its lines are not looked into."""
    depth, quote, continued = 0, "", False
    for i, line in enumerate(lines):
        if i in escaped:
            continue
        if depth == 0 and not quote and not continued:
            yield i
            if i in escaped:
                continue
        depth, quote = _after(line + "\n", depth, quote)
        continued = not quote and line.endswith("\\")


def _after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets, and which string of several lines, are open behind a line."""
    position = 0
    while True:
        if quote:
            end = _STRING_END[quote].match(line, position)
            if end is None:
                return depth, quote
            position, quote = end.end(), ""
        found = _TOKEN.search(line, position)
        if found is None or found["comment"]:
            return depth, ""
        position = found.end()
        if found["triple"]:
            quote = found["triple"]
        elif found["quote"]:
            end = _STRING_END[found["quote"]].match(line, position)
            if end is None:  # goes on behind a backslash, or does not end: no more to be told of this line
                return depth, found["quote"] if line.endswith("\\\n") else ""
            position = end.end()
        else:
            depth = depth + 1 if found["open"] else max(depth - 1, 0)
