"""Where in the user's source an operation was called, and in which layer."""

from __future__ import annotations

import linecache
import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from types import CodeType, FrameType

from stabcheck.dynamic.report import Location

_OWN_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep


@lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")}
    folders.update(site.getsitepackages() if hasattr(site, "getsitepackages") else ())
    folders.add(site.getusersitepackages())
    return (
        *(os.path.join(os.path.realpath(folder), "") for folder in folders),
        *(os.path.join(folder, "") for folder in folders),
        _OWN_PACKAGE,
    )


@lru_cache(maxsize=4096)
def is_users(filename: str) -> bool:
    """Whether a file is the user's: neither installed, nor of the standard library, nor stabcheck's own.

    Files that TensorFlow's AutoGraph writes are not: the frame that called them is what a person knows.
    """
    if filename.startswith("<") or "__autograph_generated_file" in filename:
        return False
    return not os.path.abspath(filename).startswith(_library_folders())


@lru_cache(maxsize=65536)
def _position(path: str, code: CodeType, instruction: int) -> tuple[int | None, int | None]:
    """First and last column (from 1) of the expression that an instruction belongs to, if on one line.

    Python counts columns in bytes of UTF-8, a location in characters.
    """
    found = next(islice(code.co_positions(), instruction // 2, None), None)
    if found is None:
        return None, None
    line, end_line, column, end_column = found
    if line is None or column is None or end_column is None:
        return None, None
    encoded = linecache.getline(path, line).encode()
    first, last = (len(encoded[:offset].decode(errors="replace")) + 1 for offset in (column, end_column))
    if not encoded:  # no source to look at
        first, last = column + 1, end_column + 1
    return first, last if line == end_line else None


@lru_cache(maxsize=65536)
def _location(path: str, code: CodeType, line: int, instruction: int) -> Location:
    # `path` is part of the key: code objects of two files may be equal.
    column, end_column = _position(path, code, instruction)
    return Location(path, line, code.co_name, column, end_column)


def frame_location(frame: FrameType) -> Location:
    """The line and columns that a frame is executing."""
    return _location(
        frame.f_code.co_filename, frame.f_code, frame.f_lineno or frame.f_code.co_firstlineno, frame.f_lasti
    )


def user_location(depth: int = 1) -> tuple[Location | None, str | None]:
    """The innermost frame of the user's own code on the stack, and the innermost layer that is called.

    A layer is an object whose `call` method is running and that has a `name` or a `path` (Keras, tf.Module).
    The location is None when the whole stack is library code.
    """
    layer: str | None = None
    for frame in _frames(sys._getframe(depth + 1)):
        if layer is None and frame.f_code.co_name in ("call", "__call__"):
            layer = _layer_name(frame)
        if is_users(frame.f_code.co_filename):
            return frame_location(frame), layer
    return None, layer


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _layer_name(frame: FrameType) -> str | None:
    owner = frame.f_locals.get("self") if "self" in frame.f_code.co_varnames[:1] else None
    if owner is None or not hasattr(owner, "trainable_variables"):
        return None
    name = getattr(owner, "path", None) or getattr(owner, "name", None)
    return name if isinstance(name, str) else None
