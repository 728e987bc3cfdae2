"""What a name suggests of a value: weak tags, which never prove a range.

"named-probability", "named-log", "named-logit", "named-positive", "named-count", "named-step", "named-mask",
"named-padding", "named-transform", "named-level", "named-epsilon", "named-difference", "named-prediction",
"named-initial", "named-gradient"
(what a function named so returns, too).
"""

from __future__ import annotations

import re
from functools import lru_cache

Tags = frozenset[str]

_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "named-log",
        re.compile(
            r"^(?:log_?p\w*|log_\w+|log(?:dens\w*|lik\w*)|\w*_log_?(?:prob|p|pdf|lik\w*)s?|lse|logsumexp|ll|llh|lp|nll)$"
        ),
    ),
    ("named-logit", re.compile(r"(?:^|_)logits?(?:_|$)|^scores?$")),
    (
        "named-probability",
        re.compile(r"^(?:p|q|probs?|probas?|probabilit(?:y|ies)|\w+_probs?|\w+_proba|prob_\w+|priors?)$"),
    ),
    (
        "named-positive",
        re.compile(
            r"^(?:\w*_)?(?:scales?|rates?|sigma2?|stds?|stddev|std_dev|vars?|variances?|concentration\w*|df|bandwidth|"
            r"temperatures?|temp|tau|precision|lengthscale|length_scale|degrees_of_freedom)$"
        ),
    ),
    (
        "named-count",
        re.compile(
            r"^(?:n|m|k|num|nb|count|counts|length|len|total|deg|degrees?|n_\w+|num_\w+|nb_\w+|\w+_counts?|\w+_size|\w+_len)$"
        ),
    ),
    (
        "named-step",
        re.compile(
            r"^(?:i|j|t|it|(?:\w+_)?(?:idx|index)(?:_\w)?|time|trials?|pulls?|visits?|\w*(?:attempts?|iters?|iterations?|steps?|epochs?|episodes?))$"
        ),
    ),
    (
        "named-transform",
        re.compile(
            r"^trans$|^(?:\w*_)?(?:intrinsics?|extrinsics?|poses?|rot(?:ations?|mat)?|transforms?|transformations?|affines?|"
            r"homograph(?:y|ies)|xforms?|tform|lattice|unit_?cell|orientation|camera\w*|calib|projection|modelview|view|"
            r"[a-z]+2[a-z]+|[a-z]+_to_[a-z]+|to_[23]d)"
            r"(?:_(?:matrix|mat|inv))?$",
            re.IGNORECASE,
        ),
    ),
    (
        "named-padding",
        re.compile(
            r"^(?:\w*_)?(?:attention|attn|padding|pad|pixel|input|token|text|frame|seq(?:uence)?|src|tgt|[xyz])s?_?mask$"
            r"|^(?:make_|get_)?(?:non_?)?pad_mask|^unmasked\w*|^(?:sequence|length)_(?:to_)?mask$"
        ),
    ),
    (
        "named-level",
        re.compile(
            r"^(?:\w*_)?(?:quantiles?|percentiles?|confidence|coverage|significance|conf_level)(?:_\w+)?$"
        ),
    ),
    ("named-mask", re.compile(r"^(?:\w*_)?(?:mask|masks|valid|is_\w+)$")),
    (
        "named-epsilon",
        re.compile(r"^(?:\w*_)?(?:eps|epsilon|ep|tiny|delta|smooth|smoothing|jitter|fudge|EPS|EPSILON)$"),
    ),
    (
        "named-difference",
        re.compile(
            r"^(?:\w*_)?(?:diffs?|differences?|displacements?|disp|d[rRxX]|residuals?|errors?|offsets?)$"
        ),
    ),
    (
        "named-prediction",
        re.compile(
            r"^(?:y_?pred\w*|y_?hat|preds?|\w+_preds?|predict(?:ed|ions?)|d_?(?:real|fake)\w*|"
            r"\w*_?(?:real|fake)_?(?:out\w*|scores?|preds?|probs?))$",
            re.IGNORECASE,
        ),
    ),
    ("named-initial", re.compile(r"^init(?:ial)?_\w+$|^\w+_init(?:ial)?$")),
    ("named-gradient", re.compile(r"^(?:\w*_)?(?:grads?|gradients?)$")),
)


@lru_cache(maxsize=8192)
def of_name(name: str) -> Tags:
    """What the last part of a dotted name suggests."""
    last = name.rpartition(".")[2]
    return frozenset(tag for tag, pattern in _NAMES if pattern.search(last))
