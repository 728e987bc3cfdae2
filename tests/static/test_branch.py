"""A value is judged where a `where` uses it; a gradient is judged everywhere."""

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check

CARDS = [card for card in load() if card.default]


def codes(body, library="import numpy as np"):
    source = f"{library}\n\n\ndef f(x, y):\n" + "".join(f"    {line}\n" for line in body)
    return {finding.code for finding in check(source, "example.py", CARDS)}


@pytest.mark.parametrize(
    "body",
    [
        ["return np.where(x > 20, x, np.log1p(np.exp(x)))"],
        ["return np.where(x <= 20, np.log1p(np.exp(x)), x)"],
        ["soft = np.log1p(np.exp(x))", "return np.where(x > 20, x, soft)"],
        ["return np.where(y > 0, np.where(x > 20, x, np.log1p(np.exp(x))), 0.0)"],
    ],
)
def test_the_condition_guards_the_value(body):
    assert codes(body) == set()


@pytest.mark.parametrize(
    "body",
    [
        ["return np.where(y > 20, x, np.log1p(np.exp(x)))"],
        ["return np.where(x > 20, np.log1p(np.exp(x)), x)"],
        ["soft = np.log1p(np.exp(x))", "return np.where(x > 20, x, soft) + soft"],
        ["return np.where(np.log1p(np.exp(x)) > 20, x, y)"],
    ],
)
def test_a_condition_that_does_not(body):
    assert codes(body) == {"NS106"}


def test_the_gradient_is_not_guarded():
    body = ["return torch.where(x > 20, x, torch.log1p(torch.exp(x)))"]
    assert codes(body, "import torch") == {"NS315"}


def test_a_value_that_another_function_uses_freely_is_judged_freely():
    source = (
        "import numpy as np\n\n\ndef soft(x):\n    return np.log1p(np.exp(x))\n\n\n"
        "def f(x):\n    return np.where(x > 20, x, soft(x))\n\n\ndef g(x):\n    return soft(x) + 1\n"
    )
    found = check(source, "example.py", CARDS)
    assert {(finding.code, finding.span.line) for finding in found} == {("NS106", 5)}
