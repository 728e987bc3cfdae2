"""Where a run takes a tensor's numbers out of TensorFlow: what is made of them has no gradient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tensorflow.python.framework import ops

from stabcheck.dynamic.trace.location import user_location

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.tensorflow_recorder import Recorder

DOORS = ("numpy", "__array__", "__float__")  # methods of eager tensors that give numbers away


@contextmanager
def watching(recorder: Recorder) -> Iterator[None]:
    """Note where the user's lines read the numbers of a tensor that the run has computed."""
    tensors = ops._EagerTensorBase
    originals = {name: getattr(tensors, name) for name in DOORS}

    def noted(original: Any) -> Any:
        def read(tensor: Any, *arguments: Any, **keywords: Any) -> Any:
            if not recorder.busy and recorder.phase == "forward" and tensor._id in recorder.producer:
                place, _ = user_location(1)
                if place is not None and place not in recorder.detours:
                    recorder.detours.append(place)
            return original(tensor, *arguments, **keywords)

        return read

    for name, original in originals.items():
        setattr(tensors, name, noted(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(tensors, name, original)
