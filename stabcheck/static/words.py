"""Words and marks of source text: what tells, before anything is parsed, which rules could speak of it.

Comments, triple-quoted strings and sentences are not part of it; other strings are, since they name dtypes
and activations. All of it works on bytes: cutting them into words costs a tenth of what a regular expression
over text does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

# Each alternative begins with a character of its own, so that the search runs from one such to the next.
_PASSED_OVER = re.compile(
    rb"#[^\n]*+"
    rb'|"""(?:[^"\\]|\\.|"(?!""))*+"""'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*+'''"
    rb'|"(?:[^"\\\n]|\\.)*+"'
    rb"|'(?:[^'\\\n]|\\.)*+'",
    re.DOTALL,
)
# From Python 3.12 on the strings inside of an f-string may have its own quotes.
_NESTED_QUOTES = re.compile(rb"""\b(?:[fF][rR]?|[rR][fF])(?:"[^"\n{]*\{[^}"\n]*"|'[^'\n{]*\{[^}'\n]*')""")

_NO_WORD = bytes(
    byte if byte >= 128 or byte == ord("_") or chr(byte).isalnum() else ord(" ") for byte in range(256)
)
_NO_NAME = bytes(byte if byte == ord(".") else _NO_WORD[byte] for byte in range(256))
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
    if _NESTED_QUOTES.search(code):
        return code
    return _PASSED_OVER.sub(_kept, code)


def _kept(found: re.Match[bytes]) -> bytes:
    piece = found[0]
    if piece[:1] == b"#":
        return b""
    is_text = len(piece) >= 6 and piece[:3] in (b'"""', b"'''")
    if is_text or (len(piece) >= _SENTENCE and b" " in piece):
        start = found.start()
        prefix = found.string[max(0, start - 2) : start]
        if prefix[-1:] not in (b"f", b"F") and prefix not in _RAW_FORMATTED:  # those hold code
            lines = piece.count(b"\n")
            return b"\n" * lines + _DEEP if lines else b" "
    return piece.replace(b"\n", b"\n" + _DEEP) if b"\n" in piece else piece


_RAW_FORMATTED = frozenset({b"fr", b"fR", b"Fr", b"FR"})


def words_of(code: bytes) -> set[bytes]:
    """The words of a text: names, keywords, and the digits and letters of numbers."""
    return set(code.translate(_NO_WORD).split())


def names_of(code: bytes) -> tuple[set[bytes], set[bytes]]:
    """The words of a text, and those of them that stand behind no dot."""
    names = set(code.translate(_NO_NAME).split())
    dotted = [name.split(b".") for name in names if b"." in name]
    names = {name for name in names if b"." not in name}
    names.update([parts[0] for parts in dotted])
    names.discard(b"")
    words = names.union(*dotted)
    words.discard(b"")
    return words, names


# Searches begin with a character of their own where they can: those run at the speed of `bytes.find`.
_FRACTION = re.compile(rb"\.(?!(?:0+|50*|250*|750*|1250*)(?!\d))\d+")
_EXPONENT = re.compile(rb"-(?:(?<=\d[eE]-)|(?<=\d\.[eE]-))\d")
_POWER = re.compile(rb"\*\*")
_PLUS = re.compile(rb"\+")
_MINUS = re.compile(rb"-(?!>)(?<![=(,\[:]-)")  # passing over the most frequent signs at once
_TIMES = re.compile(rb"\*")
_OVER = re.compile(rb"/")
_BEFORE_SIGN = re.compile(rb"\d[\d_]*[eE]")  # of a number in the scientific notation; also behind its point
_NO_OPERANDS = frozenset(
    b"and await elif else except for from if import in is lambda not or return while with yield".split()
)
_BY_NUMBER = re.compile(rb"/(?=\s*\d)")
_DIGITS = frozenset(b"0123456789")
NAME_BYTES = frozenset(byte for byte in range(256) if byte >= 128 or chr(byte).isalnum()) | frozenset(b"_")
_OPERAND_ENDS = NAME_BYTES | frozenset(b".)]}'\"")
_SPACE = frozenset(b" \t\n\r\f\v\\")
_EQUALS = re.compile(
    rb"=(?<=[=!]=)\s*+(?![fFrRbBuU]{0,2}[\"'])(?!(?:None|True|False)\b)"
    rb"(?!-?\d++\s*+(?:[])}:,;\n]|(?:and|or|if|else|for)\b|\Z))"
)
_DECORATORS = re.compile(rb"\A(?:[ \t]*@[^\n]*\n)+")  # of a function, or of a class
_AND_ONE = re.compile(rb"\+\s*1\b")
_ONE_AND = re.compile(rb"1(?:\.0*)?\s*\+")
_NEARLY_ONE = re.compile(rb"1\.0*[1-9]")
_WHOLE_ARGUMENT = re.compile(rb"[(,]\s*-?\d\s*[,)]")
_COLUMN = re.compile(
    rb",\s*1\s*,?\s*[)\]]|,\s*(?:None|\w+\.newaxis|newaxis)\s*[\],]|,\s*-1\s*\)|[(\[=]\s*1\s*[)\],]"
)
_TEN_E = re.compile(rb"10(?:\.0*)?[eE]-")
_TINY = re.compile(rb"-(?<=[eE]-)(?:3[89]|[4-9]\d|\d{3})")
_TINY_FRACTION = b"." + b"0" * 20
_PAIR = re.compile(rb"(?i)plus|pos|above|upper")
_FLOAT64 = re.compile(rb"float64(?<![\w\"']float64)\b")
_DOUBLE = re.compile(rb"double(?<![\w\"']double)\b")
_NUMERIC = re.compile(rb"(?:\b|_)(?:num|fd)(?:\b|_)")
_SMALL_DIVISOR = re.compile(rb"/=?[\s(]*(?:\d+\.?\d*\s*\*\s*)?(?:0?\.\d|\d+\.?\d*[eE]-)")
_DIVISOR = re.compile(rb"/=?[\s(]*(?:[\d.]+\s*\*[\s(]*)?([A-Za-z_][\w.]*)")
_OPERAND = re.compile(rb"[-+*][\s(]*(?:\w+\.)*([A-Za-z_]\w*)")
_ASSIGNED = re.compile(rb"([A-Za-z_]\w*)\s*(?:[-+*/]|//|\*\*)?=(?!=)")
_STEPS = frozenset(b"h eps epsilon ep delta step dx dh d dtheta dw step_size".split())
_LONG = 4000  # bytes of code beyond which the divisors are not looked at one by one
_WORDS_AND_CALLS = bytes(ord("(") if byte == ord("(") else _NO_WORD[byte] for byte in range(256))


def _follows(ends: frozenset[int], operator: re.Pattern[bytes], code: bytes) -> bool:
    """Whether an operator stands behind one of these bytes, with nothing but space between them."""
    for found in operator.finditer(code):
        before = found.start() - 1
        while before >= 0 and code[before] in _SPACE:
            before -= 1
        if before >= 0 and (code[before] in ends or _is_comment(before, code)):
            return True
    return False


def _is_comment(place: int, code: bytes) -> bool:
    """Whether what stands there may be the end of a comment: some texts are searched with theirs."""
    return b"#" in code[code.rfind(b"\n", 0, place) + 1 : place + 1]


def _computes(operator: re.Pattern[bytes], spaced: bytes) -> Callable[[bytes], bool]:
    """Whether code holds an operator between two operands: not a sign, nor that of an exponent.

    With space around it, it is taken for one at sight.
    """

    def holds(code: bytes) -> bool:
        if spaced in code:
            return True
        for found in operator.finditer(code):
            end = found.start()
            while end and code[end - 1] in _SPACE:
                end -= 1
            start = end
            while start and code[start - 1] in NAME_BYTES:
                start -= 1
            word = code[start:end]
            if not word:
                if end and (code[end - 1] in b".)]}" or _is_comment(end - 1, code)):
                    return True
            elif word not in _NO_OPERANDS and not (end == found.start() and _BEFORE_SIGN.fullmatch(word)):
                return True
        return False

    return holds


_subtracts, _divides = _computes(_MINUS, b" - "), _computes(_OVER, b" / ")


def _holds_decimal(code: bytes) -> bool:
    """A fraction that binary does not hold, or a quotient of numbers."""
    return (
        _FRACTION.search(code) is not None
        or _follows(_DIGITS, _BY_NUMBER, code)
        or _EXPONENT.search(code) is not None
    )


def _holds_small(code: bytes) -> bool:
    """A small number, or an epsilon."""
    return (
        b".0" in code
        or b"eps" in code
        or _EXPONENT.search(code) is not None
        or _follows(_DIGITS, _BY_NUMBER, code)
        or _follows(_DIGITS, _POWER, code)
    )


def _holds_tiny(code: bytes) -> bool:
    """A number below the normal ones of float32, or what may be one."""
    return (
        _TINY.search(code) is not None
        or _TINY_FRACTION in code
        or _follows(_DIGITS, _BY_NUMBER, code)
        or _follows(_DIGITS, _POWER, code)
    )


def _adds_one(code: bytes) -> bool:
    """1 and something, or a number beside 1."""
    return any(pattern.search(code) is not None for pattern in (_AND_ONE, _ONE_AND, _NEARLY_ONE))


def _names_numeric(code: bytes) -> bool:
    """A name of what is computed numerically."""
    code = code.lower()
    if b"numeric" in code or b"approx" in code or b"finite_diff" in code:
        return True
    return (b"num" in code or b"fd" in code) and _NUMERIC.search(code) is not None


def _may_divide_by_step(code: bytes) -> bool:
    """A divisor that is a small number, a step by its name, an operand of a sum or product, or computed."""
    if _SMALL_DIVISOR.search(code):
        return True
    divisors = {name.rpartition(b".")[2] for name in _DIVISOR.findall(code)}
    if not _STEPS.isdisjoint(map(bytes.lower, divisors)):
        return True
    operands = set(_OPERAND.findall(code))
    assigned = set(_ASSIGNED.findall(code))
    return not divisors.isdisjoint(operands) or not divisors.isdisjoint(assigned)


def _may_hold_quotient(code: bytes) -> bool:
    """Two evaluations of one function that may be subtracted and divided by something."""
    divides, subtracts = b"divide" in code, b"sub" in code
    if not (divides or b"/" in code) or not (subtracts or b"-" in code):
        return False
    if not divides and len(code) < _LONG and not _may_divide_by_step(code):
        return False
    if not (divides or _divides(code)) or not (subtracts or _subtracts(code)):
        return False
    code = _DECORATORS.sub(b"", code)
    if b"@" in code or b"//" in code or b"%" in code or b"where" in code or _PAIR.search(code):
        return True
    pieces = code.translate(_WORDS_AND_CALLS).split(b"(")
    called = [name for piece in pieces[:-1] if (name := piece[piece.rfind(b" ") + 1 :])]
    return len(set(called)) < len(called) or b"](" in code or b")(" in code or b" (" in code


# What a rule may need beside words, by the text that stands for it among the triggers of a card.
MARKS: Mapping[str, Callable[[bytes], bool]] = {
    "a + b": _computes(_PLUS, b" + "),
    "a - b": _subtracts,
    "a * b": _computes(_TIMES, b" * "),
    "a / b": _divides,
    "x == y": lambda code: _EQUALS.search(code) is not None,  # not with a text, a whole number, None
    "**": lambda code: _follows(_OPERAND_ENDS, _POWER, code),
    "0.1": _holds_decimal,
    "1e-8": _holds_small,
    "1e-40": _holds_tiny,
    "10e-7": lambda code: b"10" in code and _TEN_E.search(code) is not None,
    "1 +": _adds_one,
    "f(1)": lambda code: _WHOLE_ARGUMENT.search(code) is not None,  # a whole number as an argument
    "(n, 1)": lambda code: _COLUMN.search(code) is not None,  # a shape or an index that makes a column
    "np.float64": lambda code: bool(_FLOAT64.search(code) or _DOUBLE.search(code)),  # not in quotes
    "numeric gradient": _names_numeric,  # something called so
    "f(x + h) / h": _may_hold_quotient,
}

HERE = " here"  # behind a mark: it counts only where it is written in the function that a rule speaks of


def marked(name: str, code: bytes) -> bool:
    """Whether code holds a mark; a text that is none of `MARKS` is looked for as it is."""
    return mark(name)(code)


def mark(name: str) -> Callable[[bytes], bool]:
    """What tells whether code holds a mark."""
    name = name.removesuffix(HERE)
    sought = name.encode()
    return MARKS.get(name) or (lambda code: sought in code)
