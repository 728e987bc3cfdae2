"""Where NumPy itself first saw an overflow or an invalid operation: for code that can't be rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from stabcheck.dynamic.trace.event import Event
from stabcheck.dynamic.trace.location import user_location

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.numpy_watch import Watch


class ErrorState:
    """A context in which floating-point errors of NumPy become events, one a line and kind.

    The operation isn't known, only the kind of error and the line; `runtime` names the kind.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._seen: set[tuple[str, tuple[str, int] | None]] = set()
        self._state = np.errstate(over="call", divide="call", invalid="call", call=self._note)

    def __enter__(self) -> ErrorState:
        self._state.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._state.__exit__(*error)

    def _note(self, kind: str, _: int) -> None:
        location, _layer = user_location(1)
        key = kind, (location.path, location.line) if location else None
        if key in self._seen:
            return
        self._seen.add(key)
        watch = self._watch
        watch.counts["error state"] += 1
        watch.events.append(
            Event(
                index=len(watch.events),
                operation=kind,
                producers=(),
                location=location,
                phase=watch.phase,
                mode="leaf",
                dtype="float64",
                runtime=kind,
                nonfinite=1,
                first_nonfinite=True,
                overflowed=int(kind == "overflow"),
                nans=int(kind == "invalid value"),
            )
        )
