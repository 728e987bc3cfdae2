"""What a TensorFlow function is a function of, and all that it reads: gathered once, before it is run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.adapters import keras
from stabcheck.dynamic.adapters.captures import Place, reach
from stabcheck.dynamic.adapters.tensorflow_names import layer_of, location_of, name_of, spoken_names
from stabcheck.dynamic.adapters.tensorflow_values import (
    as_numpy,
    dtype_name,
    floating,
    is_array,
    is_number,
    is_tensor,
    is_variable,
    kinds,
)
from stabcheck.dynamic.arguments import Item, align, as_arguments, is_number_list, items, rebuild
from stabcheck.dynamic.precision import numpy_dtype
from stabcheck.dynamic.problem import Leaf
from stabcheck.dynamic.report import Cause, Location

_FIRST_ITEM = 3  # roots: the function, its gradient, its vjp, then the values among the arguments


@dataclass(frozen=True, slots=True)
class Site:
    """One leaf: a value among the arguments, or a variable.

    `item` is its index among the values of the arguments, None for a variable that the function closes over.
    `variable` is the `tf.Variable` that holds it, if one does, and `holder` the Keras variable around that.
    `dtype` is what the function is given; None for plain Python numbers, which take the dtype of the rest.
    """

    name: str
    original: Any
    dtype: str | None
    varied: bool
    item: int | None = None
    argument: int | None = None
    variable: Any = None
    holder: Any = None

    def beyond(self, arguments: int) -> bool:
        """Whether it stands among the arguments, after the first `arguments` of them."""
        return self.argument is not None and self.argument >= arguments

    @property
    def plain(self) -> bool:
        """Whether the user gave an array of NumPy's, or plain numbers."""
        return self.variable is None and not is_tensor(self.original)


@dataclass(frozen=True, slots=True)
class Source:
    """The user's function and all that it reads.

    `roots` holds the function, its gradient, its vjp and the values among its arguments; its entries are
    places themselves, so that a compiled function among them is exchanged like any other.
    """

    name: str
    roots: list[Any]
    args: tuple[Any, ...]
    sites: tuple[Site, ...]
    places: tuple[tuple[Place, Any], ...]
    objects: tuple[Any, ...]
    dtype: str
    location: Location | None
    notes: tuple[str, ...] = ()
    suspects: tuple[Cause, ...] = ()

    @property
    def function(self) -> Callable[..., Any]:
        """The function, or its twin while an exchange is in force."""
        found: Callable[..., Any] = self.roots[0]
        return found

    @property
    def grad(self) -> Any:
        """The user's gradient: a callable, or the gradient itself."""
        return self.roots[1]

    @property
    def vjp(self) -> Any:
        """The user's vector-Jacobian product."""
        return self.roots[2]

    @property
    def differentiated_by_user(self) -> bool:
        """Whether the gradient under test is the user's own, so that arrays can be given as arrays."""
        return self.grad is not None or self.vjp is not None

    def arguments(self, natives: Sequence[Any]) -> tuple[Any, ...]:
        """The call's arguments, with `natives` at the sites and everything else as it is."""
        values = self.roots[_FIRST_ITEM:]
        for site, native in zip(self.sites, natives, strict=True):
            if site.item is not None:
                values[site.item] = native
        return rebuild(self.args, values)

    def aligned(self, result: Any) -> tuple[tuple[Any, ...], int]:
        """A user's gradient, one entry a site; and how many of the arguments it covers."""
        if any(site.item is None for site in self.sites):
            variables = [site.original for site in self.sites]
            single = len(variables) == 1 and not (isinstance(result, (list, tuple)) and len(result) == 1)
            entries, _ = align((result,) if single else tuple(result), variables)
            return entries, len(self.args)
        entries, covered = align(result, self.args)
        return tuple(entries[site.item] for site in self.sites if site.item is not None), covered

    def leaf(self, site: Site) -> Leaf:
        """The leaf at a site, as an array of the working dtype if it is varied."""
        array = np.array(as_numpy(site.variable if site.variable is not None else site.original))
        return Leaf(site.name, array.astype(numpy_dtype(self.dtype)) if site.varied else array, site.varied)

    def narrowed(self, dtype: str) -> Source:
        """The same with NumPy arguments given at `dtype`, as TensorFlow would convert them."""
        sites = tuple(
            dataclasses.replace(site, dtype=dtype) if site.plain and site.varied else site
            for site in self.sites
        )
        cast = [site for site in self.sites if site.plain and site.varied and site.dtype not in (None, dtype)]
        causes = tuple(_converted(site, dtype, self.location) for site in cast[:1])
        return dataclasses.replace(self, sites=sites, dtype=dtype, suspects=(*self.suspects, *causes))

    def covering(self, arguments: int) -> Source:
        """The same with only the first `arguments` arguments varied."""
        sites = tuple(
            dataclasses.replace(site, varied=site.varied and not site.beyond(arguments))
            for site in self.sites
        )
        held = [site.name for site in self.sites if site.varied and site.beyond(arguments)]
        note = f"no gradient given by {', '.join(held)}: held fixed"
        return dataclasses.replace(self, sites=sites, notes=(*self.notes, note))


def source_of(
    fn: Callable[..., Any],
    args: Any,
    grad: Any,
    variables: Any,
    vjp: Callable[..., Any] | None,
    name: str | None,
) -> Source:
    """Gather what `fn` is a function of, and the places of all that it reads."""
    arguments = as_arguments(args)
    layer = layer_of(fn)
    given = items(fn if layer is None else layer.call, arguments)
    chosen = _chosen(variables)
    roots = [fn, grad, vjp, *(item.value for item in given)]
    reached = reach([roots, chosen], kinds())
    if any(not layer.built for layer in keras.layers(reached.objects)):
        fn(*arguments)  # a layer makes its variables when it is first called
        reached = reach([roots, chosen], kinds())
    if variables is None and layer is not None and grad is None and vjp is None:
        chosen = list(layer.trainable_variables)
    elif variables is None and args is None:
        chosen = _trainable(reached.objects)
    sites = (*_variable_sites(chosen, fn), *_argument_sites(given))
    wanted = _working(sites)
    narrow = keras.narrowest(reached.objects)
    mixed = keras.mixed_policies(reached.objects)
    suspects: tuple[Cause, ...] = ()
    notes: tuple[str, ...] = ()
    if narrow is not None:
        suspects = () if mixed else _silent_casts(sites, narrow, location_of(fn))
        wanted = min(wanted, narrow[0], key=keras.WIDTH.__getitem__)
    if mixed:
        notes = (f"mixed precision: {', '.join(mixed[:3])} keep float32 weights and compute in {wanted}",)
    return Source(
        name or name_of(fn),
        roots,
        arguments,
        sites,
        reached.places,
        reached.objects,
        wanted,
        location_of(fn),
        notes,
        suspects,
    )


def _chosen(variables: Any) -> list[Any]:
    if variables is None:
        return []
    if keras.is_layer(variables):
        return list(variables.trainable_variables)
    single = is_variable(variables) or keras.is_variable(variables)
    return [variables] if single else list(variables)


def _trainable(objects: Iterable[Any]) -> list[Any]:
    """Trainable variables in the order of their discovery; a Keras variable, not the one inside it."""
    found = [value for value in objects if is_variable(value) or keras.is_variable(value)]
    inner = {id(value._value) for value in found if keras.is_variable(value)}
    return [value for value in found if value.trainable and floating(value.dtype) and id(value) not in inner]


def _variable_sites(variables: Sequence[Any], fn: Any) -> Iterable[Site]:
    spoken = spoken_names(fn) if variables else {}
    shared = keras.shared_prefix(variables)
    for index, value in enumerate(variables):
        inner = value._value if keras.is_variable(value) else value
        if keras.is_variable(value):
            name = keras.variable_name(value, shared)
        elif is_variable(value):
            name = spoken.get(id(value)) or str(value.name).partition(":")[0]
        else:
            name = f"variables[{index}]"
        holder = value if keras.is_variable(value) else None
        yield Site(name, value, dtype_name(inner), floating(inner.dtype), variable=inner, holder=holder)


def _argument_sites(given: Sequence[Item]) -> Iterable[Site]:
    for index, item in enumerate(given):
        value = item.value
        inner = value._value if keras.is_variable(value) else value
        if is_variable(inner):
            holder = value if inner is not value else None
            dtype, varied = dtype_name(inner), floating(inner.dtype)
            yield Site(item.name, value, dtype, varied, index, item.argument, inner, holder)
        elif is_tensor(value) or is_array(value):
            if isinstance(value, tf.Tensor) and value.dtype == tf.string:
                continue
            yield Site(item.name, value, dtype_name(value), floating(value.dtype), index, item.argument)
        elif is_number(value) or is_number_list(value):
            array = np.asarray(value)
            fixed = None if array.dtype.kind == "f" else array.dtype.name
            yield Site(item.name, array, fixed, array.dtype.kind == "f", index, item.argument)


def _working(sites: Iterable[Site]) -> str:
    """The narrowest floating-point dtype among the leaves; TensorFlow's default if there are only numbers."""
    found = [str(site.dtype) for site in sites if site.varied and site.dtype in keras.WIDTH]
    return min(found, key=keras.WIDTH.__getitem__, default="float32")


def _silent_casts(
    sites: Iterable[Site], narrow: tuple[str, str], location: Location | None
) -> tuple[Cause, ...]:
    """The first leaf that is wider than what a layer computes in."""
    for site in sites:
        if site.varied and site.dtype in keras.WIDTH and keras.WIDTH[site.dtype] > keras.WIDTH[narrow[0]]:
            return (keras.silent_cast(site.dtype, *narrow, site.name, location),)
    return ()


def _converted(site: Site, dtype: str, location: Location | None) -> Cause:
    return Cause(
        "dtype-mismatch",
        f"{site.name} is a {site.dtype} array of NumPy's, but the function computes in {dtype}: TensorFlow "
        f"converts it silently; a step below {2.0 ** (1 - keras.WIDTH[dtype]):.1e} of its value is lost",
        f"check in one dtype: tf.constant({site.name.partition('[')[0]}, tf.{dtype}), "
        f"or make the variables {site.dtype}",
        {"given": site.dtype, "computed": dtype, "argument": site.name},
        location,
    )
