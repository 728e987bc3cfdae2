"""Outputs of networks by what they are called: log-variances and other log-scales, advantages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from stabcheck.static.detectors._data import called
from stabcheck.static.detectors._memo import once_per_module
from stabcheck.static.detectors._passed import passed
from stabcheck.static.detectors._tested import snake
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Item, Site, Symbol, Value, walk
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import picked_from, source
from stabcheck.static.module import Module
from stabcheck.static.naming import NAMES
from stabcheck.static.normal import term
from stabcheck.static.usage import statements

BOUNDS = ("clip", "maximum", "minimum", "tanh", "softplus", "sigmoid", "hard_sigmoid", "relu6")
# Functions of models, to which others pass what a network says.
_OF_MODELS = re.compile(
    r"(?:^|[_.])(?:re_?param\w*|kl\w*|sampl\w*|r?sample|latents?|vae|encod\w*|decod\w*|elbo|nll|losse?s?|posterior|policy|actor|"
    r"gauss\w*|forward|call|likelihood|log_?prob\w*|log_?normal\w*|log_?density)(?:$|[_.\d])",
    re.IGNORECASE,
)
# What makes a file one of networks: log-scales elsewhere are settings, parameters of a distribution.
_LAYERS = re.compile(r"\b(?:nn\.Module|Module\)|Layer\)|Model\)|(?:Linear|Dense|dense|Conv[123][dD])\()")
_VARIABLES = frozenset({"Variable", "get_variable", "Parameter"})
_ADVANTAGE = re.compile(r"(?:^|_)(?:advs?|advantages?)(?:_\w+)?$", re.IGNORECASE)
_SCORE = re.compile(r"^scores?$")
_TEMPERATURE = re.compile(r"^(?:\w+_)?(?:beta|temp(?:erature)?|lam(?:bda)?_?|tau|eta)$", re.IGNORECASE)
_NORMALISED = re.compile(r"norm", re.IGNORECASE)
_ACTION_VALUE = re.compile(r"^(?:min_?|target_?)?q(?:[_\d]\w*)?$|^q_?values?$", re.IGNORECASE)
_STATE_VALUE = re.compile(r"^(?:v|vf|vs|values?|baseline)(?:[_\d]\w*)?$", re.IGNORECASE)


def is_log_scale(value: Value, module: Module, site: Site) -> bool:
    """A log-variance or the like that a model is given or has put out, and that the file bounds nowhere.

    What is learned as it is (`self.log_std`) has no outliers; what is computed here is known better.
    """
    node = source(value)
    is_log_scale = NAMES["a log scale"]
    if not any(map(is_log_scale, called(node, site))):
        return False
    if isinstance(node, Item):
        base = picked_from(node)
        if isinstance(base, Symbol) and base.kind not in ("parameter", "local"):
            return False
    elif isinstance(node, Symbol) and node.kind == "parameter":
        if _OF_MODELS.search(snake(site.function)) is None or node.definition[0].endswith("__init__"):
            return False
    else:
        return False
    return _LAYERS.search(module.text) is not None and not bounds_log_scales(module)[0]


def is_layer(value: Value, module: Module, facts: Facts) -> bool:
    """What the same file passes for the parameter is the output of a layer, and nothing else."""
    given = list(islice(passed(module, value), 8))
    return bool(given) and all(
        "logit" in facts.tags(each) and "clipped" not in facts.tags(each) for each in given
    )


def is_affine(value: Value) -> bool:
    """`x @ W + b` with a variable: a linear layer that is written out."""
    node = source(value)
    if isinstance(node, Apply) and node.op in ("add", "bias_add") and len(node.operands) == 2:
        return any(map(is_affine, node.operands))
    if not isinstance(node, Apply) or node.op not in ("matmul", "dot"):
        return False
    return any(
        isinstance(each, Call) and (each.function or "").rpartition(".")[2] in _VARIABLES
        for operand in node.operands
        for each in islice(walk(operand), 12)
    )


def is_advantage(value: Value, site: Site) -> bool:
    """An advantage, or a score over a temperature: differences of outputs of networks."""
    node = source(term(value).value)
    over_temperature = False
    if isinstance(node, Apply) and node.op == "divide":
        over_temperature = any(map(_TEMPERATURE.search, called(source(node.operands[1]), site)))
        node = source(node.operands[0])
    elif isinstance(node, Apply) and node.op == "multiply":
        for one, other in (node.operands, node.operands[::-1]):
            if any(map(_TEMPERATURE.search, called(source(one), site))):
                over_temperature, node = True, source(other)
                break
    names = called(node, site)
    if any(map(_NORMALISED.search, names)):
        return False
    if any(map(_ADVANTAGE.search, names)):
        return True
    if over_temperature and any(map(_SCORE.search, names)):
        return True
    if not isinstance(node, Apply) or node.op != "subtract" or not over_temperature:
        return False
    left, right = (called(source(each), site) for each in node.operands)
    return any(map(_ACTION_VALUE.search, left)) and any(map(_STATE_VALUE.search, right))


def is_bounded_later(node: Value, module: Module, site: Site) -> bool:
    """The function clips the exponential itself: inf becomes the bound."""
    return any(
        isinstance(each, Apply)
        and each.op in ("clip", "minimum")
        and any(source(part) is node for part in each.operands)
        for other in statements(module).functions[site.function]
        for each in islice(walk(other.value), 60)
    )


def weighs_a_draw(node: Value, module: Module, site: Site) -> bool:
    """`multinomial(exp(z / t))`: a softmax without its shift, whose weights are inf."""
    return any(
        isinstance(each, Call)
        and (each.function or "").rpartition(".")[2] == "multinomial"
        and any(source(part) is node for part in each.arguments[:1])
        for other in statements(module).functions[site.function]
        for each in islice(walk(other.value), 20)
    )


@once_per_module
def bounds_log_scales(module: Module) -> Iterable[bool]:
    """Whether the file keeps anything that is called a log-scale between bounds."""
    is_log_scale = NAMES["a log scale"]
    yield any(
        any(map(is_log_scale, called(source(each), site)))
        for site, node in operations(module, *BOUNDS)
        for each in (node, *node.operands)
    )
