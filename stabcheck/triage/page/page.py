"""The whole page: head, summary, the ranked table, the cases, and what could not be done."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from xml.etree.ElementTree import Element, tostring

from stabcheck import __version__
from stabcheck.triage.entry import STATUSES, Triage
from stabcheck.triage.page.cases import section
from stabcheck.triage.page.entries import HEADS, row
from stabcheck.triage.page.markup import element

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_ORDER = {"fail": 0, "inconclusive": 1, "pass": 2}


def render(triage: Triage) -> str:
    """The page as text; it needs no network, and the same triage gives the same page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", "stabcheck triage"),
        _resource("style", "page.css"),
    )
    anchors = {id(report): f"case-{order}" for order, report in enumerate(triage.cases, start=1)}
    body = element(
        "body",
        element("h1", "stabcheck triage"),
        element("p", *_summary(triage), class_="summary"),
        *_ranked(triage, anchors),
        *_cases(triage, anchors),
        *_errors(triage),
        element("footer", f"stabcheck {__version__}"),
        _resource("script", "page.js"),
    )
    page = element("html", head, body, lang="en")
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


def _resource(tag: str, name: str) -> Element:
    made = Element(tag)
    made.text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return made


def _summary(triage: Triage) -> Iterator[Element | str]:
    verdicts, statuses = triage.verdicts, triage.statuses
    yield f"{len(triage.cases)} cases: "
    for verdict in _ORDER:
        if verdicts[verdict]:
            yield element("span", f"{verdicts[verdict]} {verdict}", class_=verdict)
            yield " "
    yield f" · {statuses.total()} findings: "
    for status in STATUSES:
        if statuses[status]:
            yield element("span", f"{statuses[status]} {status}", class_=status)
            yield " "
    if triage.errors:
        yield element("a", f" · {len(triage.errors)} errors", href="#errors")


def _ranked(triage: Triage, anchors: dict[int, str]) -> Iterator[Element]:
    if not triage.entries:
        return
    heads = [
        element("th", element("button", head, type="button"), scope="col", class_=f"column-{head.strip('#')}")
        for head in HEADS
    ]
    rows = [row(entry, anchors) for entry in triage.entries]
    yield element("div", *_filters(), class_="filters")
    ranked = element("table", element("thead", element("tr", *heads)), element("tbody", *rows), id="ranked")
    yield element("div", ranked, class_="wide")


def _filters() -> Iterator[Element]:
    yield element("input", type="search", id="search", placeholder="filter", aria_label="filter the rows")
    for status in STATUSES:
        box = element("input", type="checkbox", name="status", value=status, checked="checked")
        yield element("label", box, f" {status}")
    yield element("output", id="shown")


def _cases(triage: Triage, anchors: dict[int, str]) -> Iterator[Element]:
    if not triage.cases:
        return
    yield element("h2", "Cases")
    for report in sorted(triage.cases, key=lambda report: (_ORDER[report.verdict], not report.causes)):
        yield section(report, anchors[id(report)])


def _errors(triage: Triage) -> Iterator[Element]:
    if triage.errors:
        yield element("h2", "Could not be done", id="errors")
        rows = (problem.to_dict() for problem in triage.errors)
        lines = (element("li", element("code", str(row["path"])), f": {row['message']}") for row in rows)
        yield element("ul", *lines)
