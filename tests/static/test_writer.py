"""What is told of a finding, with values called as the source does."""

import textwrap

from stabcheck.static.cards import load
from stabcheck.static.engine import check

CATALOGUE = load()
CARDS = [card for card in CATALOGUE if card.default]
BY_NAME = CATALOGUE.by_name


def lint(text, *names):
    return check(textwrap.dedent(text), "example.py", [BY_NAME[name] for name in names] or CARDS)


def test_a_finding_says_what_where_and_the_number():
    (found,) = lint(
        """
        import torch

        def f(logits):
            e = torch.exp(logits)
            return e / e.sum(-1, keepdim=True)
        """
    )
    assert (found.code, found.span.line, found.span.column, found.function) == ("NS101", 6, 12, "f")
    assert "at logits = [100, 0, 0] float32 gives nan, exact is 1" in found.message
    assert found.fix.replacement == "torch.softmax(logits, dim=-1)"
    assert "\n" not in found.message


def test_operands_stand_in_parentheses_beside_operators_of_a_message():
    (found,) = lint("import numpy as np\ny = np.exp(a - b) - 1\n", "missing-expm1")
    assert found.message.startswith("exp(a - b) - 1 cancels")
    (found,) = lint("import numpy as np\ny = np.log(1 + a * b)\n", "missing-log1p")
    assert found.message.startswith("log(1 + (a * b)) loses")
