"""Provenance: what kind of quantity a value is, proven by how it is made."""

import pytest


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ("torch.softmax(x, dim=1)", "probability"),
        ("tf.sigmoid(x)", "probability"),
        ("1 - tf.sigmoid(x)", "probability"),
        ("tf.reshape(tf.nn.softmax(x), [-1])", "probability"),
        ("torch.softmax(x, 1)[:, 0]", "probability"),
        ("torch.softmax(x, 1).detach().numpy()", "probability"),
        ("torch.clamp(torch.softmax(x, 1), min=1e-6)", "clipped"),
        ("torch.clamp(torch.softmax(x, 1), min=1e-6)", "probability"),
        ("model.predict_proba(x)", "probability"),
        ("np.log(x)", "log-quantity"),
        ("dist.log_prob(x)", "log-quantity"),
        ("np.log(x) + np.log(y) - 3", "log-quantity"),
        ("np.log(x) / temperature", "log-quantity"),
        ("-torch.log_softmax(x, dim=1)", "log-quantity"),
        ("np.sum(np.log(x), axis=1)", "log-quantity"),
        ("x / x.sum()", "normalized"),
        ("x / np.linalg.norm(x)", "normalized"),
        ("len(x)", "count"),
        ("x.shape[0]", "count"),
        ("np.arange(3)", "count"),
        ("x > 0", "mask"),
        ("(x > 0).astype(np.float32)", "mask"),
        ("np.var(x)", "variance"),
        ("nn.Linear(2, 2)(x)", "logit"),
        ("keras.layers.Dense(2)(x)", "logit"),
        ("3", "constant"),
    ],
)
def test_tagged(known, source, tag):
    facts, _, call = known(f"g({source})")
    assert tag in facts.tags(call.arguments[0])


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ("x / y.sum()", "normalized"),
        ("keras.layers.Dense(2, activation='relu')(x)", "logit"),
        ("np.log(x) * np.log(y)", "log-quantity"),
        ("np.log(x) + y", "log-quantity"),
        ("np.round(x)", "count"),
    ],
)
def test_not_tagged(known, source, tag):
    facts, _, call = known(f"g({source})")
    assert tag not in facts.tags(call.arguments[0])


def test_branches_keep_what_they_share(known):
    facts, _, call = known("y = torch.softmax(x, 1) if c else torch.sigmoid(x)\ng(y)")
    assert "probability" in facts.tags(call.arguments[0])
    facts, _, call = known("y = torch.softmax(x, 1) if c else x\ng(y)")
    assert "probability" not in facts.tags(call.arguments[0])


def test_a_constrained_attribute_is_a_positive_parameter(known):
    facts, _, call = known(
        """
        from torch.distributions import constraints
        class D:
            arg_constraints = {"scale": constraints.positive}
            def entropy(self):
                g(self.scale)
        """
    )
    assert "parameter-positive" in facts.tags(call.arguments[0])
