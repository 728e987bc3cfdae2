"""JSON that every reader accepts: RFC 8259 has no NaN and no Infinity, so that these become text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any


def dumps(value: Any) -> str:
    """`value` as indented JSON: text for what is not finite, numbers for scalars of NumPy."""
    return json.dumps(plain(value), indent=2, allow_nan=False)


def plain(value: Any) -> Any:
    """`value` made of what JSON has: dicts, lists, text, numbers, truth values and None."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if isfinite(value) else repr(float(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # an array or a scalar of NumPy, without importing it
        return plain(value.tolist())
    return str(value)
