"""A section for each case: verdict, the three answers, the causes with their evidence, and the ladder."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from stabcheck.dynamic.render import QUESTIONS, error_and_bar
from stabcheck.dynamic.report import Cause, Report, Step
from stabcheck.triage.evidence import short_name
from stabcheck.triage.page.excerpt import Place, excerpt
from stabcheck.triage.page.ladder import ladder
from stabcheck.triage.page.markup import element, number, table


def section(report: Report, anchor: str) -> Element:
    """One case; what fails stands open, what passes is folded."""
    place = f"{report.path}:{report.line}" if report.path else ""
    head = element(
        "summary",
        element("span", report.verdict, class_=report.verdict),
        " ",
        element("b", short_name(report)),
        " ",
        element("code", place, class_="faint"),
    )
    is_open = None if report.verdict == "pass" and not report.causes else "open"
    return element("details", head, *_body(report), id=anchor, open=is_open, class_="case")


def _body(report: Report) -> Iterator[Element]:
    answers = [(question, report.answers[key]) for key, question in QUESTIONS if report.answers.get(key)]
    if answers:
        pairs = (part for ask, told in answers for part in (element("dt", ask), element("dd", told)))
        yield element("dl", *pairs)
    for order, cause in enumerate(report.causes, start=1):
        yield _cause(order, cause)
    for note in report.notes:
        yield element("p", f"note: {note}", class_="faint")
    drawing = ladder(report)
    if drawing is not None:
        yield drawing
    if report.steps:
        yield element("details", element("summary", "the ladder in numbers"), _numbers(report.steps))


def _cause(order: int, cause: Cause) -> Element:
    where = f" at {cause.location.path}:{cause.location.line}" if cause.location else ""
    parts = [
        element("p", f"{order}. ", element("b", cause.kind), element("code", where, class_="faint")),
        element("p", cause.explanation),
        element("p", f"→ {cause.suggestion}") if cause.suggestion else None,
        excerpt(Place.of_location(cause.location)) if cause.location else None,
    ]
    if cause.evidence:
        rows = [(key, number(value)) for key, value in cause.evidence.items()]
        shown = table(("evidence", "value"), rows, "evidence")
        parts.append(element("details", element("summary", "evidence"), shown))
    return element("div", *parts, class_="cause")


def _numbers(steps: tuple[Step, ...]) -> Element:
    rows = [
        (
            step.dtype,
            f"{step.step:.1e}",
            f"{step.numeric:.10g}",
            f"{step.analytic:.10g}",
            error_and_bar(step),
        )
        for step in steps
    ]
    return table(("dtype", "step / |x|", "numeric", "analytic", "relative error ± bar"), rows, "numbers")
