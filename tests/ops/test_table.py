"""The rows are consistent, and each is found by the names it has."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stabcheck.ops import OPERATIONS, by_runtime_name, lookup, lookup_method, spell
from stabcheck.ops.symbols import BINARY, COMPARISONS, SYMBOLS
from stabcheck.ops.table import overloads

# Names that stand for two operations, told apart by their arguments.
OVERLOADED = {
    "builtins.max": ["max", "maximum"],
    "builtins.min": ["min", "minimum"],
    "torch.max": ["max", "maximum"],
    "torch.min": ["min", "minimum"],
    ".max": ["max", "maximum"],
    ".min": ["min", "minimum"],
    "numpy.where": ["where", "nonzero"],
    "tensorflow.where": ["where", "nonzero"],
    "jax.numpy.where": ["where", "nonzero"],
    "torch.where": ["where", "nonzero"],
    ".transpose": ["transpose", "swapaxes"],
    ".repeat": ["tile", "repeat"],
}
LIBRARIES = {"math", "numpy", "scipy", "tensorflow", "keras", "jax", "torch", "python"}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_row_is_complete(name):
    row = OPERATIONS[name]
    assert row.name == name == name.lower()
    assert 0 <= row.operands <= len(row.parameters) == len(set(row.parameters))
    assert set(row.defaults) <= set(row.parameters[row.operands :])
    assert row.spellings
    assert set(row.spellings) <= LIBRARIES
    assert len(row.natural_domain) in (0, row.operands)
    assert len(row.partials) in (0, row.operands)
    assert not row.commutative or row.operands >= 2
    if row.kind == "elementwise":
        assert row.compute is not None
    for library, spellings in row.spellings.items():
        for spelling in spellings:
            assert (spelling.operation, spelling.library) == (name, library)
            assert {canonical for canonical, _ in spelling.parameters if canonical} <= set(row.parameters)
            own = [own for _, own in spelling.parameters]
            assert len(own) == len(set(own)), spelling
            assert spelling.is_method == ("self" in own)
            assert set(spelling.required) | {each for each, _ in spelling.defaults} <= set(row.parameters)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_spelling_is_found_and_means_one_operation(name):
    for spellings in OPERATIONS[name].spellings.values():
        for spelling in spellings:
            found = list(dict.fromkeys(each.operation for each in overloads(spelling.qualified)))
            assert found == OVERLOADED.get(spelling.qualified, [name]), spelling.qualified


def test_run_time_names_mean_one_operation():
    names = [name for row in OPERATIONS.values() for name in row.runtime]
    assert len(names) == len(set(names))
    assert by_runtime_name("AddV2").name == "add"
    assert by_runtime_name("SelectV2").name == "where"
    assert by_runtime_name("true_divide").name == "divide"
    assert by_runtime_name("NoSuchOp") is None


def test_there_are_enough_operations_and_columns():
    assert len(OPERATIONS) >= 130
    for name in ("exp", "log", "sum", "softmax", "where", "matmul", "clip"):
        assert {"numpy", "tensorflow", "keras", "jax", "torch"} - set(OPERATIONS[name].spellings) <= {"numpy"}


@pytest.mark.parametrize(
    ("qualified", "operation"),
    [
        ("numpy.exp", "exp"),
        ("tensorflow.keras.activations.softmax", "softmax"),
        ("tensorflow.compat.v1.log", "log"),
        ("tensorflow.compat.v1.reduce_sum", "sum"),
        ("keras.backend.binary_crossentropy", "binary_cross_entropy"),
        ("autograd.numpy.log1p", "log1p"),
        ("jax.nn.logsumexp", "logsumexp"),
        ("torch.nn.functional.logsigmoid", "log_sigmoid"),
        ("math.lgamma", "gammaln"),
        ("operator.truediv", "divide"),
    ],
)
def test_lookup(qualified, operation):
    assert lookup(qualified).operation == operation


def test_unknown_names_are_none():
    assert lookup("numpy.no_such_function") is None
    assert lookup("logging.log") is None
    assert lookup_method("no_such_method") == ()


def test_methods_belong_to_libraries():
    assert {spelling.library for spelling in lookup_method("exp")} == {"torch"}
    assert {spelling.library for spelling in lookup_method("sum")} == {"numpy", "jax", "torch"}


def test_what_a_fix_writes():
    assert spell("log", "tensorflow").qualified == "tensorflow.math.log"
    assert spell("cast", "torch").qualified == ".to"
    assert spell("expm1", "math").qualified == "math.expm1"
    assert spell("softmax", "numpy") is None
    with pytest.raises(KeyError):
        spell("no_such_operation", "numpy")


def test_operators_are_operations():
    for name in (*BINARY.values(), *COMPARISONS.values(), *SYMBOLS):
        assert name in OPERATIONS


def test_importing_the_table_imports_no_numerical_library():
    code = (
        "import sys, stabcheck.ops; stabcheck.ops.lookup('numpy.exp'); "
        "print([m for m in ('numpy', 'mpmath', 'tensorflow', 'keras', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
