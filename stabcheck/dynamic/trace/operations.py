"""What the trace knows of the operations that frameworks run, by canonical name.

The operation table (`stabcheck.ops`) gives the names; the sets below say what an operation can do to a
value, as far as an explanation depends on it.
"""

from __future__ import annotations

from functools import lru_cache

# Operations of frameworks' backward passes and NumPy spellings, under the canonical name that explains them.
_SPELLINGS = {
    "AddV2": "add", "Add": "add", "BiasAdd": "add", "AddN": "add", "subtract": "subtract", "sub":
    "subtract", "Sub": "subtract", "Mul": "multiply", "multiply": "multiply", "mul": "multiply",
    "RealDiv": "divide", "Div": "divide", "divide": "divide", "div": "divide", "true_divide": "divide",
    "truediv": "divide", "Exp": "exp", "Log": "log", "Log1p": "log1p", "Sqrt": "sqrt", "Rsqrt": "rsqrt",
    "Reciprocal": "reciprocal", "Inv": "reciprocal", "Square": "square", "Pow": "power", "pow": "power",
    "Sum": "sum", "Mean": "mean", "Prod": "prod", "MatMul": "matmul", "BatchMatMul": "matmul",
    "BatchMatMulV2": "matmul", "BatchMatMulV3": "matmul", "Einsum": "einsum", "Select": "where",
    "SelectV2": "where", "Softmax": "softmax", "SquaredDifference": "squared_difference", "Cast":
    "cast", "Neg": "negative", "Abs": "abs", "DivNoNan": "divide_no_nan", "Log10": "log10", "Acos":
    "acos", "Asin": "asin", "Atanh": "atanh", "Acosh": "acosh", "arccos": "acos", "arcsin": "asin",
    "arctanh": "atanh", "arccosh": "acosh", "absolute": "abs", "Sigmoid": "sigmoid", "Maximum":
    "maximum", "Minimum": "minimum", "EuclideanNorm": "norm", "InvGrad": "reciprocal", "ReciprocalGrad":
    "reciprocal", "SqrtGrad": "divide",
}  # fmt: skip

ADDITIVE = frozenset({"add", "subtract"})
SUMMING = frozenset(
    {"sum", "mean", "matmul", "dot", "einsum", "inner", "tensordot", "vdot", "average", "trace"}
)
LOGARITHMS = frozenset({"log", "log2", "log10"})
BROADCASTING = ADDITIVE | {
    "multiply", "divide", "power", "maximum", "minimum", "squared_difference", "divide_no_nan", "where",
    "greater", "less", "greater_equal", "less_equal", "equal", "not_equal", "xlogy", "xdivy", "atan2",
    "hypot", "mod", "floor_divide", "logaddexp", "logical_and", "logical_or",
}  # fmt: skip
# The result of these is never zero for finite operands that are not zero: a zero has underflowed.
NEVER_ZERO = frozenset(
    {"multiply", "divide", "power", "square", "prod", "exp", "exp2", "softmax", "sigmoid", "expit"}
)
# These are positive whatever the operand.
ALWAYS_POSITIVE = frozenset({"exp", "exp2", "softmax", "sigmoid", "expit"})
# An infinite or undefined result for finite operands is a pole or an edge of the domain, not the format's
# limit.
SINGULAR = frozenset({
    "log", "log2", "log10", "log1p", "divide", "reciprocal", "rsqrt", "sqrt", "power", "acos", "asin",
    "atanh", "acosh", "xlogy", "xdivy", "lgamma", "digamma", "mod", "floor_divide", "logit", "erfinv",
    "ndtri", "tan",
})  # fmt: skip
# Divided by a sum over an axis, which must not be empty of numbers.
NORMALIZERS = frozenset({"softmax", "log_softmax", "logsumexp"})
# Each output entry comes from one entry of each operand.
ELEMENTWISE = BROADCASTING | SINGULAR | ALWAYS_POSITIVE | {
    "expm1", "sin", "cos", "tanh", "sinh", "cosh", "square", "negative", "abs", "sign", "softplus",
    "relu", "cast", "maximum", "minimum", "erf", "erfc", "cbrt", "floor", "ceil", "round",
}  # fmt: skip
ELEMENTWISE = ELEMENTWISE - {"softmax"}


@lru_cache(maxsize=4096)
def canonical(runtime: str) -> str:
    """The canonical name of an operation that a framework ran, else the framework's own name."""
    from stabcheck.ops import by_runtime_name  # noqa: PLC0415  (the table is built once it is asked)

    known = by_runtime_name(runtime)
    name = known.name if known is not None else runtime
    return _SPELLINGS.get(name, _SPELLINGS.get(runtime, name))
