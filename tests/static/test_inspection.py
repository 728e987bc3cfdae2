"""What is found in a module where patterns overlap, and in which order."""

import textwrap

from stabcheck.static.cards import load
from stabcheck.static.engine import check

CATALOGUE = load()
CARDS = [card for card in CATALOGUE if card.default]
BY_NAME = CATALOGUE.by_name


def lint(text, *names):
    return check(textwrap.dedent(text), "example.py", [BY_NAME[name] for name in names] or CARDS)


def test_the_larger_pattern_speaks_alone():
    found = lint(
        "import tensorflow as tf\ny = tf.math.log(1 + tf.exp(x))\n", "naive-softplus", "missing-log1p"
    )
    assert [each.name for each in found] == ["naive-softplus"]


def test_what_is_acquitted_covers_nothing():
    found = lint(
        """
        import tensorflow as tf
        x = tf.clip_by_value(x, -20.0, -10.0)
        y = tf.math.log(1 + tf.exp(x))
        """,
        "naive-softplus",
        "missing-log1p",
    )
    assert "naive-softplus" in {each.name for each in found} or [each.name for each in found] == [
        "missing-log1p"
    ]


def test_a_product_beside_the_pattern_is_found_once():
    found = lint("import tensorflow as tf\ny = a * (tf.exp(x) - 1) * b\n", "missing-expm1")
    assert len(found) == 1


def test_a_shared_value_is_reported_where_it_is_written():
    found = lint("import numpy as np\nt = np.exp(x) - 1\na = t * 2\nb = t * 3\n", "missing-expm1")
    assert [each.span.line for each in found] == [2]


def test_findings_are_ordered_and_unique():
    text = "import numpy as np\nb = np.exp(y) - 1\na = np.exp(x) - 1; c = np.exp(x) - 1\n"
    found = lint(text, "missing-expm1")
    keys = [(each.span.line, each.span.column) for each in found]
    assert keys == sorted(set(keys))
    assert len(keys) == 3
