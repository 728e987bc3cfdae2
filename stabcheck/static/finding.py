"""What the static pass reports: findings with their witness and their fix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stabcheck.static.span import Span

Severity = Literal["error", "warning", "info"]
Safety = Literal["safe", "unsafe"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text at `span` by `text`; an insertion has an empty span."""

    span: Span
    text: str
    cell: int | None = None  # in a notebook: the code cell (from 1) within which the span is told

    def to_dict(self) -> dict[str, Any]:
        """JSON form: line, column, end_line, end_column (from 1) and text; in a notebook cell, too."""
        place = {} if self.cell is None else {"cell": self.cell}
        return {**place, **span_dict(self.span), "text": self.text}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Edit:
        """The edit of which `data` is the JSON form."""
        return cls(_span(data), _text(data["text"]), data.get("cell"))


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The edit that puts a new expression in place, and the expression in one line."""

    edit: Edit
    expression: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together, what they do in a few words, and, if unsafe, why."""

    safety: Safety
    edits: tuple[Edit, ...]
    replacement: str  # the new expression, for messages
    reason: str | None = None  # what an unsafe fix changes besides rounding

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "safety": self.safety,
            "edits": [edit.to_dict() for edit in self.edits],
            "replacement": self.replacement,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fix:
        """The fix of which `data` is the JSON form."""
        safety: Safety = "safe" if data["safety"] == "safe" else "unsafe"
        edits = tuple(map(Edit.from_dict, data["edits"]))
        return cls(safety, edits, _text(data["replacement"]), data["reason"])


@dataclass(frozen=True, slots=True)
class Witness:
    """An input at which the code as written goes wrong.

    `quantity` says of what `computed` and `exact` are: the value, or the gradient with respect to an input.
    `lost_bits` = log2(1 + |computed - exact| / (u·|exact|)), u the unit roundoff of `dtype`; the dtype's
    precision if `computed` is not finite while `exact` is.
    """

    inputs: Mapping[str, float | tuple[float, ...]]
    dtype: str
    computed: float
    exact: float | str  # text where a float can't hold it: "4.49e+387"
    lost_bits: float
    quantity: Literal["value", "gradient"] = "value"

    def to_dict(self) -> dict[str, Any]:
        """JSON form; numbers that JSON can't hold become text ("inf", "nan")."""
        return {
            "inputs": {name: plain(x) for name, x in self.inputs.items()},
            "dtype": self.dtype,
            "computed": plain(self.computed),
            "exact": plain(self.exact),
            "lost_bits": self.lost_bits,
            "quantity": self.quantity,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Witness:
        """The witness of which `data` is the JSON form."""
        return cls(
            {name: _number(x) for name, x in data["inputs"].items()},
            _text(data["dtype"]),
            _number(data["computed"]),
            _number(data["exact"]),
            data["lost_bits"],
            "gradient" if data["quantity"] == "gradient" else "value",
        )


@dataclass(frozen=True, slots=True)
class CellPlace:
    """The cell of a notebook that a finding is in.

    `number` counts the code cells from 1, as a kernel that runs them all numbers them. `id` is nbformat's
    (from 4.5 on). `file_line` is the line of the notebook's JSON text on which the finding begins.
    """

    number: int
    id: str | None
    file_line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in one file, by one rule."""

    code: str
    name: str
    message: str  # one line: what is wrong, with the number that proves it
    severity: Severity
    path: str  # as given on the command line
    span: Span
    function: str = ""  # qualified name of the function that holds it
    witness: Witness | None = None
    fix: Fix | None = None
    advice: str | None = None  # what to write instead, where no fix can be made
    source: str = ""  # what stands at the span, as `fingerprint.normalised` writes it
    cell: CellPlace | None = None  # in a notebook, where `span` is one within the cell

    @property
    def shown_path(self) -> str:
        """The path, and in a notebook the cell: "a.ipynb:cell 3"."""
        return self.path if self.cell is None else f"{self.path}:cell {self.cell.number}"

    @property
    def line_in_file(self) -> int:
        """The line of the file as it is stored, for what knows only files and lines."""
        return self.span.line if self.cell is None else self.cell.file_line

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `lint --format json`; "cell", "cell_id" and "file_line" in a notebook only."""
        cell = self.cell
        return {
            "code": self.code,
            "name": self.name,
            "message": self.message,
            "severity": self.severity,
            "path": self.path,
            **({"cell": cell.number, "cell_id": cell.id, "file_line": cell.file_line} if cell else {}),
            **span_dict(self.span),
            "function": self.function,
            "advice": self.advice,
            "fix": self.fix.to_dict() if self.fix else None,
            "witness": self.witness.to_dict() if self.witness else None,
        }

    def to_record(self) -> dict[str, Any]:
        """All but the path, in JSON form: what `from_dict` needs to make the finding again."""
        record = {**self.to_dict(), "source": self.source}
        del record["path"]
        return record

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], path: str) -> Finding:
        """The finding in `path` of which `data` is the record.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            if it is none.
        """
        cell = CellPlace(data["cell"], data["cell_id"], data["file_line"]) if "cell" in data else None
        if data["severity"] not in SEVERITIES:
            raise ValueError(data["severity"])
        return cls(
            code=_text(data["code"]),
            name=_text(data["name"]),
            message=_text(data["message"]),
            severity=data["severity"],
            path=path,
            span=_span(data),
            function=_text(data["function"]),
            witness=None if data["witness"] is None else Witness.from_dict(data["witness"]),
            fix=None if data["fix"] is None else Fix.from_dict(data["fix"]),
            advice=data["advice"],
            source=_text(data["source"]),
            cell=cell,
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read or done, in one line; the rest goes on."""

    path: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """The JSON object of the `errors` list."""
        return {"path": self.path, "message": self.message}


@dataclass(frozen=True, slots=True)
class LintResult:
    """What `stabcheck lint` found: findings by path and position, and what could not be read.

    A sequence of the findings: `for finding in stabcheck.lint(paths)`.
    """

    findings: tuple[Finding, ...]
    errors: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __getitem__(self, index: int) -> Finding:
        return self.findings[index]

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `lint --format json`."""
        return {
            "findings": [finding.to_dict() for finding in self.findings],
            "errors": [problem.to_dict() for problem in self.errors],
        }


def span_dict(span: Span) -> dict[str, int]:
    """Lines and columns from 1, as the JSON formats give them."""
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def plain(x: Any) -> Any:
    """`x` as JSON holds it: text for what is not finite."""
    if isinstance(x, tuple):
        return [plain(item) for item in x]
    if isinstance(x, float) and not math.isfinite(x):
        return repr(x)
    return x


_NOT_FINITE = frozenset({"inf", "-inf", "nan"})


def _number(x: Any) -> Any:
    """What `plain` made JSON of."""
    if isinstance(x, list):
        return tuple(map(_number, x))
    return float(x) if isinstance(x, str) and x in _NOT_FINITE else x


def _span(data: Mapping[str, Any]) -> Span:
    places = [data[name] for name in ("line", "column", "end_line", "end_column")]
    if not all(type(place) is int for place in places):
        raise TypeError(f"no span: {places}")
    return Span(*places)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"no text: {value!r}")
    return value
