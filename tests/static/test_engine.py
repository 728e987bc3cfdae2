"""From source text to findings: bad input, and fixes."""

import ast
import textwrap

import pytest

from stabcheck.static.apply import apply_edits, fix
from stabcheck.static.cards import load
from stabcheck.static.engine import check
from stabcheck.static.prefilter import scan
from stabcheck.static.source import Source
from stabcheck.static.trigger import triggers

CATALOGUE = load()
CARDS = [card for card in CATALOGUE if card.default]
BY_NAME = CATALOGUE.by_name


def lint(text, *names):
    return check(textwrap.dedent(text), "example.py", [BY_NAME[name] for name in names] or CARDS)


def fixed(text, *names):
    text = textwrap.dedent(text)
    source = Source("example.py", text, text, "utf-8", "\n")
    cards = [BY_NAME[name] for name in names]
    return fix(source, lambda changed: check(changed, "example.py", cards), unsafe=True).raw


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = np.exp(x) - 1\n", "y = np.expm1(x)\n"),
        ("y = 2 * (np.exp(x + z) - 1)\n", "y = 2 * np.expm1(x + z)\n"),
        ("y = f(np.exp(x) - 1)\n", "y = f(np.expm1(x))\n"),
        ("y = (np.exp(x) - 1) ** 2\n", "y = np.expm1(x) ** 2\n"),
        ("y = (\n    np.exp(\n        x  # of the first kind\n    ) - 1\n)\n", "y = (\n    np.expm1(x)\n)\n"),
        ("y = np.exp(a if b else c) - 1\n", "y = np.expm1(a if b else c)\n"),
        ("t = np.exp(x)\ny = t - 1\n", "t = np.exp(x)\ny = np.expm1(x)\n"),
        ("y = -1.0 + np.exp(-x * z)\n", "y = np.expm1(-x * z)\n"),
    ],
)
def test_fixes_keep_the_text_of_operands(before, after):
    head = "import numpy as np\n"
    made = fixed(head + before, "missing-expm1")
    if "#" in before:
        assert made in (head + before, head + after)  # the comment stands in what is dropped: nothing is done
        assert "# of the first kind" in made
        return
    assert made == head + after


def test_a_rebound_operand_has_no_fix():
    text = "import numpy as np\n\n\ndef f(x):\n    t = np.exp(x)\n    x = 0\n    return t - 1, x\n"
    (found,) = lint(text, "missing-expm1")
    assert found.fix is None


def test_a_shadowed_module_is_not_written():
    text = "from numpy import exp\ny = exp(x) - 1\n"
    (found,) = lint(text, "missing-expm1")
    assert found.fix is None or "expm1" not in found.fix.replacement.replace("np.", "")


def test_an_import_is_added_behind_the_docstring_and_the_future():
    text = '''
    """Module."""
    from __future__ import annotations

    import jax.numpy as jnp

    def f(x):
        return jnp.exp(x) / (1 + jnp.exp(x))
    '''
    made = fixed(text.lstrip("\n"), "exp-over-one-plus-exp")
    assert "import jax\n" in made
    assert "jax.nn.sigmoid(x)" in made
    tree = ast.parse(made)
    assert isinstance(tree.body[0], ast.Expr)
    assert tree.body[1].module == "__future__"


def test_no_fix_inside_an_f_string():
    (found,) = lint("import numpy as np\nprint(f'{np.exp(x) - 1}')\n", "missing-expm1") or (None,)
    assert found is None or found.fix is None


def test_fixes_are_idempotent_and_parse():
    text = textwrap.dedent(
        """
        import torch

        def f(x, y):
            a = torch.log(1 + torch.exp(x * y))
            b = x / (1 + torch.exp(-x))
            c = torch.exp(x) / torch.exp(x).sum(dim=1, keepdim=True)
            return a + b + c.log()
        """
    )
    once = fixed(text, *BY_NAME)
    ast.parse(once)
    assert fixed(once, *BY_NAME) == once


def test_edits_of_a_finding_apply_to_the_text():
    text = "import numpy as np\nvalue = np.exp(x) - 1  # growth\n"
    (found,) = lint(text, "missing-expm1")
    assert apply_edits(text, found.fix.edits) == "import numpy as np\nvalue = np.expm1(x)  # growth\n"


def test_no_pattern_matches_without_one_of_its_triggers():
    for card in CATALOGUE:
        words = scan(triggers([card]))
        for example in card.examples:
            if check(example.source, "example.py", [card]):
                assert words(example.source.encode()), card.name


def test_a_text_that_does_not_parse_is_a_syntax_error():
    for text in ("def f(:\n", "x = '\0'\n"):
        with pytest.raises(SyntaxError):
            lint(text)


def test_integers_that_no_float_can_hold_are_no_numbers():
    huge = "1" + "0" * 400
    text = f"""
        import numpy as np

        def f(x):
            a = np.log({huge} + x), np.exp(x) - {huge}, x ** {huge}, np.clip(x, {huge}, 1)
            return a, x == {huge}, np.log(1 + {huge} * x), 1 / (x + {huge}), float({huge})
        """
    assert [finding.code for finding in check(textwrap.dedent(text), "example.py", CATALOGUE)] == ["NS203"]
