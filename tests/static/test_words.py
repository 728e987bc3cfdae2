"""Words: what tells before anything is parsed that a rule can't speak of a text."""

from stabcheck.static.words import code_of, names_of, words_of


def test_sentences_are_no_code_and_names_in_strings_are():
    text = (
        "f('float16', 'this is not any sum, a - b, of any sort', f'this is {a / b}, or may be one of them')\n"
    )
    assert {b"float16", b"a", b"b"} <= words_of(code_of(text))
    assert b"sum" not in words_of(code_of(text))
    assert code_of("f('a \\\n long sentence that goes over lines, to its end')\nx").count(b"\n") == 2


def test_names_are_those_behind_no_dot():
    code = b"self.scale * x.y().z + scale2 - 1.5"
    words, names = names_of(code)
    assert words == words_of(code)
    assert names == {b"self", b"x", b"scale2", b"1"}
