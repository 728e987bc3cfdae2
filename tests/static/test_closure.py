"""What is closed over by components is what walks from each of them reach."""

from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.closure import Reach, closures, members

NUMBERS = st.integers(0, 11)


def walked(on, first):
    found = {first}
    waiting = [first]
    while waiting:
        fresh = on[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found


@given(st.lists(st.sets(NUMBERS, max_size=4), min_size=12, max_size=12))
def test_all_that_can_be_reached_and_nothing_else(on):
    reach = Reach(closures(on))
    assert [reach[number] for number in range(12)] == [walked(on, number) for number in range(12)]


@given(st.sets(st.integers(0, 300)))
def test_bits_stand_for_numbers(numbers):
    assert list(members(sum(1 << number for number in numbers))) == sorted(numbers)


def test_a_long_way_needs_no_deep_stack():
    count = 5000
    forth = closures([{number + 1} for number in range(count)] + [set()])
    back = closures([set[int]()] + [{number - 1} for number in range(1, count)])
    around = closures([{(number + 1) % count} for number in range(count)])
    assert forth[0] == around[count // 2] | 1 << count
    assert back[-1] == around[0] == (1 << count) - 1
