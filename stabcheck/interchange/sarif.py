"""SARIF 2.1.0, the format of code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

The log is written as plain data: the object models there are for Python are unmaintained (sarif-om), or need
a framework of validation that every lint would have to import (sarif-pydantic). Tests hold what is written
against the schema of the standard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from stabcheck import __version__
from stabcheck.interchange.place import Place, uri
from stabcheck.json_text import dumps

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "stabcheckIdentity/v1"  # changes its version when what it is made of changes
ROOT = "%SRCROOT%"

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a result is an instance of. `page` is Markdown, for people."""

    id: str
    name: str
    summary: str
    level: Level
    page: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """The text at `place`, which may be empty, becomes `text`."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Changes that belong together."""

    description: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One instance of a rule."""

    rule: str
    level: Level
    message: str
    place: Place | None
    fingerprint: str | None = None
    fix: Fix | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that could not be done."""

    message: str
    place: Place | None = None


def document(rules: Sequence[Rule], results: Sequence[Result], failures: Sequence[Notification]) -> str:
    """The JSON text of a log with one run; with `failures`, one that was not successful.

    Only rules of results need be given; what names no file has no location.
    """
    index = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "stabcheck",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "the folder that stabcheck was run in"}}},
        "invocations": [
            {
                "executionSuccessful": not failures,
                "toolExecutionNotifications": [_notification(failure) for failure in failures],
            }
        ],
        "results": [_result(result, index) for result in results],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": rule.level},
    }
    if rule.page:
        item["help"] = {"text": rule.page, "markdown": rule.page}
    if rule.tags:
        item["properties"] = {"tags": list(rule.tags)}
    return item


def _result(result: Result, index: Mapping[str, int]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": index[result.rule],
        "level": result.level,
        "message": {"text": _plain(result.message)},
        "locations": [_location(result.place)] if result.place is not None else [],
    }
    if result.fingerprint is not None:
        item["partialFingerprints"] = {FINGERPRINT: result.fingerprint}
    if result.fix is not None:
        item["fixes"] = [_fix(result.fix)]
    if result.properties:
        item["properties"] = dict(result.properties)
    return item


def _notification(failure: Notification) -> dict[str, Any]:
    item: dict[str, Any] = {"level": "error", "message": {"text": _plain(failure.message)}}
    if failure.place is not None:
        item["locations"] = [_location(failure.place)]
    return item


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path)}
    if place.line is not None:
        physical["region"] = _region(place)
    item: dict[str, Any] = {"physicalLocation": physical}
    if place.function:
        item["logicalLocations"] = [{"fullyQualifiedName": place.function, "kind": "function"}]
    return item


def _artifact(path: str) -> dict[str, str]:
    reference = uri(path)
    return {"uri": reference} if reference.startswith("file:") else {"uri": reference, "uriBaseId": ROOT}


def _region(place: Place) -> dict[str, int]:
    known = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {name: number for name, number in known.items() if number is not None}


def _fix(fix: Fix) -> dict[str, Any]:
    files = list(dict.fromkeys(change.place.path for change in fix.changes))
    changes = [
        {
            "artifactLocation": _artifact(path),
            "replacements": [
                {"deletedRegion": _region(change.place), "insertedContent": {"text": change.text}}
                for change in fix.changes
                if change.place.path == path
            ],
        }
        for path in files
    ]
    return {"description": {"text": _plain(fix.description)}, "artifactChanges": changes}


def _plain(text: str) -> str:
    """`text` with nothing in it that a viewer would take for a link: `[text](target)` (section 3.11.6)."""
    return text.replace("](", "\\](")
