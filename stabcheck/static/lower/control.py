"""Statements that choose and repeat: if, loops, try, match.

Branches meet in merges, loops start from unknowns.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from stabcheck.static.graph import Call, Place, Symbol, Value, strip
from stabcheck.static.lower.conditions import assume
from stabcheck.static.lower.frame import Frame, statement
from stabcheck.static.lower.local import LocalClass
from stabcheck.static.lower.scope import Changes
from stabcheck.static.lower.targets import bind_element


@statement(ast.If)
def _if(frame: Frame, node: ast.If) -> bool:
    """An if with all its elifs at once: their syntax tree is as deep as the chain is long."""
    scope = frame.scope
    start = scope.mark()
    arms: list[Changes] = []
    current = node
    while True:
        test = frame.site(current.test)
        before = scope.mark()
        assume(frame, test, True)
        alive = _in_phase(frame, current.body, _trains(current.test) is not False)
        changes = scope.rollback(before)
        if alive:
            arms.append(changes)
        assume(frame, test, False)
        if len(current.orelse) != 1 or not isinstance(current.orelse[0], ast.If):
            break
        current = current.orelse[0]
    alive = _in_phase(frame, current.orelse, _trains(current.test) is not True)
    changes = scope.rollback(start)
    if alive:
        arms.append(changes)
    scope.join(arms, frame.unit.place(node))
    return bool(arms)


def _trains(test: ast.expr) -> bool | None:
    """Whether a condition says that the model is being trained (`if self.training`), or is not; else None."""
    match test:
        case ast.Attribute(attr="training") | ast.Name(id="training" | "is_training"):
            return True
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _trains(operand)
            return None if inner is None else not inner
        case _:
            return None


def _in_phase(frame: Frame, body: list[ast.stmt], training: bool) -> bool:
    """Lower a branch; what runs only in inference is not differentiated."""
    outer = frame.no_gradient
    frame.no_gradient = outer or not training
    alive = frame.block(body)
    frame.no_gradient = outer
    return alive


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, bool]]:
    """The names, dotted ones too, that some statements may change, in the scope that they stand in.

    With each, whether it may get another value: `model.eval()` changes what the name holds, at most.
    """
    stack: list[ast.stmt] = list(body)
    while stack:
        node = stack.pop()
        called = isinstance(node, ast.Expr)
        match node:
            case ast.Assign():
                targets = node.targets
            case ast.AugAssign() | ast.AnnAssign() | ast.For() | ast.AsyncFor():
                targets = [node.target]
            case ast.With() | ast.AsyncWith():
                targets = [each.optional_vars for each in node.items if each.optional_vars is not None]
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=base))):
                targets = [base]
            case ast.Expr(value=ast.Call(keywords=keywords)):
                targets = [each.value for each in keywords if each.arg == "out"]
            case ast.Delete():
                targets = node.targets
            case _:
                targets = []
        for target in targets:
            yield from ((name, not called) for name in _names(target))
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                break
            for inner in getattr(node, field, ()):
                if isinstance(inner, ast.ExceptHandler | ast.match_case):
                    stack.extend(inner.body)
                elif isinstance(inner, ast.stmt):
                    stack.append(inner)


def _names(target: ast.expr) -> Iterator[str]:
    stack = [target]
    while stack:
        node = stack.pop()
        parts: list[str] = []
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
            elif isinstance(node, ast.Subscript):
                parts.clear()
            node = node.value
        if isinstance(node, ast.Tuple | ast.List):
            stack.extend(node.elts)
        elif isinstance(node, ast.Name):
            yield ".".join([node.id, *reversed(parts)])


def _renew(frame: Frame, body: list[ast.stmt], place: Place, kind: str) -> dict[str, tuple[Value, Symbol]]:
    """Names that `body` changes hold an unknown value when it is entered again; what they held, and hold."""
    scope = frame.scope
    renewed: dict[str, tuple[Value, Symbol]] = {}
    changed: dict[str, bool] = {}
    for name, anew in _assigned(body):
        changed[name] = changed.get(name, False) or anew
    for name, anew in changed.items():
        before = scope.names.get(name)
        if before is not None and (anew or not _is_instance(before)):
            renewed[name] = (before, scope.fresh(name, place, kind))
            scope.set(name, renewed[name][1])
    return renewed


def _is_instance(value: Value) -> bool:
    """An object of a class of this file: its methods stay what they are, whatever is called of it."""
    inner = strip(value)
    return isinstance(inner, Call) and isinstance(inner.callee, LocalClass)


@statement(ast.For, ast.AsyncFor)
def _for(frame: Frame, node: ast.For | ast.AsyncFor) -> bool:
    iterable = frame.site(node.iter)
    place = frame.unit.place(node)

    def enter() -> None:
        bind_element(frame, node.target, iterable)

    _loop(frame, node.body, place, enter)
    frame.block(node.orelse)
    return True


@statement(ast.While)
def _while(frame: Frame, node: ast.While) -> bool:
    place = frame.unit.place(node)
    test: list[Value] = []

    def enter() -> None:
        test.append(frame.site(node.test))
        assume(frame, test[0], True)

    jumped = _loop(frame, node.body, place, enter)
    forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
    if forever and not jumped:
        return False
    frame.block(node.orelse)
    return True


def _loop(frame: Frame, body: list[ast.stmt], place: Place, enter: Callable[[], None]) -> bool:
    """Lower a loop's body once, from unknowns; whether it was left by a jump."""
    scope = frame.scope
    outer, frame.jumps = frame.jumps, False
    mark = scope.mark()
    renewed = _renew(frame, body, place, "loop")
    enter()
    alive = frame.block(body)
    after = scope.rollback(mark)
    jumped, frame.jumps = frame.jumps, outer
    if jumped or not alive:
        # The loop may be left in the middle: what it changes is unknown from here on.
        for name in after:
            scope.set(name, scope.fresh(name, place, "loop"))
    else:
        for name, (before, symbol) in renewed.items():
            again = after.get(name)
            if again is not None:
                frame.unit.loops[symbol.definition] = (before, again)
        scope.join([{}, after], place)
    return jumped


@statement(ast.Break, ast.Continue)
def _jump(frame: Frame, node: ast.Break | ast.Continue) -> bool:
    frame.jumps = True
    return False


@statement(ast.Try, ast.TryStar)
def _try(frame: Frame, node: ast.Try) -> bool:
    scope = frame.scope
    place = frame.unit.place(node)
    mark = scope.mark()
    arms: list[Changes] = []
    alive = frame.block(node.body) and frame.block(node.orelse)
    changes = scope.rollback(mark)
    if alive:
        arms.append(changes)
    for handler in node.handlers:
        # The body may have stopped anywhere.
        _renew(frame, node.body, place, "local")
        if handler.type is not None:
            frame.site(handler.type)
        if handler.name:
            scope.bind(handler.name, scope.fresh(handler.name, frame.unit.place(handler)))
        alive = frame.block(handler.body)
        changes = scope.rollback(mark)
        if alive:
            arms.append(changes)
    scope.join(arms, place)
    end = frame.block(node.finalbody)
    return end and bool(arms)


@statement(ast.Match)
def _match(frame: Frame, node: ast.Match) -> bool:
    scope = frame.scope
    frame.site(node.subject)
    mark = scope.mark()
    arms: list[Changes] = []
    exhaustive = False
    for case in node.cases:
        for name in _captured(case.pattern):
            scope.bind(name, scope.fresh(name, frame.unit.place(case.pattern)))
        if case.guard is not None:
            assume(frame, frame.site(case.guard), True)
        alive = frame.block(case.body)
        changes = scope.rollback(mark)
        if alive:
            arms.append(changes)
        exhaustive |= (
            case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
        )
    if not exhaustive:
        arms.append({})
    scope.join(arms, frame.unit.place(node))
    return bool(arms)


def _captured(pattern: ast.pattern) -> Iterator[str]:
    for node in ast.walk(pattern):
        name = (
            getattr(node, "rest", None) if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
        )
        if isinstance(name, str):
            yield name
