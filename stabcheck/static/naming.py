"""Names: what a rule may need something to be called, by the text that stands for it among a card's triggers.

Each tells sooner too much than too little of what guards and detectors ask of a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

_GRADIENT = re.compile(
    r"(?:^|_)(?:d|da|dal|dy|dz|dp|dx|dout|dloss|grads?|gradients?|backwards?|backprop\w*|deriv\w*|delta|prime|loss(?:es)?|cost|"
    r"cross_?entropy|bce|nll)(?:$|_)",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def names_gradient(name: str) -> bool:
    """Whether a name without a dot says that it is a gradient or a loss: `backward`, `dx`, `FocalLoss`."""
    return _GRADIENT.search(snake(name)) is not None


def snake(name: str) -> str:
    """A name with its parts set off: `CrossEntropy` is `Cross_Entropy`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


# Of most words nothing more needs to be asked. Searches that ignore case are six times as slow as those of a
# name in small letters.
_OF_NAMES = (
    r"grad|backw|backprop|deriv|delta|prime|loss|cost|entropy|bce|nll|vjp|jvp|norm|nrm|ampl|magn|energ|rms|var|rho|corr|"
    r"prob|lik|pdf|pmf|given|gauss|mvn|densit|actual|target|label|truth|diff|disp|resid|error|offset|prior|eps|ep$|tiny|"
    r"kmean|k_mean|medoid|lloyd|clust|cent|smooth|jitter|fudge|obs|emi[st]|transition|alpha|beta|forward|viterbi|hmm|fwd|"
    r"bwd|potential|partition|visible|crf|log_?[vs]|ln_?[vs]|adv|score|q_?val|sq|second|x2|sum2|mean2|avg2"
)


def _by_first_letter(texts: str) -> str:
    """The same alternatives, which are found in half of the time."""
    found: dict[str, list[str]] = {}
    for each in texts.split("|"):
        found.setdefault(each[0], []).append(each[1:])
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in found.items())


_PARTS = re.compile(_by_first_letter(_OF_NAMES))
_SHORT = re.compile(
    r"(?:y|g|p|(?:min_?|target_?)?q(?:[_\d].*)?|gt|obs|observed|y_?true|y_?test|d[wb]\d?)$|(?:.*_)?d(?:al?|[yzpx]|out)?(?:$|_)|.*d[rx]$"
)
_CAPITALS = re.compile(r"(?:^|_)(?i:d(?:al?|[yzpx]|out)?)[A-Z]|[a-z0-9]D")


def may_tell(name: str) -> bool:
    """Whether one of `NAMES` may hold of a word."""
    small = name.lower()
    if _PARTS.search(small) or _SHORT.match(small):
        return True
    return small != name and _CAPITALS.search(name) is not None


def _spelt(pattern: str) -> Callable[[str], bool]:
    search = re.compile(pattern, re.IGNORECASE).search
    return lambda name: search(name) is not None


NAMES: Mapping[str, Callable[[str], bool]] = {
    "a gradient": names_gradient,
    "a slope": _spelt(r"grad|backward|vjp|jvp|^(?:d[wb]\d?|g)$"),
    "a magnitude": _spelt(r"(?:^|_)(?:norms?|nrms?|amplitudes?|magnitudes?|energy|energies|rms)$"),
    "a variance": _spelt(r"var"),
    "a correlation": _spelt(r"rho|corr"),
    "a probability": _spelt(r"prob|likelihood|pdf|pmf|_given_|gauss|normal(?!i)|mvn|densit"),
    "a sequence model": _spelt(
        r"obs|emi[st]|transition|alpha|beta|forward|backward|viterbi|delta|hmm|fwd|bwd|potential|partition|visible|crf"
    ),
    "a cluster": _spelt(r"k_?means|medoid|lloyd|clust|centroid|cent(?:er|re)s?(?:_|$)"),
    "an observation": _spelt(
        r"^(?:y|y_?true|actuals?|targets?|labels?|truth|ground_?truth|gt|y_?test|obs|observed)$"
    ),
    "a sum of squares": _spelt(r"sq(?!rt|ueez)|second|x2|sum2|mean2|avg2"),
    "a log scale": _spelt(
        r"^_?(?:\w+_)?(?:log|ln)_?(?:vars?|variances?|stds?|std_?devs?|sigmas?|sigma_?(?:sqs?|2)|scales?|sig)(?:_\w+)?$"
    ),
    "an advantage": _spelt(r"adv|^scores?$|^(?:min_?|target_?)?q(?:[_\d]\w*)?$|^q_?values?$"),
    # What names suggest of values (`stabcheck.static.infer.suggested`).
    "named-gradient": _spelt(r"grad"),
    "named-difference": _spelt(r"diff|disp|d[rx]$|residual|error|offset"),
    "named-probability": _spelt(r"^[pq]$|prob|prior"),
    "named-epsilon": _spelt(r"ep$|eps|tiny|delta|smooth|jitter|fudge"),
}
