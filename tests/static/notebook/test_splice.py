"""New source in the JSON text of a notebook: what does not change stays byte for byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.notebook.splice import Json
from stabcheck.static.source import LINE_END

TEXT = st.text(st.sampled_from('ab \n\r\t"\\/é😀\u2028\x7f'), max_size=30)
NEW = st.text(st.sampled_from('ab \n\t"\\/é😀\u2028\x7f'), max_size=30)
SOURCE = TEXT | st.lists(TEXT, min_size=1, max_size=4)
STYLE = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 1, 2, "\t"]),
        "ensure_ascii": st.booleans(),
        "sort_keys": st.booleans(),
    }
)


def joined(source):
    return source if isinstance(source, str) else "".join(source)


def notebook(*sources):
    cells = [
        {"outputs": [{"text": ["source", '"source": [']}], "source": source, "metadata": {"é": "\x7f"}}
        for source in sources
    ]
    return {"metadata": {"cells": [{"source": "no"}]}, "cells": cells, "nbformat": 4}


@given(st.lists(SOURCE, min_size=1, max_size=3), st.lists(NEW, min_size=3, max_size=3), STYLE)
def test_only_the_source_changes(sources, new, style):
    text = json.dumps(notebook(*sources), **style)
    given_json = Json(text)
    assert [literal.text for literal in given_json.literals] == [joined(source) for source in sources]
    changed = dict(enumerate(new[: len(sources)]))
    made = given_json.replaced(changed)
    expected = notebook(*sources)
    for number, source in changed.items():
        assert LINE_END.sub("\n", joined(json.loads(made)["cells"][number]["source"])) == source
        expected["cells"][number]["source"] = json.loads(made)["cells"][number]["source"]
    assert json.loads(made) == expected
    assert (
        given_json.replaced({i: LINE_END.sub("\n", joined(each)) for i, each in enumerate(sources)}) == text
    )


def test_unchanged_lines_keep_their_escapes():
    text = r'{"cells": [{"source": ["a = \"\u00e9\"\n", "b\n", "c = \u0041\ud83d\ude00"]}]}'
    assert Json(text).replaced({0: 'a = "é"\nB\nc = A😀'}) == text.replace(r'"b\n"', r'"B\n"')
    text = r'{"cells": [{"source": "a = \u00e9\nb\nc\u0041"}]}'
    assert Json(text).replaced({0: "a = é\nB\nnew é\ncA"}) == text.replace(r"\nb\n", r"\nB\nnew \u00e9\n")


def test_new_lines_look_like_their_neighbours():
    text = '{"cells": [\n  {"source": [\n    "a\\n",\n    "b"\n  ]}\n]}\n'
    made = Json(text).replaced({0: "a\nnew\nb"})
    assert made == text.replace('"a\\n",\n', '"a\\n",\n    "new\\n",\n')


@pytest.mark.parametrize("indent", [None, 1])
def test_lines_of_the_file(indent):
    text = json.dumps(notebook(["x\n", "y\n", "z"], "p\nq", ["a", "b\n", "c"]), indent=indent)
    found = Json(text)
    lines = text.split("\n")
    for cell, row, expected in [
        (0, 1, '"x'),
        (0, 2, '"y'),
        (0, 3, '"z'),
        (1, 2, '"p'),
        (2, 1, '"a"'),
        (2, 2, '"c"'),
    ]:
        assert expected in lines[found.line(cell, row) - 1]


def test_line_ends_stay():
    text = json.dumps({"cells": [{"source": ["a\r\n", "b\r\n", "c"]}]})
    assert Json(text).replaced({0: "a\nB\nnew\nc"}) == json.dumps(
        {"cells": [{"source": ["a\r\n", "B\r\n", "new\r\n", "c"]}]}
    )


def test_cells_of_version_3():
    text = json.dumps({"worksheets": [{"cells": [{"input": ["a\n", "b"]}, {"cell_type": "heading"}]}]})
    assert [literal and literal.text for literal in Json(text).literals] == ["a\nb", None]
    assert Json(text).replaced({0: "a\nc"}) == text.replace('"b"', '"c"')
