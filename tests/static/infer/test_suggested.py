"""What a name suggests is told apart from what is proven."""

import pytest


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ("log_probs", "named-log"),
        ("probs", "named-probability"),
        ("cfg.logits", "named-logit"),
        ("scale", "named-positive"),
        ("num_classes", "named-count"),
        ("attention_mask", "named-mask"),
        ("eps", "named-epsilon"),
        ("batch['log_prob']", "named-log"),
        ("w.grad", "named-gradient"),
        ("model.input_gradient(x)", "named-gradient"),
        ("tf.gradients(y, x)[0]", "named-gradient"),
    ],
)
def test_suggested(known, source, tag):
    facts, _, call = known(f"g({source})")
    assert tag in facts.tags(call.arguments[0])


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ("logger", "named-log"),
        ("eps", "named-probability"),
        ("probs", "probability"),
        ("log_probs", "log-quantity"),
    ],
)
def test_neither_suggested_nor_proven(known, source, tag):
    facts, _, call = known(f"g({source})")
    assert tag not in facts.tags(call.arguments[0])
