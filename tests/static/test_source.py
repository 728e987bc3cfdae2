"""Files are decoded as Python decodes them, and encode back to the bytes they were."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.finding import Problem
from stabcheck.static.source import Source, decode, read


def source(data: bytes) -> Source:
    result = decode(data, "a.py")
    assert isinstance(result, Source), result
    return result


@pytest.mark.parametrize(
    ("data", "text", "newline"),
    [
        (b"", "", "\n"),
        (b"x = 1\n", "x = 1\n", "\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n", "\r\n"),
        (b"x = 1\ry = 2\r", "x = 1\ny = 2\n", "\r"),
        (b"x = 1\r\ny = 2\nz = 3\n", "x = 1\ny = 2\nz = 3\n", "\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "\n"),
        (
            "# -*- coding: latin-1 -*-\ns = 'é'\n".encode("latin-1"),
            "# -*- coding: latin-1 -*-\ns = 'é'\n",
            "\n",
        ),
        (b"x = 1\n\x0cy = 2\n", "x = 1\n\x0cy = 2\n", "\n"),
    ],
)
def test_text_is_what_python_reads_and_bytes_come_back(data, text, newline):
    result = source(data)
    assert result.text == text
    assert result.newline == newline
    assert result.encode(result.raw) == data


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60), st.booleans())
def test_any_text_comes_back(text, bom):
    data = (b"\xef\xbb\xbf" if bom else b"") + ("#\n#\n" + text.lstrip("﻿")).encode()
    result = source(data)
    assert result.encode(result.raw) == data
    assert "\r" not in result.text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\0\n", "null bytes"),
        (b"# fine\nx = '\xe9'\n", "line 2 is not utf-8 (byte 0xe9)"),
        (b"# coding: no-such-encoding\n", "unknown encoding"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "encoding problem"),
    ],
)
def test_what_is_not_text_is_a_problem(data, message):
    result = decode(data, "a.py")
    assert isinstance(result, Problem)
    assert message in result.message
    assert "\n" not in result.message
    assert result.path == "a.py"


def test_a_fifo_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    assert read(str(tmp_path / "pipe.py")) == Problem(str(tmp_path / "pipe.py"), "not a regular file")


@pytest.mark.parametrize("name", ["missing.py", "null\0byte.py"])
def test_what_cannot_be_opened_is_a_problem(tmp_path, name):
    result = read(str(tmp_path / name), shown="as given")
    assert isinstance(result, Problem)
    assert result.path == "as given"
