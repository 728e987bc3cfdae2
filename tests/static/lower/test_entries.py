"""Comprehensions: what holds of any one entry of a list holds of all of them."""

import pytest

from stabcheck.static.comprehension import each_of
from stabcheck.static.graph import Apply, Item, Opaque, strip, walk
from stabcheck.static.identity import same


def _last_quotient(module):
    quotients = [
        node
        for site in module.sites
        for node in walk(site.value)
        if isinstance(node, Apply) and node.op == "divide"
    ]
    return quotients[-1]


def test_a_list_of_exponentials_over_its_sum_is_made_of_one_entry(lowered):
    module = lowered(
        """
        def softmax(xs):
            exps = [math.exp(x) for x in xs]
            total = sum(exps)
            return [e / total for e in exps]
        """
    )
    quotient = _last_quotient(module)
    total = strip(quotient.operands[1])
    assert total.op == "sum"
    assert same(quotient.operands[0], total.operands[0])


@pytest.mark.parametrize(
    ("source", "equal"),
    [
        ("[math.exp(x) / sum(math.exp(v) for v in xs) for x in xs]", True),
        ("[math.exp(x) / sum(math.exp(v) for v in ys) for x in xs]", False),
        ("[math.exp(x) / sum(math.exp(x - v) for v in xs) for x in xs]", False),
        ("[math.exp(x) / sum(math.exp(v) for v in xs if v > 0) for x in xs]", True),
    ],
)
def test_an_inner_comprehension_runs_over_the_entries_of_the_outer_one(lowered, source, equal):
    quotient = _last_quotient(lowered(f"def f(xs, ys):\n    return {source}"))
    total = strip(quotient.operands[1])
    assert same(quotient.operands[0], total.operands[0]) is equal


@pytest.mark.parametrize(
    "source",
    [
        "[[1 / (a - b) for a in xs] for b in xs]",
        "[1 / (a - b) for a, b in zip(xs, xs)]",
        "[1 / (a - b) for a in ys for b in ys]",
    ],
)
def test_two_entries_of_one_list_are_two(lowered, source):
    quotient = _last_quotient(lowered(f"def f(xs):\n    ys = [math.exp(x) for x in xs]\n    return {source}"))
    difference = strip(quotient.operands[1])
    assert not same(*difference.operands)


def test_entries_of_different_arguments_are_two(lowered):
    module = lowered(
        """
        def squares(v):
            return [x * x for x in v]
        def f(a, b):
            return [x / y for x, y in zip(squares(a), squares(b))]
        """
    )
    assert not same(*_last_quotient(module).operands)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("[0 for x in xs]", Opaque),  # as many as there are entries, and none of them
        ("[rng.normal() for _ in xs]", Opaque),
        ("{math.exp(x) for x in xs}", Opaque),
        ("[a * b for a in xs for b in ys]", Opaque),
        ("[math.exp(x) for x in xs] + [1.0]", Opaque),  # joined, not added
        ("2 * [math.exp(x) for x in xs]", Opaque),
        ("[(x, math.exp(x)) for x in xs][0]", Item),
    ],
)
def test_what_no_entry_tells(lowered, source, kind):
    module = lowered(f"def f(xs, ys, rng):\n    return {source}")
    assert isinstance(module.functions["f"].returns[0], kind)


def test_unpacking_a_list_picks_from_it(lowered):
    module = lowered(
        """
        def f(p, q):
            a, b = [(math.exp(x), x) for x in (p, q)]
            return a
        """
    )
    assert isinstance(module.functions["f"].returns[0], Item)


def test_pairs_are_taken_apart(lowered, as_text):
    module = lowered(
        """
        def f(xs):
            pairs = [(x, math.exp(x)) for x in xs]
            return [a * b for a, b in pairs]
        """
    )
    assert as_text(each_of(module.functions["f"].returns[0])) == "multiply(x, exp(x))"
