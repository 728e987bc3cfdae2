"""What some cards need, as bits, and whether code holds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, reduce
from operator import or_

from stabcheck.static.card import Card
from stabcheck.static.marks import ANYWHERE, CHEAP, HERE, SIGNS, WORDS, mark
from stabcheck.static.naming import NAMES, may_tell
from stabcheck.static.spelt import WORD, Clause
from stabcheck.static.trigger import LIBRARY_NAMES, Alternative, alternatives, breadth, plain
from stabcheck.static.words import code_of, words_of

_KEYWORDS = frozenset({b"for", b"while"})
_Mark = tuple[Callable[[bytes], bool], frozenset[bytes] | None, int, int]
_Asked = tuple[tuple[bytes, tuple[_Mark, ...]], ...]
_MOST_ASKED = 10_000
_MOST_NAMES = 200_000  # of which it is kept what they meet


@cache
def _uncalled(word: bytes) -> re.Pattern[bytes]:
    """A word that is not called where it stands."""
    return re.compile(rb"%s(?<!\w%s)\b(?!\s*\()" % (word, word))  # begins with the word: found at once


class Needs:
    """What some cards need, made once for all files."""

    def __init__(self, cards: Sequence[Card]) -> None:
        # What speaks of comments has its words there, and only the byte scan looks for them.
        cards = [card for card in cards if not card.comments]
        self.codes = frozenset(card.code for card in cards)
        self._clauses: dict[Clause, int] = {}
        self._codes: dict[int, set[str]] = {}  # of the cards that have this alternative: clauses, as bits
        for card in cards:
            for each in alternatives(card):
                self._codes.setdefault(self._coded(each), set()).add(card.code)
        self._all = (1 << len(self._clauses)) - 1
        self._of_words: dict[bytes, int] = {}  # the clauses that a word meets wherever it stands
        self._of_written: dict[bytes, int] = {}  # those that it meets where it is written
        self._of_file: dict[bytes, int] = {}  # those that it meets for all of the file
        # The clauses that words meet because they are names of a kind: wherever they stand, and only there.
        called: dict[str, tuple[int, int]] = {}
        self._of_name: dict[bytes, tuple[int, int]] = {}
        self._seen: set[bytes] = set()  # the words of which that is known
        marks: dict[str, int] = {}
        for clause, bit in self._clauses.items():
            for name in clause:
                word = plain(name).encode()
                kind = name.removesuffix(HERE)
                if kind in NAMES:
                    anywhere, own = called.get(kind, (0, 0))
                    called[kind] = (anywhere, own | bit) if name.endswith(HERE) else (anywhere | bit, own)
                    continue
                if not WORD.fullmatch(plain(name)):
                    marks[name] = marks.get(name, 0) | bit
                    continue
                for counts, found in (
                    (name.endswith(HERE), self._of_written),
                    (name.endswith(ANYWHERE) or word in LIBRARY_NAMES, self._of_file),
                    (not name.endswith((HERE, ANYWHERE)), self._of_words),
                ):
                    if counts:
                        found[word] = found.get(word, 0) | bit
        self.by_names = reduce(
            or_, (bits | own for bits, own in called.values()), 0
        )  # the clauses that names of a kind may meet
        self._called = tuple((NAMES[name], bits, own) for name, (bits, own) in called.items())
        # For each mark, with the words of which it needs one, the clauses that it meets wherever it stands,
        # and those that it meets only there; by the sign that it needs. First the cheap ones.
        found_by: tuple[dict[bytes, list[_Mark]], ...] = ({}, {})
        for name in dict.fromkeys(each.removesuffix(HERE) for each in marks):
            found_by[name not in CHEAP].setdefault(SIGNS.get(name, b""), []).append(
                (mark(name), WORDS.get(name), marks.get(name, 0), marks.get(name + HERE, 0))
            )
        self._marks = tuple(tuple((sign, tuple(each)) for sign, each in by.items()) for by in found_by)
        self._asked: tuple[dict[int, _Asked], ...] = ({}, {})
        # The clauses that marks of a kind may meet; and those of the kinds from one on.
        self.by_kind = tuple(
            reduce(or_, (bits | own for _, each in kind for _, _, bits, own in each), 0)
            for kind in self._marks
        )
        self.by_marks = (self.by_kind[0] | self.by_kind[1], self.by_kind[1])
        self._may_be_handed = frozenset(self._of_written) - _KEYWORDS
        self._words, self._file = Meeting(self._of_words), Meeting(self._of_file)
        self._written = Meeting(self._of_written)

    def _coded(self, alternative: Alternative) -> int:
        coded = 0
        for clause in sorted(alternative, key=breadth):
            coded |= self._clauses.setdefault(clause, 1 << len(self._clauses))
        return coded

    def of_words(self, words: Set[bytes]) -> int:
        """The clauses that words meet wherever they stand, as bits."""
        return self._words.by(words)

    def of_file(self, words: Set[bytes]) -> int:
        """The clauses that the words of a file meet for all of it: what it imports, for example."""
        return self._file.by(words)

    def of_written(self, words: Set[bytes]) -> int:
        """The clauses that words meet in the function that they are written in."""
        return self._written.by(words)

    def handed_on(self, words: Set[bytes], code: bytes, within: int) -> int:
        """The clauses `within` some that words meet in other functions: those that stand for what they name.

        An operation that is not called where its name stands may be called by another name, and elsewhere.
        """
        found = 0
        for word in words & self._may_be_handed:
            bits = self._of_written[word] & within
            if bits & ~found and _uncalled(word).search(code):
                found |= bits
        return found

    def telling(self, words: Set[bytes], clauses: int) -> tuple[Meeting, Meeting]:
        """Those of the words that meet some of the clauses, with the clauses that they meet.

        Wherever they stand; and those that names of a kind meet only where they are written.
        """
        of_words = self._of_words
        found = {word: of_words[word] for word in words & of_words.keys() if of_words[word] & clauses}
        here: dict[bytes, int] = {}
        for word, bits, own in self._named(words):
            if bits & clauses:
                found[word] = found.get(word, 0) | bits
            if own & clauses:
                here[word] = own
        return Meeting(found), Meeting(here)

    def _named(self, words: Set[bytes]) -> Iterator[tuple[bytes, int, int]]:
        """The words that meet clauses because they are names of a kind, with these clauses."""
        of_name = self._of_name
        for word in words - self._seen:
            name = word.decode(errors="replace")
            if may_tell(name):
                kinds = [(bits, own) for is_called_so, bits, own in self._called if is_called_so(name)]
                if kinds:
                    of_name[word] = reduce(_both, kinds)
        if len(self._seen) > _MOST_NAMES:
            self._seen.clear()
        self._seen |= words
        for word in words & of_name.keys():
            yield word, *of_name[word]

    def met(self, clauses: int, among: Iterable[int] | None = None) -> list[int]:
        """The alternatives that code meets which meets these clauses, all of them or those `among` some."""
        missing = self._all & ~clauses  # what is done with a negative number copies it each time
        return [each for each in (self._codes if among is None else among) if not each & missing]

    def marked(self, code: bytes, words: Set[bytes], within: int, kind: int) -> tuple[int, int]:
        """The clauses `within` some that code meets by marks, and those that it does for itself only.

        By those of a kind: 0 for what is cheap to look for, 1 for the others.
        """
        anywhere = own = 0
        key = within & self.by_kind[kind]
        asked = self._asked[kind].get(key)
        if asked is None:
            asked = self._asked[kind][key] = self._asking(key, kind)
        for sign, marks in asked:
            if sign in code:
                for holds, needed, bits, here_only in marks:
                    if (needed is None or not needed.isdisjoint(words)) and holds(code):
                        anywhere |= bits
                        own |= here_only
        return anywhere, own

    def _asking(self, clauses: int, kind: int) -> _Asked:
        """The marks of a kind that meet some of these clauses, by the sign that they need."""
        if len(self._asked[kind]) > _MOST_ASKED:
            self._asked[kind].clear()
        some = (
            (sign, tuple(each for each in marks if (each[2] | each[3]) & clauses))
            for sign, marks in self._marks[kind]
        )
        return tuple((sign, marks) for sign, marks in some if marks)

    def met_by(self, code: bytes, words: Set[bytes]) -> list[int]:
        """The alternatives that the code of a whole file meets, and its words."""
        return self._met_at_all(code, words, *self._met_cheaply(code, words))

    def may_meet(self, code: bytes, words: Set[bytes]) -> list[int]:
        """As `met_by`; where one is met without marks that are costly to look for, they are taken as met."""
        found, met = self._met_cheaply(code, words)
        return met if self.met(found, met) else self._met_at_all(code, words, found, met)

    def _met_at_all(self, code: bytes, words: Set[bytes], found: int, met: list[int]) -> list[int]:
        if not met:
            return met
        anywhere, own = self.marked(code, words, reduce(or_, met) & ~found, 1)
        return self.met(found | anywhere | own, met)

    def _met_cheaply(self, code: bytes, words: Set[bytes]) -> tuple[int, list[int]]:
        """What a file meets by what is cheap to look for: clauses, and the alternatives that it may meet."""
        found = self.of_words(words) | self.of_written(words) | self.of_file(words)
        met = self.met(found | self.by_names | self.by_marks[0])
        if met and self.by_names:
            found = reduce(or_, (bits | own for _, bits, own in self._named(words)), found)
            met = self.met(found | self.by_marks[0], met)
        if met:
            anywhere, own = self.marked(code, words, reduce(or_, met) & ~found, 0)
            found |= anywhere | own
            met = self.met(found | self.by_marks[1], met)
        return found, met

    def spoken(self, met: Iterable[int]) -> frozenset[str]:
        """The codes of the cards that may have something to say of code that meets these alternatives."""
        return frozenset(code for each in met for code in self._codes[each])


def _both(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] | other[0], one[1] | other[1]


class Meeting:
    """The clauses that words meet, as bits; of many words those that meet any are found by sets alone."""

    __slots__ = ("_bits", "_words")

    def __init__(self, bits: Mapping[bytes, int]) -> None:
        self._bits = bits
        self._words = frozenset(bits)

    def by(self, words: Set[bytes]) -> int:
        """The clauses that some words meet."""
        return reduce(or_, map(self._bits.__getitem__, words & self._words), 0)


def silent(needed: Needs, text: str) -> frozenset[str]:
    """The codes of the cards that have nothing to say of a text because it holds none of what they need."""
    code = code_of(text)
    return needed.codes - needed.spoken(needed.met_by(code, words_of(code)))
