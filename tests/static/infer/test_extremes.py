"""Extremes: what is shifted by its own maximum is told apart from what is shifted by another's."""

import pytest


@pytest.mark.parametrize(
    "source",
    [
        "x - np.max(x)",
        "x - np.max(x, axis=-1)",
        "(x - np.max(x)) / 2",
        "x - torch.logsumexp(x, dim=1, keepdim=True)",
        "-(x - np.min(x))",
        "x / t - np.max(x) / t",
        "x - safe_amax(x)",
        "x - state['row_max']",
        "x - np.maximum(x, y)",
    ],
)
def test_shifted(known, source):
    facts, _, call = known(f"g({source})")
    assert "shifted" in facts.tags(call.arguments[0])


@pytest.mark.parametrize(
    "source",
    [
        "x - y.max()",
        "x - np.min(x)",
        "-(x - np.max(x))",
        "x / s - np.max(x) / t",
        "x - safe_amax(y)",
    ],
)
def test_not_shifted(known, source):
    facts, _, call = known(f"g({source})")
    assert "shifted" not in facts.tags(call.arguments[0])
