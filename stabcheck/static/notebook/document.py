"""Reading a notebook: its code cells in order, and the JSON text in which they stand."""

from __future__ import annotations

import codecs
import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from stabcheck.static.discover import NOTEBOOK, Candidate
from stabcheck.static.finding import Problem
from stabcheck.static.notebook.splice import Json
from stabcheck.static.source import LINE_END, Source

MISSING = "not read: notebooks need nbformat (pip install stabcheck[notebook])"

_OLDEST, _NEWEST = 2, 4
_PYTHON = re.compile(r"i?python\d*|sage", re.IGNORECASE)
# Kernels without a language in the metadata (old versions of their installers) that are known by name.
_OTHER_KERNELS = re.compile(
    r"(?:ir|julia|rust|scala|octave|bash|sas|stata|xcpp|java|deno|\.net)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell in Python: `number` counts the code cells from 1, `position` all cells from 0."""

    number: int
    position: int
    id: str | None
    text: str  # line ends are newlines


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as read; `language` is that of its kernel, and there are no cells if it is not Python."""

    source: Source  # of the JSON text
    json: Json
    language: str
    cells: tuple[Cell, ...]

    @property
    def is_python(self) -> bool:
        """Whether the kernel runs Python."""
        return _is_python(self.language)


@cache
def available() -> bool:
    """Whether nbformat is installed."""
    from importlib.util import find_spec  # noqa: PLC0415

    return find_spec("nbformat") is not None


def readable(items: Sequence[Candidate | Problem]) -> list[Candidate | Problem]:
    """The files to read; if nbformat is missing, one line in the place of all notebooks."""
    if available():
        return list(items)
    rest = [item for item in items if isinstance(item, Problem) or not item.path.endswith(NOTEBOOK)]
    left_out = [item.path for item in items if isinstance(item, Candidate) and item.path.endswith(NOTEBOOK)]
    others = f" (and {len(left_out) - 1} more)" if len(left_out) > 1 else ""
    return [*rest, *(Problem(path, MISSING + others) for path in left_out[:1])]


def read_notebook(data: bytes, path: str) -> Notebook | Problem:
    """The notebook in the bytes of a file, of nbformat 2 to 4; an empty file is one without cells."""
    source = decode_json(data, path)
    if isinstance(source, Problem):
        return source
    if not source.raw.strip():
        return Notebook(source, Json(""), "python", ())
    if not available():
        return Problem(path, MISSING)
    try:
        content = parse(source.raw)
        language = _language(content)
        return Notebook(source, Json(source.raw), language, tuple(_cells(content, language)))
    except json.JSONDecodeError as error:
        return Problem(
            path, f"can't be read: not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        )
    except RecursionError:
        return Problem(path, "too deeply nested to be read")
    except _Unreadable as error:
        return Problem(path, f"can't be read: {error}")


class _Unreadable(Exception):
    """JSON that is no notebook, or none of a version that is known."""


def decode_json(data: bytes, path: str) -> Source | Problem:
    """The text of a notebook: UTF-8, with or without a byte order mark."""
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        raw = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(path, f"can't be decoded: line {line} is not UTF-8 (byte 0x{data[error.start]:02x})")
    return Source(path, raw, raw, encoding, "\n")


def parse(raw: str) -> dict[str, Any]:
    """The notebook as nbformat reads it, in its own version.

    Raises
    ------
    json.JSONDecodeError, _Unreadable, RecursionError
        if it can't.
    """
    from nbformat import NBFormatError, ValidationError, reader  # noqa: PLC0415 - an extra

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content: dict[str, Any] = reader.reads(raw)  # type: ignore[no-untyped-call]
    except reader.NotJSONError as error:
        if isinstance(error.__cause__, json.JSONDecodeError):
            raise error.__cause__ from None
        raise _Unreadable("not JSON") from error
    except (AttributeError, KeyError, TypeError, ValidationError) as error:
        raise _Unreadable("JSON, but not a notebook") from error
    except NBFormatError as error:
        raise _Unreadable(" ".join(str(error).split())) from error
    version = content.get("nbformat", 1)
    if not _OLDEST <= version <= _NEWEST:
        raise _Unreadable(f"nbformat {version}: write it anew with `jupyter nbconvert --to notebook`")
    return content


@lru_cache(maxsize=2)
def shown_lines(data: bytes, path: str) -> Mapping[str, Sequence[str]]:
    """The lines of each code cell, by the place that text output names ("a.ipynb:cell 3")."""
    notebook = read_notebook(data, path)
    if isinstance(notebook, Problem):
        return {}
    return {f"{path}:cell {cell.number}": cell.text.split("\n") for cell in notebook.cells}


def _language(content: Mapping[str, Any]) -> str:
    metadata = _table(content.get("metadata"))
    kernel = _table(metadata.get("kernelspec"))
    named = _table(metadata.get("language_info")).get("name") or kernel.get("language")
    if isinstance(named, str):
        return named
    name = kernel.get("name")
    return name if isinstance(name, str) and _OTHER_KERNELS.match(name) else "python"


def _is_python(language: object) -> bool:
    return isinstance(language, str) and _PYTHON.fullmatch(language) is not None


def _cells(content: Mapping[str, Any], language: str) -> Iterator[Cell]:
    if not _is_python(language):
        return
    number = 0
    for position, cell in enumerate(_all_cells(content)):
        if cell.get("cell_type") != "code":
            continue
        number += 1
        editor = _table(_table(cell.get("metadata")).get("vscode")).get("languageId", "python")
        if not (_is_python(cell.get("language", "python")) and _is_python(editor)):
            continue
        source = cell.get("source", cell.get("input", ""))
        if not isinstance(source, str):
            raise _Unreadable(f"JSON, but not a notebook: the source of code cell {number} is no text")
        name = cell.get("id")
        yield Cell(number, position, name if isinstance(name, str) else None, LINE_END.sub("\n", source))


def _all_cells(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Cells of version 4; of the worksheets of versions 2 and 3."""
    for holder in [content, *_list(content.get("worksheets"))]:
        yield from map(_table, _list(_table(holder).get("cells")))


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
