"""The byte scan that skips files without looking at them twice.

A compiled alternation over bytes reads some forty times as fast as `ast.parse`, and most files of most
projects name none of the operations that rules speak of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from stabcheck.static.marks import MARKS, marked


class Scan(Protocol):
    """Whether a file's bytes hold a name that some enabled rule needs."""

    def __call__(self, data: bytes) -> bool:
        """True if a rule may have something to say of the file."""
        ...


def scan(triggers: Iterable[str]) -> Scan:
    """A scan for `triggers`; an empty one means that every file must be looked at.

    Names are found as whole words (`exp` is not in `expand`), marks (`stabcheck.static.marks`) as they say,
    what is neither (`==`) wherever it stands.
    """
    given = sorted(set(triggers))
    if "" in given:
        return lambda data: True
    if not given:
        return lambda data: False
    # One \b before the whole alternation: 25 times as fast as a look-around in each of its branches.
    names = b"|".join(re.escape(text).encode() for text in given if text.isidentifier())
    others = [re.escape(text).encode() for text in given if not text.isidentifier() and text not in MARKS]
    pattern = re.compile(b"|".join([rb"\b(?:" + names + rb")\b", *others] if names else others or [b"(?!)"]))
    marks = [text for text in given if text in MARKS]
    return lambda data: pattern.search(data) is not None or any(marked(mark, data) for mark in marks)
