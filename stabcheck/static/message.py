"""The numbers in a message, as a tired engineer reads them."""

from __future__ import annotations

from math import isfinite

from stabcheck.static.finding import Witness


def tail(witness: Witness) -> str:
    """The end of a message, behind its summary: `: at x = 89 float32 gives inf, exact is 4.49e+38`."""
    inputs = ", ".join(f"{name} = {_entries(x)}" for name, x in witness.inputs.items())
    computed, exact = distinct(witness.computed, witness.exact)
    if isinstance(witness.exact, float) and not isfinite(witness.exact):  # a pole, or outside of the domain
        what = (
            f"the {witness.dtype} gradient is" if witness.quantity == "gradient" else f"{witness.dtype} gives"
        )
        return f": at {inputs} {what} {computed}"
    if witness.quantity == "gradient":
        return f": at {inputs} the {witness.dtype} gradient is {computed}, exact is {exact}"
    return f": at {inputs} {witness.dtype} gives {computed}, exact is {exact}"


def distinct(computed: float, exact: float | str) -> tuple[str, str]:
    """Both numbers to the three digits that a reader takes in, or as many as it takes to tell them apart."""
    if isinstance(exact, str):
        return number(computed), exact
    for digits in range(3, 18):
        got, want = number(computed, digits), number(exact, digits)
        if got != want:
            return got, want
    return repr(computed), repr(exact)


def number(x: float, digits: int = 3) -> str:
    """`x` to so many significant digits, whole numbers whole."""
    if x == int(x) if abs(x) < 1e6 else False:
        return str(int(x))
    return f"{x:.{digits}g}"


def _entries(x: float | tuple[float, ...]) -> str:
    if isinstance(x, tuple):
        return f"[{', '.join(_plain(entry) for entry in x)}]"
    return _plain(x)


def _plain(x: float) -> str:
    """An input with all its digits, in the shorter of the ways to write it."""
    short = f"{x:.6g}"
    return short if float(short) == x else repr(x).removesuffix(".0")
