"""Names that triggers ask for: nothing that guards and detectors ask of a name is missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.infer.suggested import _NAMES as SUGGESTED
from stabcheck.static.naming import NAMES, may_tell, names_gradient, snake

TAGS = dict(SUGGESTED)


@pytest.mark.parametrize("tag", [name for name in NAMES if name in TAGS])
@given(data=st.data())
def test_what_a_name_suggests_is_told_by_the_name(tag, data):
    name = data.draw(st.from_regex(TAGS[tag], fullmatch=True))
    assert NAMES[tag](name)
    assert may_tell(name)


@pytest.mark.parametrize(
    ("kind", "called", "not_called"),
    [
        (
            "a gradient",
            ["backward", "dW_loss", "dx", "FocalLoss", "compute_gradients", "d_z"],
            ["add", "width"],
        ),
        ("a slope", ["grad", "atan2_gradient", "dW", "db", "g"], ["gamma", "width"]),
        ("a magnitude", ["norm", "row_norms", "signal_energy", "rms"], ["normalize", "terms"]),
        ("a variance", ["running_var", "variance"], ["value"]),
        ("a correlation", ["rho", "corr"], ["order"]),
        (
            "a probability",
            ["prob", "log_likelihood", "norm_pdf", "gaussian", "p_x_given_y"],
            ["normalize", "p"],
        ),
        ("a cluster", ["KMeans", "k_means", "kmeans", "update_centroids", "Cluster"], ["recent", "mean"]),
        (
            "a log scale",
            ["log_var", "logvar", "z_log_var", "log_std", "lnvar", "log_sigma_sq"],
            ["log", "variance"],
        ),
        ("an advantage", ["adv", "advantages", "score", "q", "q_pred", "min_q"], ["queue", "value"]),
        ("a sum of squares", ["sumsq", "square_sum", "mean_x2"], ["sum", "mean"]),
        ("an observation", ["y", "Y", "y_true", "labels"], ["x", "y_pred"]),
    ],
)
def test_what_is_called_so(kind, called, not_called):
    assert [name for name in called if not NAMES[kind](name) or not may_tell(name)] == []
    assert [name for name in not_called if NAMES[kind](name)] == []


@given(st.from_regex(r"[A-Za-z_]{1,12}", fullmatch=True))
def test_of_other_words_nothing_is_asked(name):
    assert may_tell(name) or not any(is_called_so(name) for is_called_so in NAMES.values())


def test_parts_of_a_name_are_told_by_capitals_too():
    assert snake("CrossEntropyLoss") == "Cross_Entropy_Loss"
    assert names_gradient("CrossEntropy")
    assert not names_gradient("Crossing")
