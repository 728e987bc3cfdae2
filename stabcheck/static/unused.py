"""Silencing comments that silence nothing, and how to take them away.

A comment is judged by the rules that ran. One that names a rule which is off may be right; so may one that
names none (or the beginning of codes) unless all the rules it covers that are on by default did run. What a
`noqa` says to other tools, and a `noqa` for everything, is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from stabcheck.static.card import Card
from stabcheck.static.finding import Edit, Finding, Fix
from stabcheck.static.graph import Span
from stabcheck.static.suppress import TOOL_CODE, Directive, names


@dataclass(frozen=True, slots=True)
class Ran:
    """All the rules that there are, and the codes of those that read the file."""

    known: tuple[Card, ...]
    codes: frozenset[str]


def unused(
    card: Card,
    comments: Iterable[Directive],
    found: Sequence[Finding],
    ran: Ran,
    path: str,
    text: str,
) -> Iterator[Finding]:
    """What is to be said, under the name of `card`, of comments that silence nothing.

    `found` is what the rules said before any comment was heard, `text` the module with newlines for line
    ends.
    """
    rows = text.split("\n")
    for comment in comments:
        idle = _idle_codes(comment, found, ran) if comment.codes else ()
        if comment.codes and not idle:
            continue
        if not comment.codes and (comment.kind == "noqa" or not _is_idle(comment, found, ran)):
            continue
        span = Span(comment.line, comment.column, comment.line, comment.column + len(comment.text))
        left = tuple(code for code in comment.codes if code not in idle)
        edit = _without_codes(comment, left) if left else _without(comment, rows)
        yield Finding(
            code=card.code,
            name=card.name,
            message=_message(comment, idle, ran.known),
            severity=card.severity,
            path=path,
            span=span,
            fix=Fix("safe", (edit,), _shown(comment, edit.text) if left else "no comment")
            if card.fix
            else None,
        )


def _idle_codes(comment: Directive, found: Sequence[Finding], ran: Ran) -> tuple[str, ...]:
    """The codes of a comment that silence nothing, as far as that can be judged."""
    idle: list[str] = []
    for code in comment.codes:
        named = [card for card in ran.known if names(code, card.code, card.name)]
        if not named:
            if comment.kind != "noqa" and code.upper() != TOOL_CODE:
                idle.append(code)
            continue
        exact = any(code.upper() == card.code or code.lower() == card.name for card in named)
        judged = named if exact else [card for card in named if card.default]
        if any(card.comments for card in named) or not judged:
            continue
        if not all(card.code in ran.codes for card in judged):
            continue
        if not any(comment.covers(each.span.line) and names(code, each.code, each.name) for each in found):
            idle.append(code)
    return tuple(idle)


def _is_idle(comment: Directive, found: Sequence[Finding], ran: Ran) -> bool:
    """Whether a comment that names no rule surely silences nothing."""
    all_ran = all(card.code in ran.codes for card in ran.known if card.default)
    return all_ran and not any(comment.silences(each) for each in found)


def _message(comment: Directive, idle: Collection[str], known: Sequence[Card]) -> str:
    where = "in this file" if comment.kind == "ignore-file" else "here"
    unknown = [code for code in idle if not any(names(code, card.code, card.name) for card in known)]
    if unknown:
        return f"this comment silences nothing: no rule has the code or name {', '.join(unknown)}"
    if idle:
        what = "rule finds" if len(idle) == 1 else "rules find"
        return f"this comment silences nothing by {', '.join(idle)}: the {what} nothing {where}"
    return f"this comment silences nothing: no rule finds anything {where}"


def _without_codes(comment: Directive, left: Sequence[str]) -> Edit:
    start, end = comment.codes_at
    separator = ", " if ", " in comment.text[start:end] else "," if "," in comment.text[start:end] else " "
    first = comment.column + start
    return Edit(Span(comment.line, first, comment.line, comment.column + end), separator.join(left))


def _shown(comment: Directive, codes: str) -> str:
    start, end = comment.codes_at
    return f"{comment.text[:start]}{codes}{comment.text[end:]}".rstrip()


def _without(comment: Directive, rows: Sequence[str]) -> Edit:
    """The comment taken out of its line; the line, too, if nothing else stands on it."""
    row, line = rows[comment.line - 1], comment.line
    start, end = comment.column - 1, comment.column - 1 + len(comment.text)
    before, after = row[:start], row[end:]
    if after.strip():
        if start + 1 == comment.opened and not after.lstrip().startswith("#"):
            return Edit(Span(line, start + 1, line, end + 1), "#" if after[:1].isspace() else "# ")
        blank = len(after) - len(after.lstrip())
        return Edit(Span(line, start + 1, line, end + blank + 1), "")
    if not before.strip() and line < len(rows):
        return Edit(Span(line, 1, line + 1, 1), "")
    return Edit(Span(line, len(before.rstrip()) + 1, line, len(row) + 1), "")
