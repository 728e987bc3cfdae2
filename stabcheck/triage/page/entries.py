"""The rows of the ranked table, each with what proves it folded away beneath its explanation."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from stabcheck.static.finding import SEVERITIES, Finding, Witness
from stabcheck.triage.entry import STATUSES, Entry
from stabcheck.triage.evidence import short_name
from stabcheck.triage.page.excerpt import Place, change, excerpt
from stabcheck.triage.page.markup import element, number

HEADS = ("#", "status", "verdict", "where", "what", "explanation")
_VERDICTS = ("fail", "inconclusive", "pass")


def row(entry: Entry, anchors: dict[int, str]) -> Element:
    """A row of the table; `anchors` gives the fragment of each case's section by its identity."""
    verdict = entry.case.verdict if entry.case is not None else ""
    path, line = entry.place or ("", 0)
    return element(
        "tr",
        element("td", str(entry.rank), data_key=entry.rank),
        element(
            "td", element("span", entry.status, class_=entry.status), data_key=STATUSES.index(entry.status)
        ),
        element("td", *_verdict(verdict), data_key=_VERDICTS.index(verdict) if verdict else len(_VERDICTS)),
        element("td", *_where(entry, anchors), data_key=f"{path} {line:09d}"),
        element("td", *_what(entry), data_key=_what_key(entry)),
        element("td", *_why(entry)),
        data_status=entry.status,
        data_verdict=verdict,
    )


def witness_text(witness: Witness) -> str:
    """The witness in one line: the input, what the code makes of it, and what is right."""
    inputs = ", ".join(f"{name} = {number(x)}" for name, x in witness.inputs.items())
    computed, exact = number(witness.computed), number(witness.exact)
    against = f", exact is {exact}, {witness.lost_bits:.0f} bits lost" if exact != computed else ""  # a pole
    return f"{inputs}: {witness.dtype} gives the {witness.quantity} {computed}{against}"


def _verdict(verdict: str) -> Iterator[Element]:
    if verdict:
        yield element("span", verdict, class_=verdict)


def _where(entry: Entry, anchors: dict[int, str]) -> Iterator[Element]:
    if entry.place is not None:
        yield element("code", f"{entry.place[0]}:{entry.place[1]}")
    if entry.case is not None:
        name = element("a", short_name(entry.case), href=f"#{anchors[id(entry.case)]}")
        yield element("div", "case ", name, class_="faint")


def _what(entry: Entry) -> Iterator[Element]:
    if entry.cause is not None:
        yield element("div", entry.cause.kind)
    if entry.finding is not None:
        yield element("div", f"{entry.finding.code} {entry.finding.name}")
        yield element("div", entry.finding.severity, class_=f"faint {entry.finding.severity}")


def _what_key(entry: Entry) -> str:
    """Causes before rules alone; rules by severity, then by code."""
    if entry.finding is None:
        return f"{entry.cause.kind if entry.cause else ''}"
    return f"{SEVERITIES.index(entry.finding.severity)} {entry.finding.code}"


def _why(entry: Entry) -> Iterator[Element]:
    yield element("p", entry.explanation)
    if entry.action:
        yield element("p", "→ ", element("code", entry.action) if "write: " in entry.action else entry.action)
    proof = [part for part in _proof(entry) if part is not None]
    if proof:
        yield element("details", element("summary", "source and evidence"), *proof)


def _proof(entry: Entry) -> Iterator[Element | None]:
    if entry.finding is not None:
        yield from _of_finding(entry.finding)
        if entry.cause is not None and entry.cause.location is not None:
            place = Place.of_location(entry.cause.location)
            if place.line != entry.finding.span.line:
                yield element("p", f"What the run shows, at {place.path}:{place.line}", class_="faint")
                yield excerpt(place)
    elif entry.cause is not None and entry.cause.location is not None:
        yield excerpt(Place.of_location(entry.cause.location))
    elif entry.place is not None:
        path, line = entry.place
        yield excerpt(Place(path, line, line))


def _of_finding(finding: Finding) -> Iterator[Element | None]:
    yield element("p", finding.message)
    yield excerpt(Place.of_finding(finding))
    if finding.witness is not None:
        yield element("p", witness_text(finding.witness), class_="numbers")
    if finding.fix is not None and finding.cell is None:
        option = "--fix" if finding.fix.safety == "safe" else "--fix --unsafe-fixes"
        reason = f": {finding.fix.reason}" if finding.fix.reason else ""
        yield element("p", "What ", element("code", f"stabcheck lint {option}"), f" changes{reason}")
        yield change(finding.path, finding.fix)
