"""Where lost digits are seen, and where a sum, a mean or a cosine hides them."""

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check

CARDS = {card.code: card for card in load()}


def found(code: str, *lines: str) -> bool:
    text = "import math\nimport numpy as np\n\n\ndef f(x, y, k, v):\n" + "".join(
        f"    {line}\n" for line in lines
    )
    return bool(check(text, "code.py", [CARDS[code]]))


@pytest.mark.parametrize(
    "lines",
    [
        ["return np.exp(x) - 1"],
        ["e = np.exp(x) - 1", "return np.where(y > 0, e, 0)"],
        ["return y * (np.exp(-k * x) - 1) / k"],
        ["w = (np.exp(k * x) - 1) / k", "return w.mean() + 1"],
        ["return 3 + y / (np.exp(x) - 1)"],
        ["return 3 + np.sqrt(np.exp(x) - 1)"],
        ["v = v - (y - v) * (np.exp(x) - 1)", "return v + 3"],
        ["x = np.exp(x) - 1", "return x.mean() + 2"],
        ["a = np.exp(x) - 1", "b = np.exp(y) - 1", "return a + b"],
        ["return (x > 0) * x + (x <= 0) * k * (np.exp(x) - 1)"],
        ["return np.maximum(x, 0) + np.minimum(0, k * (np.exp(x) - 1))"],
        ["yield np.exp(x) - 1"],
        ["v.growth = k * (np.exp(x) - 1)"],
        ["found = []", "for each in x:", "    found.append(np.exp(each) - 1)", "return found"],
        ["return {'growth': np.exp(x) - 1}"],
        ["total = np.exp(x) - 1", "print(total)"],
    ],
)
def test_the_lost_digits_are_seen(lines):
    assert found("NS201", *lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["e = np.exp(x)", "return e * y + (e - 1) * v"],
        ["z = np.exp(x) - 1", "return 1.5 - np.cos(z)"],
        ["return 2 + 0.1 * (np.exp(x) - 1)"],
        ["d = np.exp(x) - 1", "return np.ceil(d * y)"],
        ["return y + (np.exp(x) - 1)"],
        ["return np.maximum(y, 2) + (np.exp(x) - 1)"],
        ["v.scale = 2 + (np.exp(x) - 1)"],
        ["print(5 + y - (np.exp(x) - 1))"],
    ],
)
def test_the_lost_digits_are_not_seen(lines):
    assert not found("NS201", *lines)


def test_a_logarithm_that_is_multiplied_or_summed():
    assert found("NS204", "return k * np.log(1 - x)")
    assert found("NS204", "return np.log(1 - x).sum()")
    assert not found("NS204", "return -(y * np.log(x) + (1 - y) * np.log(1 - x))")
    assert found("NS203", "return np.log(1 + x) - np.log(1 + y)")
    assert not found("NS203", "return 2 + 3 * y + np.log(1 + x)")


def test_a_root_that_is_added_to_a_point():
    root = "t = (-x + np.sqrt(x**2 - 4 * y * k)) / (2 * y)"
    assert found("NS210", root, "return t")
    assert not found("NS210", root, "return v + t * k")
