"""What a card's page promises, checked: the examples are the tests.

- *Found* blocks: each `# found: <source>` mark is met by a finding of the card that starts on its line, and
  whose source (its first line, if it has several) is what the mark says; a bare `# found` accepts any.
  Nothing else of that code is found in the block.
- *Safe* blocks: no card of the default selection, and not this one, has anything to say.
- *Fixed* blocks: what all fixes make of the block before; it parses, and fixing it again changes nothing.
- Every replacement loses measurably fewer bits over the witness domain than what it replaces.
- Every identity is one: both sides have the same exact value.

`python -m stabcheck.static.testing rules/overflow/naive-softmax.md …` prints what does not hold, a line each.
"""

from __future__ import annotations

import ast
import contextlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stabcheck.static.apply import fix as apply_fixes
from stabcheck.static.card import Card, Example
from stabcheck.static.cards import CardError, builtin_folder, read
from stabcheck.static.engine import check
from stabcheck.static.finding import Finding
from stabcheck.static.improvement import false_identities, regressions
from stabcheck.static.needs import Needs, silent
from stabcheck.static.reasons import reasons
from stabcheck.static.reported import reported
from stabcheck.static.source import Source
from stabcheck.static.source_text import Text
from stabcheck.static.trigger import triggers

SECTIONS = ("Why is this bad?", "Use instead", "When it is not a bug", "Fix safety", "References", "Examples")

_MARK = re.compile(r"#\s*found\b(?::\s*(?P<text>.*\S))?\s*$")


@dataclass(frozen=True, slots=True)
class Mark:
    """A line on which a finding must start, and the source of its span, if the mark gives it."""

    line: int
    text: str | None


def marks(example: Example) -> list[Mark]:
    """The `# found` marks of a block, in order; several on one line are written `# found: a # found: b`."""
    found: list[Mark] = []
    for number, line in enumerate(example.source.splitlines(), start=1):
        pieces = re.split(r"\s*(?=#\s*found\b)", line)
        for piece in pieces:
            mark = _MARK.match(piece)
            if mark:
                found.append(Mark(number, mark["text"]))
    return found


def failures(card: Card, defaults: Sequence[Card]) -> Iterator[str]:
    """What of a card's promises does not hold, a line each; `defaults` is the default selection."""
    if not any(example.heading == "Found" for example in card.examples):
        yield f"{card.path}: has no Found example"
    if not any(example.heading == "Safe" for example in card.examples):
        yield f"{card.path}: has no Safe example"
    for number, example in enumerate(card.examples):
        before = card.examples[number - 1] if example.heading == "Fixed" else example
        for line, message in _example_failures(card, before, example, defaults):
            yield f"{card.path}:{example.line + line - 1}: {message}"
    yield from (f"{card.path}: {each}" for each in (*regressions(card), *false_identities(card)))


_Failures = Iterator[tuple[int, str]]  # a line of the block, from 1, and what does not hold


def _example_failures(card: Card, before: Example, example: Example, defaults: Sequence[Card]) -> _Failures:
    try:
        ast.parse(example.source)
    except (SyntaxError, ValueError) as error:
        yield getattr(error, "lineno", None) or 1, f"the block does not parse: {getattr(error, 'msg', error)}"
        return
    match example.heading:
        case "Found":
            yield from _found_failures(card, example, defaults)
        case "Safe":
            yield from _safe_failures(card, example, defaults)
        case "Fixed":
            yield from _fixed_failures(card, before, example, defaults)


def _check(card: Card, source: str, defaults: Sequence[Card]) -> list[Finding]:
    """What one card says of a block; of comments it speaks when the others have."""
    if not card.comments:
        return check(source, "example.py", [card])
    cards = (*defaults, card)
    return [each for each in reported(source, "example.py", cards, cards) if each.code == card.code]


def _found_failures(card: Card, example: Example, defaults: Sequence[Card]) -> _Failures:
    text = Text(example.source)
    all_found = _check(card, example.source, defaults)
    left, expected = list(all_found), marks(example)
    if not expected:
        yield 1, "a Found block without a # found mark"
    for mark in expected:
        met = next((finding for finding in left if _meets(finding, mark, text)), None)
        if met is not None:
            left.remove(met)
            continue
        there = [_shown(finding, text) for finding in left if finding.span.line == mark.line]
        instead = (
            f"; found there: {' | '.join(there)}" if there else f"; {_why_not(card, example, mark.line)}"
        )
        yield mark.line, f"expected {mark.text or 'a finding'}{instead}"
    missed = {mark.line for mark in expected if not any(_meets(each, mark, text) for each in all_found)}
    for finding in left:
        if finding.span.line in missed:
            continue  # told beside the mark
        yield finding.span.line, f"found but not marked: {_shown(finding, text)}"


def _why_not(card: Card, example: Example, line: int) -> str:
    """Why the patterns of a card find nothing on a line."""
    if silent(Needs([card]), example.source):
        words = ", ".join(sorted(triggers([card])))
        return f"the block holds none of the words that the card needs ({words}); set triggers on the card"
    told = [reason for at, reason in reasons(example.source, card) if at == line]
    return told[0] if told else "no pattern of the card matches on that line"


def _meets(finding: Finding, mark: Mark, text: Text) -> bool:
    return finding.span.line == mark.line and mark.text in (None, _shown(finding, text))


def _shown(finding: Finding, text: Text) -> str:
    """The source of a finding, its first line without the comment that may follow."""
    first = text[finding.span].split("\n")[0]
    return re.sub(r"\s*#\s*found\b.*$", "", first)


def _safe_failures(card: Card, example: Example, defaults: Sequence[Card]) -> _Failures:
    text = Text(example.source)
    cards = [*defaults, *([] if any(each.code == card.code for each in defaults) else [card])]
    said = (
        _check(card, example.source, defaults)
        if card.comments
        else check(example.source, "example.py", cards)
    )
    for finding in said:
        what = f"{finding.code} {finding.name} found at {_shown(finding, text)}"
        yield finding.span.line, f"in a Safe block {what}: {finding.message}"


def _fixed_failures(card: Card, before: Example, after: Example, defaults: Sequence[Card]) -> _Failures:
    if marks(after):
        yield marks(after)[0].line, "a Fixed block with a # found mark"
    fixed = _fix(card, unmarked(before.source), defaults)
    if fixed != after.source:
        made, told = fixed.splitlines(), after.source.splitlines()
        same = next((n for n, (a, b) in enumerate(zip(made, told, strict=False)) if a != b), len(told))
        instead = f"here: {made[same].strip()}" if same < len(made) else f"it has {len(made)} lines"
        yield min(same + 1, len(told)), f"the fixes make something else of the block before; {instead}"
        return
    if _fix(card, fixed, defaults) != fixed:
        yield 1, "fixing the fixed block changes it again"


def _fix(card: Card, text: str, defaults: Sequence[Card]) -> str:
    source = Source("example.py", text, text, "utf-8", "\n")
    return apply_fixes(source, lambda changed: _check(card, changed, defaults), unsafe=True).raw


def unmarked(source: str) -> str:
    """A block without its `# found` marks."""
    return "".join(re.sub(r"\s*#\s*found\b.*$", "", line) + "\n" for line in source.splitlines())


def missing_sections(card: Card) -> list[str]:
    """The sections of a built-in page that this one lacks."""
    headings = set(re.findall(r"^## (.+?)\s*$", card.page, flags=re.MULTILINE))
    return [section for section in SECTIONS if section not in headings]


def main(arguments: Iterable[str]) -> int:
    """Check the pages given, or all that are built in; 1 if a promise does not hold."""
    pages = [path for path in sorted(builtin_folder().rglob("*.md")) if path.name.lower() != "readme.md"]
    defaults: list[Card] = []
    for path in pages:
        with contextlib.suppress(CardError):  # told where its own page is checked
            defaults.append(read(path))
    defaults = [card for card in defaults if card.default]
    failed = checked = 0
    for path in [Path(argument) for argument in arguments] or pages:
        try:
            lines = list(failures(read(path), defaults))
        except CardError as error:
            lines = [str(error)]
        for line in lines:
            print(line)
        checked += 1
        failed += bool(lines)
    print(f"{checked} cards, {failed} with failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
