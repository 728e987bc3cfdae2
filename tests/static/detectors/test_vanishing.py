"""Divisors and roots of data that can be 0: what counts as evidence, and what acquits."""

import textwrap

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check
from stabcheck.static.lower.scope import Bindings

CARDS = {card.code: card for card in load()}
IMPORTS = "import math\nimport numpy as np\nimport tensorflow as tf\nimport torch\n\n"


def found(code: str, source: str) -> list[tuple[int, str]]:
    """Line (of the snippet, from 1) and message of each finding of one rule."""
    text = IMPORTS + textwrap.dedent(source).strip() + "\n"
    lines_before = IMPORTS.count("\n")
    return [(each.span.line - lines_before, each.message) for each in check(text, "code.py", [CARDS[code]])]


def divisors(source: str) -> list[tuple[int, str]]:
    """The same of the two rules that share the divisors: what has evidence, and what has not."""
    return sorted(found("NS323", source) + found("NS326", source))


def body(*lines: str, given: str = "x") -> str:
    return f"def f({given}):\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["return x / np.linalg.norm(x)"], "norm"),
        (["n = np.sqrt(np.sum(x * x))", "return x / n"], "norm"),
        (["return x / np.abs(x).sum()"], "norm"),
        (["n = math.sqrt(sum(v * v for v in x))", "return [v / n for v in x]"], "norm"),
        (["return x @ x.T / (np.linalg.norm(x) ** 2)"], "norm"),
        (["return (x - x.mean()) / x.std()"], "standard deviation"),
        (["mean, var = x.mean(0), x.var(0)", "return (x - mean) / np.sqrt(var)"], "standard deviation"),
        (["return x / x.sum(axis=1, keepdims=True)"], "sum"),
        (["x /= x.sum()", "return x"], "sum"),
        (["return x / x.max()"], "maximum"),
        (["return 255 / (x.max() - x.min())"], "range"),
        (["return 1.0 / np.count_nonzero(x)"], "count"),
        (["return 3.0 / np.sum(x > 0)"], "count"),
        (["a, b = x.real, x.imag", "return a / (a**2 + b**2)"], "squares"),
        (["deg = x.sum(1)", "return torch.diag(deg.pow(-0.5))"], "sum"),
        (["d = x - x.mean()", "return 1 / (d * d).sum()"], "variance"),
    ],
)
def test_a_divisor_is_judged_by_how_it_was_made(lines, kind):
    [(line, message)] = divisors(body(*lines))
    assert kind in message
    assert line == len(lines) + 1 or lines[-1] == "return x"


@pytest.mark.parametrize(
    "lines",
    [
        ["n = np.linalg.norm(x)", "if n == 0:", "    return x", "return x / n"],
        ["n = np.linalg.norm(x)", "return x / n if n else x"],
        ["n = np.linalg.norm(x) or 1.0", "return x / n"],
        ["if not x.any():", "    return x", "return x / np.linalg.norm(x)"],
        ["n = np.linalg.norm(x, axis=1)", "n[n == 0] = 1", "return x / n[:, None]"],
        ["assert x.sum() > 0", "return x / x.sum()"],
        ["return x / max(x.sum(), 1)"],
        ["return x / (x.sum() + 1e-8)"],
        ["with np.errstate(all='ignore'):", "    return x / x.sum()"],
        ["return np.nan_to_num(x / x.sum())"],
        ["try:", "    return x / x.sum()", "except ZeroDivisionError:", "    return x"],
        ["s = x.sum()", "return np.divide(x, s, out=np.zeros_like(x), where=s != 0)"],
        ["e = np.exp(x - x.max())", "return e / e.sum()"],
        ["p = torch.softmax(x, -1).topk(2).values", "return p / p.sum(-1, keepdim=True)"],
    ],
)
def test_an_eps_a_floor_a_test_or_a_handler_acquits(lines):
    assert divisors(body(*lines)) == []


@pytest.mark.parametrize(
    "source",
    [
        body("v = np.random.randn(3)", "return v / np.linalg.norm(v)"),
        body("w = np.hanning(x)", "return w / w.sum()"),
        body("return (x * weights).sum() / weights.sum()", given="x, weights"),
        body("return (x * attention_mask).sum() / attention_mask.sum()", given="x, attention_mask"),
        body("return total / np.sum(x)", given="x, total"),  # not of x
        body("_, counts = np.unique(x, return_counts=True)", "return counts / counts.sum()"),
        "def _init_weights(grid):\n    return grid / np.abs(grid).max()\n",
    ],
)
def test_what_is_never_all_zeros_is_no_evidence(source):
    assert divisors(source) == []


def test_a_test_for_none_or_of_a_shape_is_no_test_of_the_value():
    source = body(
        "if x is None or x.ndim != 1 or len(x) == 0:", "    return None", "return x / np.linalg.norm(x)"
    )
    assert len(divisors(source)) == 1


def test_what_deals_with_nan_far_away_does_not_count():
    far = ["y = x * 2"] * 40
    assert len(divisors(body("assert np.isfinite(z)", *far, "return x / x.sum()", given="x, z"))) == 1


def test_wrappers_of_tensorflow_are_its_functions():
    source = "from .compat import reduce_sum\n\ndef f(grad):\n    return grad / reduce_sum(tf.abs(grad))\n"
    assert [line for line, _ in divisors(source)] == [4]


def test_predictions_divide_only_where_a_loss_is_differentiated():
    line = "return -(y / y_pred) + (1 - y) / (1 - y_pred)"
    assert len(found("NS323", f"class Loss:\n    def gradient(self, y, y_pred):\n        {line}\n")) == 2
    assert found("NS323", f"def compare(y, y_pred):\n    {line}\n") == []


@pytest.mark.parametrize(
    "source",
    [
        body("return (x - x.mean()) / x.std()"),
        body("return (x - x.min()) / (x.max() - x.min())"),
        body("return x @ y / (np.linalg.norm(x) * np.linalg.norm(y))", given="x, y"),
        body("return x / torch.linalg.norm(x)"),  # differentiated
        "def normalize(x):\n    return x / np.linalg.norm(x)\n",
        "class CosineSimilarity:\n    def __call__(self, x):\n        return x / np.linalg.norm(x)\n",
        "def categorical_crossentropy(y, p):\n    p = p / p.sum()\n    return -(y * p).sum()\n",
        "def atan2_grad(g, x, y):\n    return g * y / (x**2 + y**2)\n",
    ],
)
def test_divisors_with_evidence_are_reported_by_default(source):
    assert len(found("NS323", source)) == 1
    assert found("NS326", source) == []


@pytest.mark.parametrize(
    "source",
    [
        body("return x / np.linalg.norm(x)"),  # plain NumPy that promises nothing
        body("v = np.cross(x, y)", "return v / np.linalg.norm(v)", given="x, y"),
        body("w = model(x)", "return w / torch.sum(w)"),  # made here
        body("return 1 / (x.max() - x.min())"),  # a sampling rate
        body("return x.sum() / np.count_nonzero(x)"),
        body("return (x * w).sum() / w.sum()", given="x, w"),  # a weighted mean
        body("return tp / (tp + fp)", given="tp, fp"),
        "def lorentz(x, a, w):\n    return a * w**2 / ((x - a) ** 2 + w**2)\n",
        body("return tuple(map(lambda t: t / torch.norm(t), (x, x + 1)))"),
        "def tweedie_loss(y_true, p):\n    return y_true * (1 - p) ** (2 - p) / (1 - p)\n",
    ],
)
def test_divisors_that_are_mostly_positive_for_a_reason_elsewhere_are_not(source):
    assert found("NS323", source) == []
    assert len(found("NS326", source)) == 1


@pytest.mark.parametrize(
    ("source", "hits"),
    [
        (body("c = np.dot(x, y)", "return np.sqrt(1 - c**2)", given="x, y"), 1),
        (body("c = np.clip(np.dot(x, y), -1, 1)", "return np.sqrt(1 - c**2)", given="x, y"), 0),
        (body("return np.sqrt(1 - x**2)"), 0),
        (body("return np.sqrt(x.dot(y(x)))", given="x, y"), 1),
        (body("return np.sqrt(max(x.dot(y(x)), 0))", given="x, y"), 0),
    ],
)
def test_roots_of_what_rounding_makes_negative(source, hits):
    assert len(found("NS325", source)) == hits


@pytest.mark.parametrize(
    ("source", "hits"),
    [
        (body("return math.exp(loss)", given="loss"), 1),
        (body("return 2 ** loss_meter.avg", given="loss_meter"), 1),
        (body("return math.exp(min(loss, 50))", given="loss"), 0),
        (body("return math.exp(loss) if loss < 300 else math.inf", given="loss"), 0),
        (body("try:", "    return math.exp(loss)", "except OverflowError:", "    return 0", given="loss"), 0),
        (body("return np.exp(loss)", given="loss"), 0),
        (body("return math.exp(-x)"), 0),
    ],
)
def test_perplexities_in_pythons_own_numbers(source, hits):
    assert len(found("NS130", source)) == hits


def test_names_are_looked_up_and_not_gone_through(monkeypatch):
    source = body("v = np.linalg.norm(x)", "w = x / v", "loss = -np.log(p)", "return w, loss", given="x, p")
    before = [(code, found(code, source)) for code in ("NS323", "NS324", "NS326")]
    assert any(each for _, each in before)

    def gone_through(bindings):
        raise AssertionError("a file may have tens of thousands of names")

    monkeypatch.setattr(Bindings, "__iter__", gone_through)
    assert [(code, found(code, source)) for code, _ in before] == before
