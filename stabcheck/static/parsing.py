"""Python's own parser, with and without a tree."""

from __future__ import annotations

import ast

# A feature that no version has. The compiler asks for it as soon as the parser is done with all of the text.
_STOP = "from __future__ import stop_behind_the_parser\n"


def parse(text: str) -> ast.Module:
    """The tree of a text.

    Raises
    ------
    SyntaxError
        if the text does not parse.
    RecursionError, MemoryError
        if it is nested too deeply for Python's own parser.
    """
    try:
        return ast.parse(text)
    except ValueError as error:  # null bytes, before Python 3.12
        raise SyntaxError(str(error)) from None


def is_python(text: str) -> bool:
    """Whether a text parses, told without making its tree, which is more than half of the cost of `parse`.

    False also where only `parse` can tell, or say why not.
    """
    try:
        compile(_STOP + text, "<text>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno == 1 and "stop_behind_the_parser" in (error.msg or "")
    except (ValueError, RecursionError, MemoryError):
        pass
    return False


def check_syntax(text: str) -> None:
    """Raise what `parse` raises, if it does."""
    if not is_python(text):
        parse(text)
