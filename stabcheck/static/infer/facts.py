"""Facts: the answers to what guards, cards and detectors ask about a value."""

from __future__ import annotations

from functools import cached_property

from stabcheck.ops import Interval
from stabcheck.ops.dtypes import DEFAULT_DTYPES
from stabcheck.ops.interval import REAL
from stabcheck.static.graph import Apply, Call, Constant, Item, Reference, Site, Symbol, Value, strip
from stabcheck.static.infer import autodiff, dtypes, intervals, shapes, tags
from stabcheck.static.infer.induction import invariant
from stabcheck.static.infer.layout import truth
from stabcheck.static.infer.memo import Memo, below
from stabcheck.static.infer.shapes import Shape
from stabcheck.static.module import Module
from stabcheck.static.names import library

_MOST_OPEN_LOOPS = 8  # nested inductions; what is deeper is not known
_FRAMEWORKS = ("torch", "tensorflow", "jax", "keras")


class Facts:
    """What is known of the values of one module; found when asked for, and kept.

    Claims are sound: an interval holds for every input that the code as written can see at that place, and
    what is only likely (a name) is a tag that says so.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self._interval: Memo[Interval] = Memo(self._interval_of)
        self._open_loops: set[tuple[str, str, int]] = set()
        self._integer: Memo[bool] = Memo(lambda node: dtypes.integer(node, self._integer))
        self._dtype: Memo[str | None] = Memo(
            lambda node: dtypes.transfer(node, self._dtype, self.default_dtype)
        )
        self._shape: Memo[Shape] = Memo(lambda node: shapes.transfer(node, self._shape))
        self._tags: Memo[frozenset[str]] = Memo(
            lambda node: tags.transfer(node, self._tags, self._interval, self._integer)
        )
        self._library: Memo[str | None] = Memo(self._library_of)
        self._undifferentiated: dict[str, bool] = {}

    def release(self) -> None:
        """Forget all: what was found refers to itself, and would wait for the garbage collector."""
        self.__dict__.clear()

    def interval(self, value: Value) -> Interval:
        """Where the entries of `value` lie."""
        return self._interval(value)

    def _interval_of(self, node: Value) -> Interval:
        """The transfer of intervals, and induction for names that a loop changes."""
        loop = self.module.loops.get(node.definition) if isinstance(node, Symbol) else None
        if loop is None or not isinstance(node, Symbol) or node.definition in self._open_loops:
            return intervals.transfer(node, self._interval)
        if len(self._open_loops) >= _MOST_OPEN_LOOPS:
            return REAL
        self._open_loops.add(node.definition)
        try:
            return invariant(node, *loop, self._interval)
        finally:
            self._open_loops.discard(node.definition)

    def tags(self, value: Value) -> frozenset[str]:
        """What kind of quantity `value` is: the tags listed in `stabcheck.static.infer.tags`."""
        return self._tags(value)

    def integer(self, value: Value) -> bool:
        """Whether every entry of `value` is a whole number, whatever its dtype."""
        return self._integer(value)

    def dtype(self, value: Value) -> str | None:
        """The dtype of `value` ("float32") where the source gives evidence; numbers in Python have none."""
        return self._dtype(value)

    def shape(self, value: Value) -> Shape:
        """The sizes of `value`'s axes: integers, names in the source, None for a size that is not known."""
        return self._shape(value)

    def library(self, value: Value) -> str | None:
        """The column of the operation table whose arrays `value` is made of.

        Where no operation tells, the one array library that the file imports, if there is just one.
        """
        found = self._library(value)
        if found is not None:
            return found
        return self._only_library

    @cached_property
    def _only_library(self) -> str | None:
        arrays = self.module.libraries - {"math", "scipy"}
        if len(arrays) == 1:
            return next(iter(arrays))
        if arrays == {"tensorflow", "keras"}:
            return "tensorflow"
        return "math" if not arrays and "math" in self.module.libraries else None

    def _library_of(self, node: Value) -> str | None:
        if isinstance(node, Apply) and node.library != "python":
            return node.library
        if isinstance(node, Call):
            if node.result is not None and (found := self._library(node.result)) is not None:
                return found
            if node.function and not node.function.startswith("."):
                return library(node.function)
            if isinstance(node.callee, Item | Call):
                return self._library(node.callee)
            return None
        if isinstance(node, Reference | Constant):
            return None
        if isinstance(node, Item):
            return self._library(node.base)
        found_below = [self._library(each) for each in below(node)]
        for framework in _FRAMEWORKS:
            if framework in found_below:
                return framework
        return next((each for each in found_below if each is not None), None)

    def differentiated(self, site: Site, value: Value) -> bool:
        """Whether automatic differentiation applies to `value` as it is used at `site`.

        True for arrays of TensorFlow, Keras, PyTorch, JAX and autograd, except under `no_grad` and the like,
        behind `stop_gradient` or `detach`, in metrics, optimizers, custom gradients, evaluation and tests.
        """
        found = self.library(value)
        if found not in autodiff.DIFFERENTIATING and not (found == "numpy" and self._uses_autograd):
            return False
        if site.no_gradient or self._is_undifferentiated_file:
            return False
        name = site.function
        if name not in self._undifferentiated:
            self._undifferentiated[name] = autodiff.undifferentiated_function(self.module, name)
        if self._undifferentiated[name] or autodiff.behind_barrier(site, value):
            return False
        return not autodiff.counted_only(self.module, site)

    @cached_property
    def _uses_autograd(self) -> bool:
        return any(name.split(".")[0] == "autograd" for name in self.module.imports.values())

    @cached_property
    def _is_undifferentiated_file(self) -> bool:
        return autodiff.undifferentiated_path(self.module.path)

    def default_dtype(self, name: str) -> str:
        """The dtype that a library makes floats in, as far as this module says.

        JAX's x64 mode, `set_floatx` and `set_default_dtype` are heeded.
        """
        if name == "jax" and "jax_enable_x64" in self._settings:
            return "float64"
        if name in ("tensorflow", "keras") and "set_floatx" in self._settings:
            return self._settings["set_floatx"]
        if name == "torch" and "set_default_dtype" in self._settings:
            return self._settings["set_default_dtype"]
        return DEFAULT_DTYPES.get(name, "float64")

    @cached_property
    def _settings(self) -> dict[str, str]:
        """Calls that change a default, by the last part of the function, with the value they set."""
        found: dict[str, str] = {}
        for site in self.module.sites:
            call = site.value
            if not isinstance(call, Call) or call.function is None:
                continue
            last = call.function.rpartition(".")[2]
            arguments = [strip(each) for each in (*call.arguments, *call.keywords.values())]
            if last == "update" and len(arguments) == 2 and truth(arguments[1]):
                if isinstance(arguments[0], Constant) and arguments[0].value == "jax_enable_x64":
                    found["jax_enable_x64"] = "float64"
            elif last in ("set_floatx", "set_default_dtype") and arguments:
                first = arguments[0]
                if isinstance(first, Constant) and isinstance(first.value, str):
                    found[last] = first.value
                elif isinstance(first, Symbol):
                    found[last] = dtypes.name_of(first) or ""
        return found
