"""Logarithms of probabilities: what is one, and what keeps it from 0."""

import pytest

from tests.static.detectors.test_vanishing import body, found


@pytest.mark.parametrize(
    ("source", "hits"),
    [
        (body("return -np.sum(y * np.log(y_hat))", given="y, y_hat"), 1),
        ("def kl_loss(p, q):\n    return (p * (p.log() - q.log())).sum()\n\nz = torch.ones(1)\n", 2),
        ("def nll_loss(out, n):\n    return -torch.log(out[n])\n", 0),
        ("def nll_loss(output, n):\n    return -torch.log(output[n])\n", 1),
        (body("p = np.clip(p, 1e-9, 1)", "return -np.sum(y * np.log(p))", given="y, p"), 0),
        (body("return -np.sum(y * np.log(p + self.eps))", given="self, y, p"), 0),
        (body("if p > 0:", "    return y * math.log(p)", "return -y", given="y, p"), 0),
        ("def predict_log_proba(probs):\n    return np.log(probs)\n", 0),
        (body("return np.log(np.abs(np.fft.rfft(x)))"), 1),
        (body("return np.log(np.zeros(x))"), 1),
        (body("return 0.5 * np.log((1 - err) / err)", given="err"), 1),
        (body("return 0.5 * np.log((1 - x) / x)"), 0),
        ("def bce(y, x):\n    return -np.log(x * y + (1 - x) * (1 - y))\n", 1),
        (body("prob = (x + k) / (total + 2 * k)", "return math.log(prob)", given="x, k, total"), 0),
        (body("prob = counts[x] / total", "return math.log(prob)", given="x, counts, total"), 1),
    ],
)
def test_logarithms_of_what_is_called_or_made_like_a_probability(source, hits):
    assert len(found("NS324", source)) == hits
