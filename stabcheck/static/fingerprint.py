"""What makes a finding the same one after the file around it has changed.

A finding is known by its rule, its file, the function that holds it and the source that it is about, whose
formatting does not count: not by its line. Findings that are alike in all of this are told apart by their
order. The baseline compares these identities, and reports for machines carry their digest.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from stabcheck.static.finding import Finding

LONGEST = 160  # characters of a source that an identity spells out; the rest goes into a digest

_STATEMENT = re.compile(r"(?:@|(?:async|class|def|for|if|elif|match|try|while|with)\b)")
_LAYOUT = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NL,
    tokenize.NEWLINE,
}
_WORD_END, _WORD_START = re.compile(r"[\w\"']\Z"), re.compile(r"[\w\"']")


def normalised(source: str) -> str:
    """The source of a finding on one line, the same however a formatter lays it out.

    Of a compound statement it is the header. Spaces, line breaks, comments, trailing commas, kinds of quotes
    and the case of number literals do not count.
    """
    compound = _STATEMENT.match(source)
    try:
        told = _joined(_pieces(source + "\n")) if compound else _joined(_pieces(f"({source}\n)"))[1:-1]
    except (tokenize.TokenError, SyntaxError):  # no piece that Python reads by itself
        told = " ".join(source.split())
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…{_digest(told.encode())[:12]}"


def fingerprints(
    findings: Iterable[Finding], named: Callable[[str], str] = lambda path: path
) -> Iterator[str]:
    """A digest for each finding, in order: 32 hexadecimal digits.

    Parameters
    ----------
    findings
        of a whole run, by position: what is alike is told apart by its order.
    named
        a path as the report calls it. Digests of two machines are the same only if this does not depend on
        the machine: a path below the top of the project, with slashes.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in findings:
        same = (finding.code, named(finding.path), finding.function, finding.source)
        text = "\0".join((*same, str(seen[same])))
        seen[same] += 1
        yield _digest(text.encode(errors="surrogateescape"))[:32]


def _joined(pieces: Iterable[str]) -> str:
    """Tokens with a space where two would run into one another, and without trailing commas."""
    told: list[str] = []
    for piece in pieces:
        if told and told[-1] == "," and piece in {")", "]", "}"}:
            told.pop()
        if told and _WORD_END.search(told[-1]) and _WORD_START.match(piece):
            told.append(" ")
        told.append(piece)
    return "".join(told)


def _pieces(code: str) -> Iterator[str]:
    """The tokens of a piece of code up to the end of its first statement."""
    rows = code.split("\n")
    opened: list[tuple[int, int]] = []  # f-strings, which Python 3.12 and later cut into tokens
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        name = tokenize.tok_name[token.type]
        if name.endswith("STRING_START"):
            opened.append(token.start)
        elif name.endswith("STRING_END"):
            start = opened.pop()
            if not opened:
                yield _slice(rows, start, token.end)
        elif token.type == tokenize.NEWLINE and not opened:
            return
        elif not opened and token.type not in _LAYOUT:
            yield _literal(token)


def _literal(token: tokenize.TokenInfo) -> str:
    """A token, its quotes and its number spelt in one way."""
    if token.type == tokenize.NUMBER:
        return token.string.lower()
    if token.type == tokenize.STRING:
        try:
            return repr(ast.literal_eval(token.string))
        except (SyntaxError, ValueError):  # an f-string, before Python 3.12
            return token.string
    return token.string


def _slice(rows: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    lines = rows[start[0] - 1 : end[0]]
    lines[-1] = lines[-1][: end[1]]
    lines[0] = lines[0][start[1] :]
    return " ".join(lines)


def _digest(data: bytes) -> str:
    from hashlib import sha256  # noqa: PLC0415  (a few milliseconds, seldom needed)

    return sha256(data).hexdigest()
