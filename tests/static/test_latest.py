"""What is asked of one module many times is found once, and forgotten with the next module."""

from stabcheck.static.latest import of_latest


def test_it_is_found_once_for_each_module_in_turn():
    asked = []

    @of_latest
    def find(module):
        """A docstring."""
        asked.append(module)
        return len(asked)

    one, other = object(), object()
    assert [find(one), find(one), find(other), find(other), find(one)] == [1, 1, 2, 2, 3]
    assert asked == [one, other, one]
    assert (find.__name__, find.__doc__) == ("find", "A docstring.")
