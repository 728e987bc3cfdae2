"""Reading source files: text for the analyses, and all that is needed to write it back unchanged."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import tokenize
from collections import Counter
from dataclasses import dataclass

from stabcheck.static.finding import Problem

# What ends a line for Python's tokenizer. `str.splitlines` also splits at form feeds and U+2028: not these.
LINE_END = re.compile(r"\r\n|\r|\n")


def with_newlines(text: str) -> str:
    """A text with newlines for line ends, as Python itself reads it."""
    return LINE_END.sub("\n", text) if "\r" in text else text


@dataclass(frozen=True, slots=True)
class Source:
    """A source file as read.

    `raw` is the decoded text with its own line ends; in `text` they are all newlines, as Python itself reads
    it. A line has the same number and the same columns in both. `newline` is the most frequent line end.
    """

    path: str
    raw: str
    text: str
    encoding: str
    newline: str

    def encode(self, raw: str) -> bytes:
        """`raw` as bytes in this file's encoding, with its byte order mark.

        Raises
        ------
        UnicodeEncodeError
            if it holds a character that the encoding has not.
        """
        return raw.encode(self.encoding)


def read(path: str, shown: str | None = None) -> bytes | Problem:
    """The bytes of a regular file, or what is in the way; `shown` is the path for messages."""
    shown = path if shown is None else shown
    try:
        # Looked at before it is opened: opening a FIFO would wait for a writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return Problem(shown, "not a regular file")
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        return Problem(shown, f"can't be read: {error.strerror or error}")
    except ValueError as error:  # a null byte in the path
        return Problem(shown, f"can't be read: {error}")


def decode(data: bytes, path: str) -> Source | Problem:
    """The text of a Python file, decoded as Python does it (PEP 263: byte order mark, coding line)."""
    if b"\0" in data:
        return Problem(path, "can't be read: holds null bytes, so it is not Python source")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding == "utf-8" and data.startswith(codecs.BOM_UTF8):
            encoding = "utf-8-sig"
        raw = data.decode(encoding)
    except UnicodeDecodeError as error:
        return _undecodable(data, path, error)
    except (
        SyntaxError
    ) as error:  # an unknown encoding, a byte order mark that contradicts it, or no UTF-8 at the top
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as cause:
            if "missing" in (error.msg or ""):
                return _undecodable(data, path, cause)
        return Problem(path, f"can't be decoded: {error.msg}")
    if "\r" not in raw:
        return Source(path, raw, raw, encoding, "\n")
    ends = Counter(LINE_END.findall(raw))
    return Source(path, raw, LINE_END.sub("\n", raw), encoding, ends.most_common(1)[0][0])


def _undecodable(data: bytes, path: str, error: UnicodeDecodeError) -> Problem:
    line = len(LINE_END.findall(data[: error.start].decode("latin-1"))) + 1
    what = f"line {line} is not {error.encoding} (byte 0x{data[error.start]:02x})"
    return Problem(path, f"can't be decoded: {what}; name the encoding in a coding line")
