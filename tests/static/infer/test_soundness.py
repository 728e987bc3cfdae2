"""No value of a running program lies outside of the interval that is claimed for it."""

import ast

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stabcheck.static.infer import Facts
from stabcheck.static.lower import lower

HELPERS = """
import numpy as np

def halved(a, k=0.5):
    return a * k

def floored(a):
    if np.all(a > 1):
        return a
    return np.maximum(a, 0.25)
"""

CONSTANTS = st.sampled_from(["-2", "-1", "-0.5", "0", "0.1", "0.5", "1", "2", "3.5", "np.pi"])
UNARY = [
    "-{0}",
    "np.abs({0})",
    "np.exp(-np.abs({0}))",
    "np.tanh({0})",
    "np.square({0})",
    "{0} ** 2",
    "{0} ** 3",
    "np.exp(np.tanh({0}))",
    "np.cos({0})",
    "np.sqrt(np.abs({0}))",
    "np.log1p(np.abs({0}))",
    "np.log({0})",
    "np.sqrt({0})",
    "{0}.sum()",
    "{0}.mean()",
    "{0}.max()",
    "{0}.min()",
    "np.var({0})",
    "np.sum({0}, keepdims=True)",
    "{0} - {0}.max()",
    "{0} - np.min({0})",
    "{0} / np.sum({0})",
    "{0} / np.linalg.norm({0})",
    "{0}[::-1]",
    "{0}.reshape(-1, 1)",
    "{0}[:, None]",
    "1 / {0}",
    "np.sign({0})",
    "np.floor({0})",
    "{0}.astype(np.float64)",
    "{0}.astype(int)",
    "np.expm1(np.tanh({0}))",
    "halved({0})",
    "floored({0})",
    "np.prod(np.tanh({0}))",
    "np.cumsum({0})",
    "np.maximum({0}, 0)",
    "np.sort({0})",
    "np.log(np.sum(np.exp(np.tanh({0}))))",
    "{0} / (1 + {0})",
    "{0} / (np.abs({0}) + np.abs({0}))",
    "np.max({0}) - {0}",
    "np.sinh(np.tanh({0}))",
    "np.reciprocal({0})",
    "np.dot({0}, {0})",
    "np.outer({0}, {0})",
    "np.concatenate([{0}, {0}])",
    "np.std({0})",
    "np.arctan({0})",
    "np.round({0})",
    "np.zeros_like({0})",
    "np.triu(np.outer({0}, {0}) + 5)",
    "np.pad({0} + 9, 1)",
]
BINARY = [
    "{0} + {1}",
    "{0} - {1}",
    "{0} * {1}",
    "{0} / {1}",
    "np.maximum({0}, {1})",
    "np.minimum({0}, {1})",
    "np.where({0} > {1}, {0}, {1})",
    "np.hypot({0}, {1})",
    "np.abs({0}) ** {1}",
    "np.arctan2({0}, {1})",
    "np.logaddexp({0}, {1})",
    "{0} % {1}",
    "{0} // {1}",
    "np.copysign({0}, {1})",
    "np.fmod({0}, {1})",
    "np.where({0} > 0.5, 1 / {0}, {1})",
    "np.where({0} == 0, 1, {0}) * {1}",
    "np.where(np.abs({0}) < 1, {0}, {1})",
    "({0} > {1}) * {0}",
    "np.clip({0}, {1}, None)",
    "np.where(({0} > 0) & ({0} < 2), {0}, {1})",
    "np.where(np.logical_not({0} > 0), {0}, {1})",
]
STATEMENTS = [
    "{t} = {e}",
    "{t} = {e}\nif np.all({t} > 0.5):\n    {t} = {t} - 0.5\nelse:\n    {t} = {t} + 1",
    "{t} = {e}\nif np.any({t} <= 0):\n    {t} = 1.5\nelse:\n    {t} = np.sqrt({t})",
    "{t} = 1.0 * {e}\nfor i in range(3):\n    {t} = {t} + i",
    "{t} = 1.0\nfor v in np.ravel({e}):\n    {t} = {t} * v * v",
    "{t} = 0.0\nw = 1.0\nfor v in np.ravel({e}):\n    {t} = {t} + w\n    w = w * v",
    "{t} = 0.5\nfor v in np.ravel({e}):\n    {t} = {t} * np.tanh(v) if v > 0 else {t} / 2",
    "{t} = np.asarray({e}) + 0.0\n{t}[{t} < 0.2] = 0.2",
    "{t} = np.asarray({e}) + 0.0\n{t}[{t} == 0] = 1",
    "{t} = {e}\n{t} = {t} * {t}",
    "{t} = 2.0\nfor v in np.ravel({e}):\n    {t} = np.abs(v)",
    "{t} = {e}\ntry:\n    {t} = np.linalg.cholesky({t})\nexcept Exception:\n    {t} = 3.0",
    "{t} = np.asarray({e})\n{t} = {t}[{t} > 0.3]",
    "{t} = 1.0\nwhile np.all({t} < 3):\n    {t} = {t} * 2",
    "{t} = {e} if np.all({e} > 1) else 0.5",
    "{t}, _ = ({e}, 1)",
    "{t} = 0.0 + {e}\n{t} += np.tanh({t})",
]


@st.composite
def programs(draw):
    """A few assignments, each to a new name, over NumPy functions, operators and the names before."""
    names, lines = ["x", "y"], []
    for number in range(draw(st.integers(1, 5))):
        operand = st.one_of(st.sampled_from(names), CONSTANTS.map(lambda c: f"np.float64({c})"))
        expression = draw(
            st.one_of(
                st.builds(str.format, st.sampled_from(UNARY), st.sampled_from(names)),
                st.builds(str.format, st.sampled_from(BINARY), st.sampled_from(names), operand),
            )
        )
        name = f"v{number}"
        lines.append(draw(st.sampled_from(STATEMENTS)).format(t=name, e=f"({expression})"))
        names.append(name)
    return "\n".join(lines), names


def run(program: str, names: list[str], x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray] | None:
    """What the names hold at the end; None for a run that fails, or leaves the range of doubles.

    Also None where one is empty: reductions are taken to have something to reduce.
    """
    scope = {"x": x.copy(), "y": y.copy()}
    try:
        with np.errstate(all="raise", invalid="ignore", divide="ignore"):
            exec(HELPERS + program, scope)
    except (
        AttributeError,
        FloatingPointError,
        ValueError,
        TypeError,
        IndexError,
        ZeroDivisionError,
        np.linalg.LinAlgError,
    ):
        return None
    arrays = {name: np.asarray(scope[name], dtype=float) for name in names}
    usable = all(array.size and np.all(np.isfinite(array)) for array in arrays.values())
    return arrays if usable else None


VECTORS = st.lists(
    st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 1.5, 2.0, 7.0]), min_size=3, max_size=3
).map(np.array)


@settings(max_examples=400, deadline=None)
@given(programs(), st.lists(st.tuples(VECTORS, VECTORS), min_size=4, max_size=4))
def test_no_value_leaves_its_interval(case, inputs):
    program, names = case
    text = f"{HELPERS}{program}\nprint({', '.join(names)})\n"
    module = lower(ast.parse(text), text, "program.py")
    facts = Facts(module)
    values = dict(zip(names, module.sites[-1].value.arguments, strict=True))
    for x, y in inputs:
        for name, array in (run(program, names, x, y) or {}).items():
            interval = facts.interval(values[name])
            slack = 1e-9 * (1 + np.abs(array))
            assert np.all(array >= interval.lower - slack), (program, name, interval, array)
            assert np.all(array <= interval.upper + slack), (program, name, interval, array)
            assert not (interval.nonzero and np.any(array == 0)), (program, name, interval, array)
            if facts.integer(values[name]):
                assert np.all(array == np.round(array)), (program, name, array)
            shape = facts.shape(values[name])
            if shape is not None:
                assert len(shape) == array.ndim, (program, name, shape, array.shape)
                known = [
                    (size, real)
                    for size, real in zip(shape, array.shape, strict=True)
                    if isinstance(size, int)
                ]
                assert all(size == real for size, real in known), (program, name, shape, array.shape)
