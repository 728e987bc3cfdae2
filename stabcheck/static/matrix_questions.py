"""Questions about inverses: what is inverted, and what else the function does with it."""

from __future__ import annotations

import re
from itertools import islice

from stabcheck.static.graph import (
    Apply,
    Value,
    operands,
    strip,
    walk,
)
from stabcheck.static.infer.suggested import of_name
from stabcheck.static.matrices import is_harmless
from stabcheck.static.normal import is_written, key
from stabcheck.static.places import within
from stabcheck.static.scene import Scene, is_op
from stabcheck.static.usage import is_shared, walk_inside


def reused(scene: Scene) -> bool:
    """The inverse at this place is used at other places too: computed once, applied many times."""
    module = getattr(scene.facts, "module", None)
    node = strip(scene.value)
    if module is None or not isinstance(node, Apply):
        return False
    inverse = next((each for each in islice(walk(node), 20) if is_op(scene, each, "inv")), None)
    return inverse is not None and is_shared(module, scene.site, inverse)


_COVARIANCE = re.compile(
    r"^(?:\w*_)?(?:cov(?:ariances?|mat)?|kernels?|gram|sigma|k|k_?[xy*]\w*|precision|hess(?:ian)?|fisher)(?:_\w{1,5})?$",
    re.IGNORECASE,
)


def covariance(scene: Scene, x: Value) -> bool:
    """A covariance, a kernel or a Hessian by its name, also with a term on its diagonal."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    node = strip(x)
    parts = (node, *map(strip, node.operands)) if isinstance(node, Apply) and node.op == "add" else (node,)
    return any(
        is_op(scene, each, "cov") or any(_COVARIANCE.search(name) for name in called(each, scene.site))
        for each in parts
    )


def inverts_harmlessly(scene: Scene, x: Value) -> bool:
    """The inverse of `x` is exact, or too close to it to speak of."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    if any("named-transform" in of_name(name) for name in called(strip(x), scene.site)):
        return True
    return is_harmless(x, scene.facts)


_SYSTEM = re.compile(
    r"^_*(?:[A-Z][A-Z]{0,2}\d?|\w*(?:gram|jac|laplac|lhs|system|stiffness|xtx|ata|normal|innovation)\w*)_*$"
)


_RIGHT_SIDE = re.compile(
    r"^(?:b|y|rhs|g|grads?|gradients?|residuals?|res|targets?|err(?:or)?s?|vec(?:tor)?s?)$"
)


def solves(scene: Scene, a: Value, b: Value) -> bool:
    """What is inverted is a system that can be ill-conditioned: by its making, its name or its right side."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    if covariance(scene, a) or any(map(_RIGHT_SIDE.search, called(strip(b), scene.site))):
        return True
    node = strip(a)
    terms = node.operands if isinstance(node, Apply) and node.op == "add" else (a,)
    if any(_SYSTEM.search(name) for each in terms for name in called(strip(each), scene.site)):
        return True
    return any(_is_gram(node) for node in islice(walk(a), 30))


def _is_gram(node: Value) -> bool:
    """`X.T @ …`, or a term on the diagonal."""
    if not isinstance(node, Apply):
        return False
    parts = [each for each in map(strip, node.operands) if isinstance(each, Apply)]
    if node.op in ("matmul", "dot"):
        return any(each.op in ("transpose", "matrix_transpose", "swapaxes") for each in parts)
    if node.op != "add":
        return False
    scaled = [strip(each) for part in parts if part.op == "multiply" for each in part.operands]
    return any(isinstance(each, Apply) and each.op == "eye" for each in (*parts, *scaled))


def projects(_: Scene, b: Value, x: Value) -> bool:
    """`b` is `x.T`, or a product that begins with it: the right-hand side of normal equations."""
    node, wanted = strip(b), key(x)
    while isinstance(node, Apply) and node.op in ("matmul", "dot"):
        node = strip(node.operands[0])
    if not isinstance(node, Apply) or node.op not in ("transpose", "matrix_transpose", "swapaxes"):
        return False
    return key(node.operands[0]) == wanted


def kept(scene: Scene) -> bool:
    """The inverse was made in another function and kept: solving there would not help here."""
    module = getattr(scene.facts, "module", None)
    node = strip(scene.value)
    inverse = next((each for each in islice(walk(node), 20) if is_op(scene, each, "inv")), None)
    function = module.functions.get(scene.site.function) if module is not None else None
    if inverse is None or function is None or not is_written(strip(inverse)):
        return False
    return not within(strip(inverse).span, function.span)


def sandwiched(scene: Scene) -> bool:
    """`inv(A) @ B @ inv(A)`: the covariance of an estimate, which is made of the inverse on both sides."""
    node = strip(scene.value)
    inverse = next((each for each in islice(walk(node), 20) if is_op(scene, each, "inv")), None)
    if inverse is None:
        return False
    wanted = key(inverse)
    used = [
        each
        for user in islice(walk_inside(scene.site.value), 200)
        for each in operands(user)
        if key(each) == wanted and strip(each) is not user
    ]
    return len(used) > 1
