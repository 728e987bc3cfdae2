"""The user's frame among those of libraries."""

from __future__ import annotations

import linecache

import numpy as np

import stabcheck
from stabcheck.dynamic.trace.location import is_users, user_location


def test_what_is_the_users():
    assert is_users(__file__)
    assert not is_users(np.__file__)
    assert not is_users(linecache.__file__)
    assert not is_users(stabcheck.__file__)
    assert not is_users("<string>")
    assert not is_users("/somewhere/__autograph_generated_file1.py")


def test_library_frames_are_passed_over():
    found = []

    def note(row):
        found.append(user_location(1)[0])
        return row

    def caller():
        return np.apply_along_axis(lambda row: note(row) * 2, 0, np.ones(1))

    caller()
    assert found[0].path == __file__
    assert found[0].function == "<lambda>"
    assert "note(row)" in linecache.getline(found[0].path, found[0].line)


def test_columns_are_those_of_the_call():
    def function():
        return 1, user_location(0)[0]

    _, location = function()
    line = linecache.getline(location.path, location.line)
    assert line[location.column - 1 : location.end_column - 1] == "user_location(0)"
    assert location.function == "function"


def test_columns_count_characters_not_bytes():
    def function(x):
        return "Σσ" + x, user_location(0)[0]

    _, location = function("π")
    line = linecache.getline(location.path, location.line)
    assert line[location.column - 1 : location.end_column - 1] == "user_location(0)"
