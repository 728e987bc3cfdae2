"""Numbers, places and advice, in words."""

from __future__ import annotations

import linecache
import re
from math import isinf, isnan

from stabcheck.dynamic.trace.event import Event, Trace
from stabcheck.dynamic.trace.formats import FORMATS

# A float or integer literal that isn't part of a name; a minus sign belongs to it where one stands right
# before.
_NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")


def number(x: float, digits: int = 4) -> str:
    """At most four digits, without noise; more where two numbers have to be told apart."""
    if isnan(x):
        return "NaN"
    if isinf(x):
        return "inf" if x > 0 else "-inf"
    if 1e4 <= abs(x) < 1e7:  # whole numbers that anybody can read
        digits = max(digits, len(str(int(abs(x)))))
    return f"{x:.{digits}g}"


# Where the domain of an operation ends: an operand beside it is shown with the digits that tell.
EDGES = {"acos": 1.0, "asin": 1.0, "atanh": 1.0, "acosh": 1.0, "log1p": 1.0}


def apart(*numbers: float) -> list[str]:
    """Numbers with as many digits as tell them apart."""
    for digits in (4, 7, 10, 13, 17):
        texts = [number(x, digits) for x in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts


def place(event: Event, seen_from: Event) -> str:
    """Say "(line n)", unless it is the line being spoken of."""
    if event.location is None or event.location == seen_from.location:
        return ""
    if seen_from.location and event.location.line == seen_from.location.line:
        return ""
    return f" (line {event.location.line})"


def call(event: Event, *, apart_from: float | None = None) -> str:
    """An operation with its operands at the entry in question: "exp(710)", "1 / 0"."""
    symbol = {"add": "+", "subtract": "−", "multiply": "×", "divide": "/", "power": "**"}.get(event.operation)
    numbers = event.example if apart_from is None else (*event.example, apart_from)
    values = apart(*numbers)[: len(event.example)] if numbers else []
    if symbol and len(values) == 2:
        return f"{values[0]} {symbol} {values[1]}"
    if values:
        return f"{event.operation}({', '.join(values)})"
    if event.input_low == event.input_high != 0:
        return f"{event.operation} of values {number(event.input_low)}"
    if event.input_low != event.input_high:
        return f"{event.operation} of values in [{number(event.input_low)}, {number(event.input_high)}]"
    return event.operation


def literal_beyond(event: Event) -> str | None:
    """A number written on the event's line that its dtype can't hold: "-1e9" under float16."""
    if event.location is None or event.dtype not in FORMATS:
        return None
    line = linecache.getline(event.location.path, event.location.line).strip()
    largest = FORMATS[event.dtype].largest
    for text in _NUMBER.findall(line):
        if largest < abs(float(text)) < float("inf"):
            return str(text)
    return None


OVERFLOW_ADVICE = {
    "exp": "bound the argument before it (clip, tanh), or keep the result as its logarithm",
    "expm1": "bound the argument, or use the library's own form",
    "cosh": "use abs(x) + log1p(exp(-2·abs(x))) − log(2) for log(cosh(x))",
    "square": "scale by the largest entry before squaring (hypot, linalg.norm)",
    "power": "work with logarithms, or scale before raising to the power",
    "prod": "sum logarithms instead of multiplying",
    "multiply": "scale the factors, or work with logarithms",
    "cast": "scale before the cast, or keep the wider dtype here",
    "sum": "scale the terms, take the mean, or accumulate in a wider dtype",
    "matmul": "scale the operands, or accumulate in a wider dtype",
    "divide": "bound the denominator away from 0",
}

DOMAIN_ADVICE = {
    "log": "keep the argument positive, log(maximum(x, tiny)), or compute the logarithm without it",
    "log2": "clip the argument from below",
    "log10": "clip the argument from below",
    "log1p": "keep the argument above −1",
    "sqrt": "clip the argument, sqrt(maximum(x, 0)), after asking why it got below 0",
    "rsqrt": "add an eps that the dtype resolves to the argument",
    "divide": "guard the denominator: x / where(y != 0, y, 1), or add an eps that the dtype keeps",
    "reciprocal": "guard the denominator against 0",
    "power": "keep the base positive, or the exponent an integer",
    "acos": "clip the argument to [−1, 1], or use atan2(sin, cos), which has a gradient there too",
    "asin": "clip the argument to [−1, 1], or use atan2(sin, cos), which has a gradient there too",
    "atanh": "clip the argument inside (−1, 1)",
    "softmax": "leave one entry of each row unmasked, or mask with a large finite number (-1e4 in float16)",
    "log_softmax": "leave one entry of each row unmasked, or mask with a large finite number",
    "subtract": "don't subtract infinities: use a large finite mask value of the dtype",
    "multiply": "0 × inf is NaN: select with where instead of multiplying by a mask",
}


# Of a logarithm, by what made its operand.
LOG_ADVICE = {
    "softmax": "use log_softmax of the logits: it never forms the probability",
    "sigmoid": "use log_sigmoid, −softplus(−z), or the loss that takes logits",
    "expit": "use log_expit(z) or −logaddexp(0, −z): they never form the probability",
    "exp": "take logsumexp of the exponents: it never forms the exponential",
    "prod": "sum the logarithms of the factors",
    "det": "use slogdet, or twice the sum of the logarithms of a Cholesky factor's diagonal",
}
# Of an exponential, by what takes it up, a sum that is divided by or taken the logarithm of included.
EXP_ADVICE = {
    "divide": "subtract the maximum first, or use the library's softmax or sigmoid",
    "log": "subtract the maximum first, or use the library's logsumexp",
    "add": "use the library's softplus (log(1 + exp(x))) or sigmoid, which never form the large exponential",
}
UNDERFLOW_ADVICE = {
    "cast": "take a number that the dtype keeps: an eps of 1e-3 or so in float16",
    "det": "use slogdet, which gives the logarithm of the determinant",
    "prod": "sum the logarithms of the factors",
    "square": "scale by the largest entry before squaring (hypot, linalg.norm)",
    "exp": "stay in logarithms: logsumexp instead of a sum of exponentials",
}


def domain_advice(trace: Trace, event: Event) -> str:
    """What to write for an operation outside its domain, by what its operand was made of."""
    default = DOMAIN_ADVICE.get(event.operation, f"keep the argument of {event.operation} inside its domain")
    if event.operation not in ("log", "log2", "log10"):
        return default
    makers, pending = set(), _makers(trace, event)
    while pending:
        maker = trace.events[pending.pop()]
        if maker.operation not in makers:
            makers.add(maker.operation)
            pending += _makers(trace, maker) if maker.operation in ("sum", "mean", "multiply") else []
    return next((advice for name, advice in LOG_ADVICE.items() if name in makers), default)


def overflow_advice(trace: Trace, event: Event) -> str:
    """What to write for an operation that overflows; of an exponential, by what takes it up."""
    default = OVERFLOW_ADVICE.get(event.operation, "scale the operands, or work with logarithms")
    if event.operation != "exp":
        return default
    users = _users(trace, event)
    totals = [later for later in users.values() if later.operation in ("sum", "mean")]
    users |= {name: later for total in totals for name, later in _users(trace, total).items()}
    return next((advice for name, advice in EXP_ADVICE.items() if name in users), default)


def _users(trace: Trace, event: Event) -> dict[str, Event]:
    """The operations of the forward run that an event's result goes into, by name."""
    later = (e for e in trace.events[event.index + 1 :] if event.index in e.producers)
    return {user.operation: user for user in later if user.phase == "forward"}


def cancellation_advice(trace: Trace, event: Event) -> str:
    """What to write for a difference, by what its operands were made of."""
    makers = {trace.events[p].operation for p in _makers(trace, event)}
    if event.operation in ("log", "log2", "log10"):
        return "use log1p(x) for log(1 + x): it never forms 1 + x"
    if "exp" in makers:
        return "use expm1(x) for exp(x) − 1 (and −expm1(−x) for 1 − exp(−x))"
    if "log1p" in makers or "log" in makers:
        return "take the logarithm of the quotient, or log1p of the relative difference"
    if "sqrt" in makers:
        return "multiply by the conjugate, √a − √b = (a − b)/(√a + √b); a quadratic has this root as c/(a·x₂)"
    if "cos" in makers:
        return "use 2·sin(x/2)² for 1 − cos(x)"
    if makers & {"mean", "square", "power", "sum", "multiply", "matmul", "dot", "norm"}:
        return "centre first: form the differences, then square and sum them ((x − mean)², (a − b)(a + b))"
    if makers & {"sigmoid", "softmax", "tanh", "erf"} or ("divide" in makers and 1.0 in event.example):
        return "use the complement: sigmoid(−x) for 1 − sigmoid(x), erfc for 1 − erf, log_softmax for its log"
    return "rearrange so that near-equal numbers aren't subtracted after rounding, or use float64 here"


def _makers(trace: Trace, event: Event) -> list[int]:
    """The producers of an event's operands, seen through layout operations and sign changes."""
    found: list[int] = []
    pending = [p for p in event.producers if p >= 0]
    while pending:
        maker = trace.events[pending.pop()]
        if maker.mode == "copied" or maker.operation in ("negative", "cast", "add"):
            pending += [p for p in maker.producers if p >= 0]
            found += [maker.index] if maker.mode != "copied" else []
        else:
            found.append(maker.index)
    return found
