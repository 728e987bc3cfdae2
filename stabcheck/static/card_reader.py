"""One page of a rule card, checked: every key, pattern, guard and example, with the line of what is wrong."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, get_args

from stabcheck.static import detectors
from stabcheck.static.card import Card, Domain, Example, Pattern
from stabcheck.static.card_error import CardError
from stabcheck.static.finding import SEVERITIES, Safety, Severity
from stabcheck.static.guard import GuardError, parse_guard
from stabcheck.static.page import Block, Heading, PageError, parts
from stabcheck.static.pattern import PatternError, compile_pattern, compile_replacement

_CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}[0-9]{3,5}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = {
    "code": str,
    "name": str,
    "severity": str,
    "summary": str,
    "fix": str,
    "default": bool,
    "yields": bool,
    "comments": bool,
    "autodiff": bool,
    "representable": bool,
    "libraries": list,
    "quantity": str,
    "dtypes": list,
    "triggers": list,
    "detector": str,
    "pattern": list,
    "identity": list,
    "witness": dict,
    "advice": dict,
}
_PATTERN_KEYS = {
    "find": str,
    "replace": str,
    "safe_when": list,
    "only_when": list,
    "fix": str,
    "reason": str,
}
_IDENTITY_KEYS = {"find": str, "replace": str, "only_when": list}
_DOMAIN_KEYS = {
    "low": (int, float),
    "high": (int, float),
    "spacing": str,
    "size": int,
    "points": list,
}
_WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    int: "a whole number",
    (int, float): "a number",
}
MOST_PATTERNS = 200  # of a card, identities included; the built-in card with the most has 56
MOST_POINTS = 100
LARGEST = sys.float_info.max

_EXAMPLE_HEADINGS = ("Found", "Fixed", "Safe")
_DTYPES = ("float16", "bfloat16", "float32", "float64")
_Parsed = TypeVar("_Parsed")
_SAFETIES: tuple[Safety, ...] = get_args(Safety)


def parse(text: str, path: str) -> Card:
    """The card that a page describes; `path` is for messages.

    Raises
    ------
    CardError
        for everything that can be wrong with it.
    """
    try:
        found = list(parts(text))
    except PageError as error:
        raise CardError(path, error.line, error.message) from None
    blocks = [part for part in found if isinstance(part, Block)]
    table = next((block for block in blocks if block.language == "toml"), None)
    if table is None:
        raise CardError(path, 1, "has no ```toml block; a card's first toml block describes its rule")
    return _Reader(path, text, table).card(_examples(path, found))


def _examples(path: str, found: list[Heading | Block]) -> tuple[Example, ...]:
    """The python blocks below the heading Examples, whose own headings are Found, Fixed or Safe."""
    examples: list[Example] = []
    inside = False
    for part in found:
        if isinstance(part, Heading):
            if part.level <= 2:
                inside = part.text == "Examples"
        elif inside and part.language == "python":
            heading = next((word for word in _EXAMPLE_HEADINGS if part.heading == word), None)
            if heading is None:
                raise CardError(
                    path,
                    part.line,
                    f"an example below {part.heading!r}; allowed are ### Found, ### Fixed, ### Safe",
                )
            if heading == "Fixed" and not (examples and examples[-1].heading == "Found"):
                raise CardError(
                    path, part.line, "a Fixed block must follow the Found block that it is the fix of"
                )
            examples.append(Example(part.text, heading, part.line))  # type: ignore[arg-type]
    return tuple(examples)


class _Reader:
    """Checks the toml block of one page and makes its card."""

    def __init__(self, path: str, page: str, table: Block) -> None:
        self.path = path
        self.page = page
        self.table = table

    def card(self, examples: tuple[Example, ...]) -> Card:
        data = self._toml()
        self._check_keys(data, _KEYS, "a card")
        for key in ("code", "name", "severity", "summary"):
            if key not in data:
                raise self._error(f'{key} = "…" is missing from the toml block')
        self._matches(data, "code", _CODE, "letters and digits such as NS101")
        self._matches(data, "name", _NAME, "lower-case words joined by hyphens")
        severity: Severity = self._choice(data, "severity", SEVERITIES)
        entries = [*data.get("pattern", ()), *data.get("identity", ())]
        if len(entries) > MOST_PATTERNS:
            raise self._error(f"has {len(entries)} patterns; at most {MOST_PATTERNS} are allowed")
        patterns = tuple(self._pattern(entry) for entry in data.get("pattern", ()))
        comments = data.get("comments", False)
        if not patterns and not comments and "detector" not in data:
            raise self._error("has neither a [[pattern]] nor a detector")
        if "detector" in data and not detectors.exists(data["detector"]):
            known = ", ".join(detectors.names()) or "none"
            raise self._error(f"there is no detector {data['detector']!r}; there are {known}", "detector")
        return Card(
            code=data["code"],
            name=data["name"],
            severity=severity,
            summary=data["summary"],
            page=self.page,
            path=self.path,
            patterns=patterns,
            identities=tuple(self._identity(entry) for entry in data.get("identity", ())),
            detector=data.get("detector"),
            fix=self._safety(data),
            default=data.get("default", True),
            yields=data.get("yields", False),
            comments=comments,
            autodiff=data.get("autodiff", False),
            representable=data.get("representable", any(pattern.replace for pattern in patterns)),
            libraries=self._texts(data, "libraries"),
            quantity=self._choice(data, "quantity", ("value", "gradient")) if "quantity" in data else "value",
            dtypes=self._dtypes(data),
            triggers=self._triggers(data),
            witness={name: self._domain(name, entry) for name, entry in data.get("witness", {}).items()},
            advice=self._advice(data),
            examples=examples,
        )

    def _toml(self) -> dict[str, Any]:
        import tomllib  # noqa: PLC0415  (cards that are kept compiled do without)

        try:
            return tomllib.loads(self.table.text)
        except RecursionError:
            raise CardError(self.path, self.table.line, "not valid TOML: nested too deeply") from None
        except tomllib.TOMLDecodeError as error:
            where = re.search(r"at line (\d+)", str(error))
            line = self.table.line + (int(where[1]) - 1 if where else 0)
            what = re.sub(r"\s*\(at .*\)$", "", str(error))
            raise CardError(self.path, line, f"not valid TOML: {what}") from None

    def _pattern(self, entry: Any) -> Pattern:
        if not isinstance(entry, dict):
            raise self._error("pattern must be written as a [[pattern]] table", "pattern")
        self._check_keys(entry, _PATTERN_KEYS, "a [[pattern]]")
        if "find" not in entry:
            raise self._error('a [[pattern]] needs find = "…"', "[[pattern]]")
        names = self._parsed(entry["find"], compile_pattern).names
        if "replace" in entry:
            self._parsed(entry["replace"], lambda text: compile_replacement(text, names))
        for key in ("safe_when", "only_when"):
            for guard in self._texts(entry, key):
                self._parsed(guard, lambda text: parse_guard(text, names))
        return Pattern(
            find=entry["find"],
            replace=entry.get("replace"),
            safe_when=self._texts(entry, "safe_when"),
            only_when=self._texts(entry, "only_when"),
            fix=self._safety(entry),
            reason=entry.get("reason"),
        )

    def _identity(self, entry: Any) -> Pattern:
        if not isinstance(entry, dict):
            raise self._error("identity must be written as an [[identity]] table", "identity")
        self._check_keys(entry, _IDENTITY_KEYS, "an [[identity]]")
        if not {"find", "replace"} <= set(entry):
            raise self._error('an [[identity]] needs find = "…" and replace = "…"', "[[identity]]")
        return self._pattern(entry)

    def _parsed(self, text: str, parse: Callable[[str], _Parsed]) -> _Parsed:
        try:
            return parse(text)
        except (PatternError, GuardError) as error:
            raise self._error(str(error), text) from None

    def _domain(self, name: str, entry: Any) -> Domain:
        if not isinstance(entry, dict):
            raise self._error(f"witness {name} must be a table such as {{ low = -1, high = 1 }}", name)
        self._check_keys(entry, _DOMAIN_KEYS, f"witness {name}", name)
        low, high = entry.get("low", -1e6), entry.get("high", 1e6)
        if not (_is_number(low) and _is_number(high) and 0 < high - low <= LARGEST):
            raise self._error(f"witness {name}: low = {low} must be below high = {high}, both finite", name)
        points = entry.get("points", [])
        if len(points) > MOST_POINTS or not all(map(_is_number, points)):
            raise self._error(f"witness {name}: points must be finite numbers, at most {MOST_POINTS}", name)
        size = entry.get("size", 1)
        if not 1 <= size <= 16:
            raise self._error(f"witness {name}: size = {size} must be from 1 (a scalar) to 16", name)
        spacing: Literal["linear", "log"] = "linear"
        if "spacing" in entry:
            spacing = self._choice(entry, "spacing", ("linear", "log"))
        return Domain(float(low), float(high), spacing, size, tuple(float(x) for x in points))

    def _dtypes(self, data: dict[str, Any]) -> tuple[str, ...]:
        dtypes = self._texts(data, "dtypes")
        for dtype in dtypes:
            if dtype not in _DTYPES:
                raise self._error(f"dtype {dtype!r} is not one of {', '.join(_DTYPES)}", "dtypes")
        return dtypes or ("float32", "float64")

    def _advice(self, data: dict[str, Any]) -> dict[str, str]:
        advice = data.get("advice", {})
        for library, text in advice.items():
            if not isinstance(text, str):
                raise self._error(f"advice for {library} must be text", library)
        return dict(advice)

    def _safety(self, data: dict[str, Any]) -> Safety | None:
        """Of the fix; `fix = "absent"` says in words that there is none."""
        if data.get("fix", "absent") == "absent":
            return None
        safety: Safety = self._choice(data, "fix", (*_SAFETIES, "absent"))
        return safety

    def _texts(self, data: dict[str, Any], key: str) -> tuple[str, ...]:
        values = data.get(key, [])
        if not (isinstance(values, list) and all(isinstance(value, str) for value in values)):
            raise self._error(f'{key} must be a list of texts, such as ["…"]', key)
        return tuple(values)

    def _triggers(self, data: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
        """Lists one word of each of which is needed; a single list may stand for itself."""
        values = data.get("triggers", [])
        lists = [values] if values and all(isinstance(value, str) for value in values) else values
        if not all(
            isinstance(each, list) and each and all(isinstance(word, str) and word for word in each)
            for each in lists
        ):
            raise self._error(
                'triggers must be a list of words, or of such lists, such as [["exp", "expm1"], ["log"]]',
                "triggers",
            )
        return tuple(map(tuple, lists))

    def _check_keys(
        self, data: dict[str, Any], allowed: Mapping[str, Any], what: str, where: str = ""
    ) -> None:
        for key, value in data.items():
            if key not in allowed:
                raise self._error(f"{what} has no {key!r}; allowed are {', '.join(allowed)}", where or key)
            kind = allowed[key]
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                raise self._error(f"{key} must be {_WORDS[kind]}, not {value!r}", where or key)

    def _choice(self, data: dict[str, Any], key: str, allowed: tuple[str, ...]) -> Any:
        if data[key] not in allowed:
            raise self._error(f"{key} = {data[key]!r} is not one of {', '.join(allowed)}", key)
        return data[key]

    def _matches(self, data: dict[str, Any], key: str, pattern: re.Pattern[str], allowed: str) -> None:
        if not pattern.fullmatch(data[key]):
            raise self._error(f"{key} = {data[key]!r}; allowed are {allowed}", key)

    def _error(self, message: str, where: str = "") -> CardError:
        """At the line of the toml block on which `where` (a key or a text of it) stands first."""
        rows = self.table.text.splitlines()
        key = re.compile(rf"\s*\[*(\w+\.)*{re.escape(where)}\b") if where else None
        exact = (n for n, row in enumerate(rows) if key and key.match(row))
        anywhere = (n for n, row in enumerate(rows) if where and where in row)
        offset = next(exact, next(anywhere, 0))
        return CardError(self.path, self.table.line + offset, message)


def _is_number(x: Any) -> bool:
    """Whether float64 can hold it."""
    return isinstance(x, int | float) and not isinstance(x, bool) and abs(x) <= LARGEST


def line_of(page: str, key: str) -> int:
    """The line of a page on which a key of its toml block is set; 1 if none is."""
    rows = enumerate(page.splitlines(), start=1)
    return next((number for number, row in rows if re.match(rf"{key}\s*=", row)), 1)
