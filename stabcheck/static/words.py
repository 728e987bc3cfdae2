"""Words of source text: what tells, before anything is parsed, which rules could speak of it.

Comments, triple-quoted strings and sentences are not part of it; other strings are, since they name dtypes
and activations. All of it works on bytes: cutting them into words costs a tenth of what a regular expression
over text does.
"""

from __future__ import annotations

import re

# Each alternative begins with a character of its own, so that the search runs from one such to the next.
_LOOKED_AT = (
    rb"#[^\n]*+"
    rb'|"""(?:[^"\\]++|\\.|"(?!""))*+"""'
    rb"|'''(?:[^'\\]++|\\.|'(?!''))*+'''"
    rb'|"(?:[^"\\\n]++|\\.)*+"'
    rb"|'(?:[^'\\\n]++|\\.)*+'"
)
# Two of three strings stay as they are: they are short, on one line, and hold no operator. These are passed
# over together with what stands between them, and nothing is called for each of them.
_SHORT = tuple(rb"Q(?!QQ)[^Q\\\n*/@-]{0,37}+Q".replace(b"Q", quote) for quote in (b'"', b"'"))
_OTHERS = rb"[^#\"']*+(?:(?:" + b"|".join(_SHORT) + rb")[^#\"']*+)*+((?:" + _LOOKED_AT + rb")?+)"
_STRINGS = re.compile(b"|".join([*(short + _OTHERS for short in _SHORT), _LOOKED_AT]), re.DOTALL)
# From Python 3.12 on the strings inside of an f-string may have its own quotes. A search that begins with the
# quote takes a tenth of the time of one that begins with the letter.
_NESTED_QUOTES = tuple(
    re.compile(
        rb"Q(?:(?<=[fF]Q)(?<!\w[fF]Q)|(?<=[fF][rR]Q|[rR][fF]Q)(?<!\w[fFrR]{2}Q))"
        rb"[^Q\n{]*\{[^}Q\n]*Q".replace(b"Q", quote)
    )
    for quote in (b'"', b"'")
)

NAME = rb"[\w\x80-\xff]++"  # as a regular expression
NAME_BYTES = frozenset(byte for byte in range(256) if byte >= 128 or chr(byte).isalnum()) | frozenset(b"_")

_NO_WORD = bytes(
    byte if byte >= 128 or byte == ord("_") or chr(byte).isalnum() else ord(" ") for byte in range(256)
)
_SENTENCE = 40  # bytes of a string with a space in it that names nothing: a message
# Before the lines of a text, which shall not look like statements to `stabcheck.static.blocks`.
_DEEP = b" " * 40


def code_of(text: str) -> bytes:
    """The text in UTF-8 without comments, texts and sentences; its lines are those of the parser.

    Where strings stand in those of formatted ones, with the same quotes, all of it is left.
    """
    code = text.encode("utf-8", "surrogatepass")
    if b"\r" in code:
        code = code.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if any(quotes.search(code) for quotes in _NESTED_QUOTES):
        return code
    return _STRINGS.sub(_kept, code)


def _kept(found: re.Match[bytes]) -> bytes:
    """What is left of a comment or string, with the short strings before it."""
    group = found.lastindex or 0
    piece = found[group]
    if not piece:
        return found[0]
    left = b"" if piece[:1] == b"#" else _left(piece, found.string, found.start(group))
    return found[0][: -len(piece)] + left if group else left


def _left(piece: bytes, code: bytes, start: int) -> bytes:
    is_text = len(piece) >= 6 and piece[:3] in (b'"""', b"'''")
    is_sentence = is_text or (len(piece) >= _SENTENCE and b" " in piece)
    if is_sentence or _OPERATOR.search(piece):
        prefix = code[max(0, start - 2) : start]
        if prefix[-1:] not in (b"f", b"F") and prefix not in _RAW_FORMATTED:  # those hold code
            if is_sentence:
                lines = piece.count(b"\n")
                return b"\n" * lines + _DEEP if lines else b" "
            piece = _OPERATOR.sub(b" ", piece)  # a path is no quotient
    return piece.replace(b"\n", b"\n" + _DEEP) if b"\n" in piece else piece


_OPERATOR = re.compile(rb"[*/@]|(?<![eE\d])-(?!\d)")  # but for the sign of a number
_RAW_FORMATTED = frozenset({b"fr", b"fR", b"Fr", b"FR"})


def words_of(code: bytes) -> set[bytes]:
    """The words of a text: names, keywords, and the digits and letters of numbers."""
    return set(code.translate(_NO_WORD).split())
