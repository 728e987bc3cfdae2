"""Marks: what rules may need of a text beside words, by the text that stands for it among a card's triggers.

Operators where they compute, small numbers, a subtraction and a division that may be a difference quotient.
Each tells sooner too much than too little: it is searched for in bytes, before anything is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stabcheck.static.naming import NAMES
from stabcheck.static.numerals import (
    FOLDED,
    adds_one,
    folds,
    holds_decimal,
    holds_fraction,
    holds_small,
    holds_tiny,
)
from stabcheck.static.operators import (
    HIGH_POWER,
    NUMBER,
    OPERAND_ENDS,
    OVER_VALUE,
    PLUS,
    POWER,
    ROOT,
    TIMES,
    adds_values,
    computes,
    divides,
    divides_value,
    follows,
    multiplies_values,
    subtracts,
    subtracts_value,
)
from stabcheck.static.reductions import REDUCTIONS, loses_axis, multiplies_up, reduces_all, reduces_axis
from stabcheck.static.words import NAME_BYTES, words_of

_EQUALS = re.compile(
    rb"=(?<=[=!]=)\s*+(?![fFrRbBuU]{0,2}[\"'])(?!(?:None|True|False)\b)"
    rb"(?!-?\d++\s*+(?:[])}:,;\n]|(?:and|or|if|else|for)\b|\Z))"
)
_DECORATORS = re.compile(rb"\A(?:[ \t]*@[^\n]*\n)+")  # of a function, or of a class
_STORED = re.compile(rb"\]\s*(?:[-+*/@%&|^]|//|\*\*|<<|>>)?=(?!=)")
_NOT_FIRST = re.compile(rb"[(,=]\s*-?\s*[1-9]\d?\s*(?:[),;:#\n]|\Z)|[\"']\s*:\s*-?\s*[1-9]\d?\s*[,}]")
_LARGE = re.compile(rb"\d[eE]\+?\d|\.[eE]\+?\d|\d[\d_]{4}|\d\s*\*|<<")
_NEAR_ONE = re.compile(rb"\.99")
_SOFTMAX = re.compile(rb"oft(?:max|min)(?<=[sS]oftm[ai][xn])\s*(?:\(|\Z|(?<=\s)(?=\w)|(?<=\n))")
_COMPARES = re.compile(rb"[<>](?<![-<>][<>])(?![<>])")
_NAMED_POWER = re.compile(rb"\*\*[\s(]*[-+]?[\s(]*[A-Za-z_]")
_NEGATIVE_POWER = re.compile(rb"\*\*[\s(]*(?:-|[A-Za-z_])")
_MATRIX_PRODUCT = re.compile(rb"@(?:(?=[\s(=])|(?<=[^\s]@)|(?<=\S[ \t]@)|(?<=\S[ \t]{2}@))")  # no decorator
_LAST_NAME = re.compile(rb"[\w.]+\Z")
_WHOLE_ARGUMENT = re.compile(rb"[(,]\s*-?\d\s*[,)]")
_COLUMN = re.compile(
    rb",\s*1\s*,?\s*[)\]]|,\s*(?:None|\w+\.newaxis|newaxis)\s*[\],]|,\s*-1\s*\)|[(\[=]\s*1\s*[)\],]"
)
_TEN_E = re.compile(rb"10(?:\.0*)?[eE]-")
_PAIR = re.compile(rb"(?i)plus|pos|above|upper")
_HALF = re.compile(rb"half(?:(?<=[.\"']half)|(?<=[=(,:] half)|(?<=[=(,:]half))(?!\w)(?![\"']?\s*:)")
# Before the name of a dtype: `== `, `in (`, and `finfo(`; as far as that may be.
_COMPARED = re.compile(
    rb"(?:[=!]=\s*(?:[\w.]+\.)?|\bin\s*[(\[{](?:[\w.\s]+,|\s*[\"']\w+[\"'],)*\s*|finfo\((?:[\w.]+\.)?)[\"']?\Z"
)
_TWICE = re.compile(
    rb"\*(?!\*)(?<!\*\*)(?:\s*2(?:\.0*)?(?![\w.])|(?<=\b2\*)|(?<=\b2\s\*)|(?<=\b2\.\*)|(?<=\b2\.\s\*)"
    rb"|(?<=\b2\.0\*)|(?<=\b2\.0\s\*))"
)
_NEARBY = 80
_WHILE_UNEQUAL = re.compile(rb"\bwhile\b[\s(]*\w+[\s)]*!=")
_ADDED_TO = re.compile(rb"\+=")
_SUM_OF = re.compile(rb"=(?!=)[\s\\(]*([A-Za-z_\x80-\xff][\w\x80-\xff]*)\s*\+")
_NAME_BEFORE = re.compile(rb"(?<![.\w\x80-\xff])([A-Za-z_\x80-\xff][\w\x80-\xff]*)[\s\\]*\Z")
_ANNOTATED = re.compile(rb"([A-Za-z_\x80-\xff][\w\x80-\xff]*)\s*:[^=\n]*\Z")
_NEGATIVE = re.compile(rb"-(?!>)=?+[\s(\\]*+(?!" + NUMBER + rb"\s*+(?![-+*/@%\\#]))")
_FLOAT64 = re.compile(rb"float64(?<![\w\"']float64)\b")
_DOUBLE = re.compile(rb"double(?<![\w\"']double)\b")
_NUMERIC = re.compile(rb"(?:\b|_)(?:num|fd)(?:\b|_)")
_SMALL_DIVISOR = re.compile(rb"/=?[\s(]*(?:\d+\.?\d*\s*\*\s*)?(?:0?\.\d|\d+\.?\d*[eE]-)")
_DIVISOR = re.compile(rb"/=?[\s(]*(?:[\d.]+\s*\*[\s(]*)?([A-Za-z_][\w.]*)")
_OPERAND = re.compile(rb"[-+*][\s(]*(?:\w+\.)*([A-Za-z_]\w*)")
_ASSIGNED = re.compile(rb"([A-Za-z_]\w*)\s*(?:[-+*/]|//|\*\*)?=(?!=)")
_STEPS = frozenset(b"h eps epsilon ep delta step dx dh d dtheta dw step_size".split())
_LONG = 4000  # bytes of code beyond which the divisors are not looked at one by one
_WORDS_AND_CALLS = bytes(byte if byte in NAME_BYTES or byte == ord("(") else ord(" ") for byte in range(256))


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
    by_name, less_by_name = b"divide" in code, b"sub" in code
    if not (by_name or b"/" in code) or not (less_by_name or b"-" in code):
        return False
    if not (less_by_name or subtracts_value(code)) or not (by_name or divides(code)):
        return False
    if not by_name and len(code) < _LONG and not _may_divide_by_step(code):
        return False
    code = _DECORATORS.sub(b"", code)
    if b"@" in code or b"//" in code or b"%" in code or b"where" in code or _PAIR.search(code):
        return True
    pieces = code.translate(_WORDS_AND_CALLS).split(b"(")
    called = [name for piece in pieces[:-1] if (name := piece[piece.rfind(b" ") + 1 :])]
    return len(set(called)) < len(called) or b"](" in code or b")(" in code or b" (" in code


def _adds_up(code: bytes) -> bool:
    """Something is added to what has a name: `s += x`, and `s = s + x`."""
    return any(_NAME_BEFORE.search(code, *_before(found)) for found in _ADDED_TO.finditer(code)) or any(
        found[1] in _NAME_BEFORE.findall(code, *_before(found)) + _ANNOTATED.findall(code, *_before(found))
        for found in _SUM_OF.finditer(code)
    )


def _before(found: re.Match[bytes]) -> tuple[int, int]:
    """Where a text begins and ends that stands before what was found."""
    return max(0, found.start() - _NEARBY), found.start()


def _gives(dtype: bytes) -> Callable[[bytes], bool]:
    """Whether something may have a dtype: its name is no key of a table, and nothing is compared with it."""
    named = re.compile(rb"%s(?!\w)(?![\"']\s*:)(?<!\w%s)" % (dtype, dtype))
    return lambda code: (
        dtype in code
        and any(
            not _COMPARED.search(code, max(0, found.start() - _NEARBY), found.start())
            for found in named.finditer(code)
        )
    )


_gives_float16 = _gives(b"float16")


def _gives_half(code: bytes) -> bool:
    return _gives_float16(code) or (b"half" in code and _HALF.search(code) is not None)


def _names(is_called_so: Callable[[str], bool]) -> Callable[[bytes], bool]:
    """Whether code holds a name."""
    return lambda code: any(is_called_so(word.decode(errors="replace")) for word in words_of(code))


def _squares(code: bytes) -> bool:
    """A product of one thing with itself, or of two that are more than names."""
    if b"mul" in code:
        return True
    for found in TIMES.finditer(code):
        start, end = found.span()
        before, after = code[max(0, start - 80) : start].rstrip(), code[end : end + 80].lstrip(b" \t\n\\(")
        name = _LAST_NAME.search(before)
        if after.startswith(name[0]) if name else before.endswith((b")", b"]")):
            return True
    return False


def _raises_number(code: bytes) -> bool:
    """A number to a power that is none: the number may have a name."""
    for found in _NAMED_POWER.finditer(code):
        start = found.start()
        name = _LAST_NAME.search(code[max(0, start - 80) : start].rstrip())
        base = b"" if name is None else name[0]
        if base[:1].isdigit() or base[-4:] == b"base" or base.isupper() or base[-1:] == b".":
            return True
        if base and re.search(rb"\b%s\s*(?::[^=\n]*)?=\s*[\d.]" % re.escape(base), code):
            return True
    return False


# What a rule may need beside words, by the text that stands for it among the triggers of a card.
MARKS: Mapping[str, Callable[[bytes], bool]] = {
    "a + b": computes(PLUS, b" + "),
    "a - b": subtracts,
    "a * b": computes(TIMES, b" * "),
    "a / b": divides,
    "a / x": computes(OVER_VALUE),  # by what is no number
    "a @ b": lambda code: _MATRIX_PRODUCT.search(code) is not None,
    "x == y": lambda code: _EQUALS.search(code) is not None,  # not with a text, a whole number, None
    "-x": lambda code: _NEGATIVE.search(code) is not None,  # of what is more than a number
    "x + y": adds_values,  # neither of which is a number
    "x - y": subtracts_value,
    "x * y": multiplies_values,
    "x / y": divides_value,
    "**": lambda code: follows(OPERAND_ENDS, POWER, code),
    "x ** n": lambda code: follows(OPERAND_ENDS, HIGH_POWER, code),  # or to a number above 2
    "x ** 0.5": lambda code: follows(OPERAND_ENDS, ROOT, code),  # but to a whole number
    "0.1": holds_decimal,
    "0.5": holds_fraction,
    "0.99": lambda code: _NEAR_ONE.search(code) is not None,
    "1e-8": holds_small,
    "1e-40": holds_tiny,
    "1e9": lambda code: _LARGE.search(code) is not None,  # five digits or more, or a product of numbers
    "10e-7": lambda code: b"10" in code and _TEN_E.search(code) is not None,
    "1 +": adds_one,
    "f(1)": lambda code: _WHOLE_ARGUMENT.search(code) is not None,  # a whole number as an argument
    "axis=1": lambda code: _NOT_FIRST.search(code) is not None,  # a whole number but 0, given or assigned
    "sum(x, axis)": reduces_axis,
    "sum(x, axis=1)": loses_axis,  # a single axis that is not the first, and not kept
    "prod(p)": multiplies_up,  # not of a shape
    "x[i] += h; f(x) / h": lambda code: _STORED.search(code) is not None and _may_hold_quotient(code),
    "2 ** x": _raises_number,
    "x ** -1": lambda code: follows(OPERAND_ENDS, _NEGATIVE_POWER, code),  # or an exponent with a name
    "x * x": _squares,
    "2 * x": lambda code: b"mul" in code or _TWICE.search(code) is not None,
    "exp(1)": folds,
    "sum(x)": reduces_all,
    "x < y": lambda code: _COMPARES.search(code) is not None,
    "x[i] = y": lambda code: _STORED.search(code) is not None,
    "(n, 1)": lambda code: _COLUMN.search(code) is not None,  # a shape or an index that makes a column
    "np.float16": _gives_half,  # in quotes, too, but not where it is compared
    "np.uint8": _gives(b"uint8"),
    "while x != y": lambda code: _WHILE_UNEQUAL.search(code) is not None,
    "x += y": _adds_up,  # a name
    "np.float64": lambda code: bool(_FLOAT64.search(code) or _DOUBLE.search(code)),  # not in quotes
    "softmax(x)": lambda code: _SOFTMAX.search(code) is not None,  # called, or imported under another name
    "numeric gradient": _names_numeric,
    "f(x + h) / h": _may_hold_quotient,
    **{name: _names(is_called_so) for name, is_called_so in NAMES.items()},
}
# Those that are looked for first: operators, one of which most code lacks, and what is rare.
CHEAP = frozenset(
    {"a + b", "a - b", "a * b", "a / b", "a / x", "a @ b", "x + y", "x - y", "x * y", "x / y"}
) | {
    "**",
    "x ** n",
    "x ** -1",
    "x ** 0.5",
    "2 ** x",
    "x == y",
    "x[i] = y",
    "0.99",
    "10e-7",
    "1e-40",
    "1e9",
    "np.float16",
    "np.uint8",
    "np.float64",
    "softmax(x)",
}
# What code surely holds that holds a mark: a sign, and one of these words.
SIGNS = {
    **dict.fromkeys(("a + b", "x + y"), b"+"),
    **dict.fromkeys(("a - b", "x - y", "-x"), b"-"),
    **dict.fromkeys(("a * b", "x * y"), b"*"),
    **dict.fromkeys(("a / b", "a / x", "x / y"), b"/"),
    **dict.fromkeys(("**", "x ** n", "x ** -1", "x ** 0.5", "2 ** x"), b"**"),
    **dict.fromkeys(("x[i] = y", "x[i] += h; f(x) / h"), b"]"),
    **dict.fromkeys(("x == y", "while x != y", "x += y"), b"="),
    "a @ b": b"@",
}
WORDS = {
    **dict.fromkeys(("sum(x, axis)", "sum(x, axis=1)", "sum(x)"), REDUCTIONS),
    "exp(1)": FOLDED,
    "(n, 1)": frozenset({b"1", b"None", b"newaxis"}),
    "axis=1": frozenset(b"%d" % number for number in range(1, 100)),
    "while x != y": frozenset({b"while"}),
}
ANYWHERE = " anywhere"  # behind a word: it counts for all of the file that it stands in
HERE = " here"  # behind a word or a mark: it counts only in the function that a rule speaks of


def marked(name: str, code: bytes) -> bool:
    """Whether code holds a mark; a text that is none of `MARKS` is looked for as it is."""
    return mark(name)(code)


def mark(name: str) -> Callable[[bytes], bool]:
    """What tells whether code holds a mark."""
    name = name.removesuffix(HERE)
    sought = name.encode()
    return MARKS.get(name) or (lambda code: sought in code)
