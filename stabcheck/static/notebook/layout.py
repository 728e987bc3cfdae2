"""All code cells as one module, and the way back from its lines to the cells.

Each cell stands under a comment that names it, so the text tells by itself where its cells are: also after
fixes have moved its lines. The mark and the stand-ins of escapes carry a word that no cell holds.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from stabcheck.static.notebook.document import Cell
from stabcheck.static.notebook.escapes import PYTHON_CELL_MAGICS, cell_magic, escapes


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that does not parse."""

    cell: Cell
    error: SyntaxError


@dataclass(frozen=True, slots=True)
class Layout:
    """The cells that are in the module, those that do not parse, and how to find either in a module text."""

    text: str
    cells: Mapping[int, Cell]  # by number
    broken: tuple[Broken, ...]
    word: str  # in no cell
    heads: Mapping[int, int] = field(
        default_factory=dict
    )  # lines of a cell that its mark stands for, by number
    hidden: Sequence[str] = ()  # lines that stand-ins stand for

    def sections(self, text: str) -> Sections:
        """Where the cells are in the module text, as laid out or after fixes."""
        mark = re.compile(rf"(?:if True:  )?# {self.word} cell (\d+)")
        lines = text.split("\n")
        starts = [(i + 1, int(found[1])) for i, line in enumerate(lines) if (found := mark.fullmatch(line))]
        return Sections([line for line, _ in starts], [number for _, number in starts], self)

    def sources(self, text: str) -> dict[int, str] | None:
        """The source of each cell, by number, after fixes; None if a mark or a stand-in got lost."""
        lines = text.split("\n")
        sections = self.sections(text)
        if sections.numbers != list(self.cells) or not sections.starts:
            return None
        above = [line for line in lines[: sections.starts[0] - 1] if line]
        made: dict[int, str] = {}
        restored = 0
        for start, end, number in zip(
            sections.starts,
            [*(i - 1 for i in sections.starts[1:]), len(lines) - 1],
            sections.numbers,
            strict=True,
        ):
            body = [*above, *lines[start:end]]
            above = []
            for i, line in enumerate(body):
                found = re.search(rf"# {self.word} line (\d+)$", line)
                if found:
                    body[i] = self.hidden[int(found[1])]
                    restored += 1
            made[number] = "\n".join([*self.cells[number].text.split("\n")[: self.heads[number]], *body])
        return made if restored == len(self.hidden) else None


@dataclass(frozen=True, slots=True)
class Sections:
    """The lines of the marks in a module text, and the numbers of the cells below them."""

    starts: Sequence[int]
    numbers: Sequence[int]
    layout: Layout

    def place(self, line: int) -> tuple[Cell, int]:
        """The cell of a line of the module, and what to subtract to have the line within the cell."""
        i = max(bisect_right(self.starts, line) - 1, 0)
        number = self.numbers[i]
        return self.layout.cells[number], self.starts[i] - self.layout.heads[number]


def lay_out(cells: Sequence[Cell]) -> Layout:
    """The module of a notebook's cells; those that do not parse and those of other languages are left out."""
    word = next(
        each for each in map("nbcell{}".format, count()) if not any(each in cell.text for cell in cells)
    )
    lines: list[str] = []
    known: dict[int, Cell] = {}
    heads: dict[int, int] = {}
    hidden: list[str] = []
    broken: list[Broken] = []
    for cell in cells:
        rows = cell.text.split("\n")
        magic = cell_magic(rows)
        if magic is not None and magic[1] not in PYTHON_CELL_MAGICS:
            continue
        head = magic[0] + 1 if magic is not None else 0
        body, taken = _body(rows[head:], word, len(hidden))
        mark = f"# {word} cell {cell.number}"
        error = parse_error("\n".join(body))
        if error is not None:
            if parse_error("\n".join(["if True:", *body])) is not None:
                broken.append(Broken(cell, _moved(error, head)))
                continue
            mark = f"if True:  {mark}"  # IPython takes the indentation of a whole cell away
        lines += [mark, *body]
        known[cell.number] = cell
        heads[cell.number] = head
        hidden += taken
    return Layout("".join(f"{line}\n" for line in lines), known, tuple(broken), word, heads, hidden)


def parse_error(text: str) -> SyntaxError | None:
    """Why a text is no Python, if so."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error
    except UnicodeEncodeError as error:
        return SyntaxError(f"a character that is none: {error.object[error.start]!r}")
    except ValueError as error:  # null bytes
        return SyntaxError(str(error))
    return None


def _body(rows: Sequence[str], word: str, first: int) -> tuple[list[str], list[str]]:
    """The lines of a cell with stand-ins for what is no Python, and the lines that these stand for."""
    found = escapes(rows)
    body = list(rows)
    hidden: list[str] = []
    for i, stand_in in sorted(found.items()):
        body[i] = f"{stand_in}{'  ' if stand_in else ''}# {word} line {first + len(hidden)}"
        hidden.append(rows[i])
    return body, hidden


def _moved(error: SyntaxError, lines: int) -> SyntaxError:
    if error.lineno is not None:
        error.lineno += lines
    if error.end_lineno is not None:
        error.end_lineno += lines
    return error
