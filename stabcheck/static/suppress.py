"""Comments that silence findings.

    x = np.log(1 + y)  # stabcheck: ignore[NS201] -- y is an integer here
    x = np.log(1 + y)  # stabcheck: ignore
    x = np.log(1 + y)  # noqa: NS201
    # stabcheck: ignore-file[NS201, naive-softmax] -- reference formulas

A comment holds for the whole logical line that it stands in: on any line of a statement that spans several,
or of the header of a compound statement. Codes may be given as prefixes (`NS2`) and by rule name. A `noqa`
that names only codes of other tools says nothing to this one.
"""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from stabcheck.static.finding import Finding

_OWN = re.compile(
    r"#\s*stabcheck:\s*(?P<kind>ignore-file|ignore)\b(?!-)(?:\s*\[(?P<codes>[^\]]*)\]|(?!\s*\[))(?:\s*--\s*(?P<reason>[^#]*))?",
    re.IGNORECASE,
)
_CODES = r"[A-Z]+[0-9]+|[a-z0-9]+(?:-[a-z0-9]+)+"
_NOQA = re.compile(
    rf"#\s*noqa\b(?P<colon>\s*:\s*(?P<codes>(?:{_CODES})(?:[\s,]+(?:{_CODES}))*))?", re.IGNORECASE
)

TOOL_CODE = "NS000"  # of the tool itself: what can't be parsed can't be silenced


@dataclass(frozen=True, slots=True)
class Directive:
    """One silencing comment: its line, the lines it holds for, and the rules it names (none: all).

    `text` is the comment from the column `column` (from 1) on, as far as it is this one: several may stand in
    one comment, which begins in `opened`.
    """

    line: int
    first: int
    last: int  # 0: the whole file
    codes: tuple[str, ...]
    reason: str | None = None
    kind: Literal["ignore", "ignore-file", "noqa"] = "noqa"
    text: str = ""
    column: int = 1
    opened: int = 1

    @property
    def codes_at(self) -> tuple[int, int]:
        """Where in `text` the list of codes begins and ends; (0, 0) if there is none."""
        match = (_NOQA if self.kind == "noqa" else _OWN).match(self.text)
        return match.span("codes") if match and match["codes"] is not None else (0, 0)

    def silences(self, finding: Finding) -> bool:
        """Whether the comment is about this finding."""
        if finding.code == TOOL_CODE or not self.covers(finding.span.line):
            return False
        return not self.codes or any(names(code, finding.code, finding.name) for code in self.codes)

    def covers(self, line: int) -> bool:
        """Whether the comment holds for a line."""
        return self.last == 0 or self.first <= line <= self.last


def directives(text: str) -> tuple[Directive, ...]:
    """The silencing comments of a module, in order; strings that look like comments are not."""
    small = text.lower()
    if "noqa" not in small and "stabcheck:" not in small:
        return ()
    comments: list[tuple[int, int, str]] = []
    logical: list[tuple[int, int]] = []
    for token, first in tokens(text):
        if token.type == tokenize.COMMENT:
            comments.append((token.start[0], token.start[1] + 1, token.string))
        elif token.type == tokenize.NEWLINE:
            logical.append((first, token.start[0]))
    return tuple(_directives(comments, logical))


def suppress(
    findings: Iterable[Finding], comments: Sequence[Directive]
) -> tuple[list[Finding], tuple[Directive, ...]]:
    """The findings that no comment silences, and the comments that silenced none (of the rules that ran)."""
    kept: list[Finding] = []
    used: set[int] = set()
    for finding in findings:
        silencing = [i for i, comment in enumerate(comments) if comment.silences(finding)]
        used.update(silencing)
        if not silencing:
            kept.append(finding)
    return kept, tuple(comment for i, comment in enumerate(comments) if i not in used)


def tokens(text: str) -> Iterator[tuple[tokenize.TokenInfo, int]]:
    """Tokens, each with the line on which its logical line begins.

    The text has been parsed before, so a tokenizer that gives up on it is a difference between the two (deep
    indentation, an odd form feed): what was read until then counts.
    """
    first = 0
    ignorable = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if not first and token.type not in ignorable:
                first = token.start[0]
            yield token, first
            if token.type == tokenize.NEWLINE:
                first = 0
    except (tokenize.TokenError, SyntaxError):
        return


def _directives(
    comments: Sequence[tuple[int, int, str]], logical: Sequence[tuple[int, int]]
) -> Iterator[Directive]:
    starts = [first for first, _ in logical]
    for line, opened, comment in comments:
        i = bisect_right(starts, line) - 1
        first, last = logical[i] if i >= 0 and line <= logical[i][1] else (line, line)
        for match in _OWN.finditer(comment):
            codes, reason = _split(match["codes"]), (match["reason"] or "").strip() or None
            if match["codes"] is not None and not codes:
                continue  # `ignore[]` names nothing
            whole = match["kind"].lower() == "ignore-file"
            yield Directive(
                line,
                1 if whole else first,
                0 if whole else last,
                codes,
                reason,
                "ignore-file" if whole else "ignore",
                match[0],
                opened + match.start(),
                opened,
            )
        for match in _NOQA.finditer(comment):
            rest = comment[match.end() :].lstrip()
            if match["codes"] is None and rest.startswith(":"):
                continue  # `noqa: some words` is neither a bare noqa nor a list of codes
            column = opened + match.start()
            yield Directive(line, first, last, _split(match["codes"]), None, "noqa", match[0], column, opened)


def _split(codes: str | None) -> tuple[str, ...]:
    return tuple(code for code in re.split(r"[\s,]+", codes or "") if code)


def names(told: str, code: str, name: str) -> bool:
    """Whether what a comment tells (a code, the beginning of one, or a name) is the rule `code`, `name`."""
    prefix = code.startswith(told.upper()) and told[-1:].isdigit()
    return prefix or told.lower() == name
