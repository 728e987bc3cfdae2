"""JUnit XML, as Jenkins' xUnit plugin describes it (junit-10.xsd) and CI services read it.

There is no standard: this keeps to the elements and attributes that all readers share. All characters that
are not ASCII are written as references, so that the file is the same in every encoding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

# What XML 1.0 can't hold, not even as a reference: https://www.w3.org/TR/xml/#charsets
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case came to, if it did not pass: `kind` in a word, a message of a line, and the whole text."""

    status: Literal["failure", "error", "skipped"]
    kind: str
    message: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was looked at; without an outcome it passed."""

    name: str
    group: str  # where readers file it: JUnit's class name
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases that belong together."""

    name: str
    cases: tuple[Case, ...]


def document(suites: Sequence[Suite]) -> str:
    """The XML text."""
    root = ElementTree.Element("testsuites", {"name": "stabcheck", **_counts(suites, skipped=False)})
    for suite in suites:
        node = ElementTree.SubElement(
            root, "testsuite", {"name": _text(suite.name), **_counts([suite], skipped=True)}
        )
        for case in suite.cases:
            _add(node, case)
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii") + "\n"


def _add(suite: ElementTree.Element, case: Case) -> None:
    node = ElementTree.SubElement(suite, "testcase", name=_text(case.name), classname=_text(case.group))
    if case.outcome is not None:
        told = {"type": _text(case.outcome.kind), "message": _text(case.outcome.message)}
        ElementTree.SubElement(node, case.outcome.status, told).text = _text(case.outcome.text) or None


def _counts(suites: Sequence[Suite], *, skipped: bool) -> dict[str, str]:
    cases = [case for suite in suites for case in suite.cases]
    statuses = [case.outcome.status for case in cases if case.outcome is not None]
    counts = {"tests": len(cases), "failures": statuses.count("failure"), "errors": statuses.count("error")}
    if skipped:
        counts["skipped"] = statuses.count("skipped")
    return {name: str(count) for name, count in counts.items()}


def _text(text: str) -> str:
    r"""`text` with what XML can't hold spelt out, as Python writes it: `\x1b`."""
    return _NO_CHARACTER.sub(lambda match: repr(match[0])[1:-1], text)
