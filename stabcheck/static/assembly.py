"""New expressions made of the nodes of old ones, with or without the parentheses that they may need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from stabcheck.static.parentheses import WHOLE

# What binds more tightly than any operator.
_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.List, cst.Dict, cst.SimpleString)


class Assembly:
    """An expression with operands put in; which pairs of parentheses are written is for the caller to try.

    `open` are the pairs that may be needed or not: with all of them the meaning is plain. Parentheses that
    were around the old expression stay unless what they hold is now an atom in one line; those of an operand
    stay where they hold a comment.
    """

    def __init__(
        self, tree: cst.BaseExpression, operands: Mapping[str, cst.BaseExpression], old: cst.BaseExpression
    ) -> None:
        self.tree = tree
        self.operands = operands
        self.old = old
        names = [each.value for each in _below(tree) if isinstance(each, cst.Name) and each.value in operands]
        pairs = {index for index, name in enumerate(names) if not _settled(operands[name])}
        root = operands.get(tree.value, tree) if isinstance(tree, cst.Name) else tree
        self.enclosed = bool(old.lpar) and not (isinstance(root, _ATOMS) and _in_line(_parentheses(old)))
        self.open = frozenset(pairs if self.enclosed else {*pairs, WHOLE})

    def built(self, pairs: frozenset[int]) -> cst.BaseExpression:
        """The expression, with `pairs` of the open pairs written."""
        made = self.tree.visit(_Substitution(self.operands, pairs))
        assert isinstance(made, cst.BaseExpression)
        if self.enclosed or WHOLE in pairs:
            return _enclosed(made, self.old.lpar, self.old.rpar)
        return made


class _Substitution(cst.CSTTransformer):
    """Operands for the names that stand for them."""

    def __init__(self, operands: Mapping[str, cst.BaseExpression], pairs: frozenset[int]) -> None:
        super().__init__()
        self.operands = operands
        self.pairs = pairs
        self.count = 0

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        operand = self.operands.get(original_node.value)
        if operand is None:
            return updated_node
        index, self.count = self.count, self.count + 1
        copy = operand.deep_clone()
        if "#" in _parentheses(copy):
            return copy
        bare = copy.with_changes(lpar=(), rpar=())
        return _enclosed(bare, copy.lpar, copy.rpar) if index in self.pairs else bare


def _enclosed(
    node: cst.BaseExpression, left: Sequence[cst.LeftParen], right: Sequence[cst.RightParen]
) -> cst.BaseExpression:
    """`node` in these parentheses, or in plain ones if there are none."""
    before = [each.deep_clone() for each in left] or [cst.LeftParen()]
    behind = [each.deep_clone() for each in right] or [cst.RightParen()]
    return node.with_changes(lpar=[*before, *node.lpar], rpar=[*node.rpar, *behind])


def _settled(operand: cst.BaseExpression) -> bool:
    """Whether an operand needs no parentheses anywhere, or keeps those it has for the comment in them."""
    return "#" in _parentheses(operand) or (isinstance(operand, _ATOMS) and _in_line(_code(operand)))


def _parentheses(node: cst.BaseExpression) -> str:
    return "".join(_code(each) for each in (*node.lpar, *node.rpar))


def _in_line(code: str) -> bool:
    return "\n" not in code


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _below(child)
