"""Words: what tells before anything is parsed that a rule can't speak of a text."""

import pytest

from stabcheck.static.words import code_of, words_of


def test_sentences_are_no_code_and_names_in_strings_are():
    text = (
        "f('float16', 'this is not any sum, a - b, of any sort', f'this is {a / b}, or may be one of them')\n"
    )
    assert {b"float16", b"a", b"b"} <= words_of(code_of(text))
    assert b"sum" not in words_of(code_of(text))
    assert code_of("f('a \\\n long sentence that goes over lines, to its end')\nx").count(b"\n") == 2


@pytest.mark.parametrize(
    "text",
    [
        """f"{a["b"]} # c"
""",
        """x = rf'{a['b']}' # c
""",
        """g(fR"{a["b"]}") # c
""",
    ],
)
def test_a_text_with_strings_in_formatted_ones_is_left(text):
    assert code_of(text) == text.encode()


def test_other_strings_may_hold_braces():
    assert code_of('{"gif": {"a"}} # c') == b'{"gif": {"a"}} '
    assert code_of("""x = f"{a['b']}" # c""") == b"""x = f"{a['b']}" """


def test_operators_in_strings_are_none():
    text = "f('a/b', \"*.py\", 'max-pool', '1e-8', f'{a/b}', rf'{a - b}', 'a \\\n/b')"
    code = code_of(text)
    assert code.startswith(b"f('a b', \" .py\", 'max pool', '1e-8', f'{a/b}', rf'{a - b}', 'a \\\n")
    assert code.count(b"/") == 1
    assert words_of(code) == words_of(text.encode())
