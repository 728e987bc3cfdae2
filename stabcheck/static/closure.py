"""All that can be reached from each of many numbered things, by way of others, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def members(bits: int) -> Iterator[int]:
    """The numbers that bits stand for, in order."""
    for place, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little")):
        if byte:
            for bit in _BITS[byte]:
                yield 8 * place + bit


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be reached from each; the sets are made when they are asked for, since all may be large."""

    closures: Sequence[int]

    def __getitem__(self, number: int) -> set[int]:
        bits = self.closures[number]
        data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        return {8 * place + bit for place, byte in enumerate(data) if byte for bit in _BITS[byte]}


def closures(on: Sequence[Set[int]]) -> list[int]:
    """What each of them depends on, given what it depends on at once; itself included, as bits.

    What depends on each other has the same closure. It is made when the last of them is left on a walk in
    depth, by when all else that they depend on has its own (Tarjan, 1972): each dependence is met once.
    """
    found = [0 if each else 1 << number for number, each in enumerate(on)]
    place = [0] * len(on)  # on the walk, from 1
    lowest = [0] * len(on)  # the first place that is known to depend on it, too
    walked: list[int] = []  # that have no closure yet
    count = 0
    for root in range(len(on)):
        ways = [] if found[root] else [(root, iter([root]))]
        while ways:
            number, way = ways[-1]
            for each in way:
                if found[each]:
                    continue
                if not place[each]:
                    count += 1
                    place[each] = lowest[each] = count
                    walked.append(each)
                    ways.append((each, iter(on[each])))
                    break
                lowest[number] = min(lowest[number], lowest[each])
            else:
                ways.pop()
                if lowest[number] == place[number] and not found[number]:
                    _close(number, walked, on, found)
                elif ways:
                    before = ways[-1][0]
                    lowest[before] = min(lowest[before], lowest[number])
    return found


def _close(first: int, walked: list[int], on: Sequence[Set[int]], found: list[int]) -> None:
    """Give what was walked since `first` its closure."""
    together = [walked.pop()]
    while together[-1] != first:
        together.append(walked.pop())
    reach = 0
    for number in together:
        reach |= 1 << number
        for each in on[number]:
            reach |= found[each]
    for number in together:
        found[number] = reach
