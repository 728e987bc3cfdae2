"""Names and the values they hold, at every point of a function.

A scope keeps the current value of each name and the history of its bindings. A snapshot for a site is a point
in that history: it costs nothing to take, and finds a name by bisection.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import chain

from stabcheck.static.graph import COMPOSED, Assume, Call, Merge, Place, Reference, Symbol, Value, strip
from stabcheck.static.identity import same
from stabcheck.static.normal import key

Changes = dict[str, Value | None]  # name -> value, None where the name is not bound

_MOST_CHOICES = 8  # a name with more possible values than this is a new unknown
_DEEPEST = 200  # and so is one whose value is that many operations deep: what people write in a row has fewer
_FEW = 64  # bindings, after which depths are looked at


def unassume(value: Value) -> Value:
    """`value` without the assumptions around it; a call that was followed stays the call."""
    while isinstance(value, Assume):
        value = value.base
    return value


def depth(value: Value, known: dict[int, tuple[Value, int]]) -> int:
    """How many operations follow each other in a value; `known` are depths that were found before."""
    if value.__class__ not in COMPOSED:
        return 1
    stack = [value]
    while stack:
        node = stack[-1]
        if id(node) in known:
            stack.pop()
            continue
        below = COMPOSED[node.__class__](node)
        if isinstance(node, Call) and node.result is not None:
            below = (*below, node.result)
        deepest = 1 if below else 0
        missing: list[Value] = []
        for each in below:
            if each.__class__ in COMPOSED:
                found = known.get(id(each))
                if found is None:
                    missing.append(each)
                elif found[1] > deepest:
                    deepest = found[1]
        if missing:
            stack += missing
            continue
        known[id(node)] = node, 1 + deepest
        stack.pop()
    return known[id(value)][1]


class Scope:
    """The names of a function, a class body or a module, dotted ones ("self.eps") among them."""

    __slots__ = (
        "_by_key",
        "_by_node",
        "assigned",
        "clock",
        "depths",
        "dotted",
        "elsewhere",
        "function",
        "history",
        "log",
        "names",
        "parent",
        "versions",
    )

    def __init__(self, function: str, parent: Scope | None = None) -> None:
        self.function = function
        self.parent = parent
        self.names: dict[str, Value] = {}
        self.history: dict[str, tuple[list[int], list[Value | None]]] = {}
        self.assigned: dict[str, int] = {}  # how often the source assigns it, joins of branches left out
        self.versions: dict[str, int] = {}
        self.dotted: dict[str, set[str]] = {}  # "self" -> {"self.eps"}
        self.elsewhere: frozenset[str] = frozenset()  # names that other functions assign (`global`)
        self.log: list[tuple[str, Value | None]] = []  # what each binding replaced
        self.clock = 0
        self.depths: dict[int, tuple[Value, int]] = {}  # of values that names held, by their ids
        self._by_key: _Holders | None = None  # nobody asks most scopes
        self._by_node: _Holders | None = None

    def bind(self, name: str, value: Value) -> None:
        """`name = value`, as the source says."""
        self.assigned[name] = self.assigned.get(name, 0) + 1
        stale = self.dotted.get(name)
        if stale:
            for each in [each for each in stale if each in self.names]:
                self.set(each, None)
        if "." in name:
            self.dotted.setdefault(name.partition(".")[0], set()).add(name)
        self.set(name, value)

    def set(self, name: str, value: Value | None) -> None:
        """Let `name` hold `value` from here on, without counting it as an assignment.

        None takes the name away.
        """
        old = self.names.get(name)
        if old is value:
            return
        if self.clock >= _FEW and value is not None and depth(value, self.depths) > _DEEPEST:
            value = self.fresh(name, value.span)
        self.log.append((name, old))
        self._hold(name, value)

    def _hold(self, name: str, value: Value | None) -> None:
        """Write into the history that `name` holds `value` from here on."""
        self.clock += 1
        held = self.history.get(name)
        if held is None:
            self.history[name] = ([self.clock], [value])
        else:
            held[0].append(self.clock)
            held[1].append(value)
        if value is None:
            del self.names[name]
        else:
            self.names[name] = value

    def fresh(self, name: str, place: Place, kind: str = "local", source: Value | None = None) -> Symbol:
        """A new unknown for `name`."""
        version = self.versions.get(name, 0) + 1
        self.versions[name] = version
        return Symbol(place, name, (self.function, name, version), kind, None, source)

    def find(self, name: str) -> Value | None:
        """What `name` is here: a local, else what an enclosing scope binds to it."""
        value = self.names.get(name)
        if value is not None:
            return value
        scope = self.parent
        while scope is not None:
            value = scope.seen_from_inside(name)
            if value is not None:
                return value
            scope = scope.parent
        return None

    def seen_from_inside(self, name: str) -> Value | None:
        """What a nested function may rely on.

        It runs later, when any of the values that the name gets may hold.
        """
        current = self.names.get(name)
        if current is None or isinstance(current, Reference):
            return current
        if self.assigned.get(name, 0) <= 1 and name not in self.elsewhere:
            return unassume(current)
        return Symbol(current.place, name, (self.function, name, -1), "local" if self.function else "global")

    def equal_to(self, value: Value) -> Iterable[str]:
        """The names that at some time held what is arithmetically this value."""
        if self._by_key is None:
            self._by_key = _Holders(key)
        return self._by_key.of(value, self)

    def holding(self, value: Value) -> Iterable[str]:
        """The names that at some time held this very value, assumed of it what may be."""
        if self._by_node is None:
            self._by_node = _Holders(lambda value: id(strip(value)))
        return self._by_node.of(value, self)

    def mark(self) -> int:
        """A point to roll back to."""
        return len(self.log)

    def rollback(self, mark: int) -> Changes:
        """Restore the state at `mark`; what had changed since, with its last values."""
        log = self.log
        if len(log) == mark:
            return {}
        replaced = dict(log[: mark - 1 if mark else None : -1])  # the first of a name counts: it comes last
        changes: Changes = {}
        for name, old in replaced.items():
            held = changes[name] = self.names.get(name)
            if held is not old:
                self._hold(name, old)
        # These entries keep the names known to an enclosing rollback, with the values it wants.
        log[mark:] = replaced.items()
        return changes

    def forget_assumptions(self, mark: int) -> None:
        """Restore what was known at `mark`; names that got other values since (`:=`) keep them."""
        for name, value in self.rollback(mark).items():
            held = self.names.get(name)
            if value is not None and (held is None or unassume(held) is not unassume(value)):
                self.set(name, unassume(value))

    def join(self, arms: list[Changes], place: Place) -> None:
        """Go on after branches that met here: each arm's changes are relative to the present state."""
        if not arms:
            return
        names = arms[0] if len(arms) == 1 else dict.fromkeys(chain(*arms))
        for name in names:
            here = self.names.get(name)
            self.set(name, self.merged(name, [arm.get(name, here) for arm in arms], place))

    def merged(self, name: str, values: list[Value | None], place: Place) -> Value | None:
        """One value for `name` out of those that the branches left in it.

        An arm that left none does not count.
        """
        if len(values) == 1:
            return values[0]
        choices = list({id(value): value for value in values if value is not None}.values())
        if len(choices) <= 1:
            return choices[0] if choices else None
        for choice in choices:
            if isinstance(choice, Reference):
                return choice
        first = unassume(choices[0])
        if all([unassume(choice) is first for choice in choices]):  # noqa: C419 - there are two, mostly
            return first
        if len(choices) > _MOST_CHOICES:
            return self.fresh(name, place)
        if all(same(choices[0], choice) for choice in choices[1:]):
            return unassume(choices[0])
        return Merge(place, tuple(choices))


class _Holders:
    """The names of a scope by a key of the values that they ever held; made anew when it has changed."""

    __slots__ = ("_clock", "_key", "_names")

    def __init__(self, key: Callable[[Value], int]) -> None:
        self._key = key
        self._names: dict[int, dict[str, None]] = {}
        self._clock = -1

    def of(self, value: Value, scope: Scope) -> Iterable[str]:
        """The names whose values have the key of this one."""
        if self._clock != scope.clock:
            self._clock = scope.clock
            self._names = {}
            for name, (_, values) in scope.history.items():
                for each in values:
                    if each is not None:
                        self._names.setdefault(self._key(each), {})[name] = None
        return self._names.get(self._key(value), ())


class Bindings(Mapping[str, Value]):
    """The names that are live at one point of a scope, and those of the scopes around it."""

    __slots__ = ("_scope", "clock")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.clock = scope.clock

    def __getitem__(self, name: str) -> Value:
        value = self._local(name)
        if value is None:
            scope = self._scope.parent
            while value is None and scope is not None:
                value = scope.seen_from_inside(name)
                scope = scope.parent
        if value is None:
            raise KeyError(name)
        return value

    def _local(self, name: str) -> Value | None:
        history = self._scope.history.get(name)
        if history is None:
            return None
        times, values = history
        index = bisect_right(times, self.clock)
        return values[index - 1] if index else None

    def __iter__(self) -> Iterator[str]:
        own = [name for name in self._scope.history if self._local(name) is not None]
        yield from own
        seen = set(own)
        scope = self._scope.parent
        while scope is not None:
            for name in scope.names:
                if name not in seen:
                    seen.add(name)
                    yield name
            scope = scope.parent

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def among(self, names: Set[str]) -> Set[str]:
        """Those of the names that are bound here, and perhaps some that were."""
        return {name for scope in self._scopes() for name in names & scope.history.keys()}

    def naming(self, value: Value) -> Iterator[str]:
        """The names that are bound here to what is arithmetically this value.

        A file may have tens of thousands of names, and ask this for as many values.
        """
        wanted = key(value)
        asked = {value.name: None} if isinstance(value, Symbol) else {}
        for scope in self._scopes():
            asked.update(dict.fromkeys(scope.equal_to(value)))
        for name in asked:
            bound = self.get(name)
            if bound is not None and key(bound) == wanted:
                yield name

    def holding(self, value: Value) -> Iterator[str]:
        """The names that are bound here to this very value, assumed of it what may be."""
        asked = {name: None for scope in self._scopes() for name in scope.holding(value)}
        for name in asked:
            bound = self.get(name)
            if bound is not None and (bound is value or strip(bound) is value):
                yield name

    def _scopes(self) -> Iterator[Scope]:
        scope: Scope | None = self._scope
        while scope is not None:
            yield scope
            scope = scope.parent
