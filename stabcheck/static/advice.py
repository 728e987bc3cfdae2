"""What to write instead, in the spelling of the library that the code uses.

Advice in another library's spelling is wrong advice: `z.max(axis=-1)` is no method of a TensorFlow tensor.
Where a card has none for the library at hand, none is given.
"""

from __future__ import annotations

from collections.abc import Mapping

# Libraries whose advice serves another one's code, in the order in which it is looked for.
_SERVED_BY: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy", "scipy", "python"),
    "scipy": ("scipy", "numpy", "python"),
    "math": ("math", "python", "numpy"),
    "python": ("python", "math", "numpy"),
}


def advised(advice: Mapping[str, str], library: str | None) -> str | None:
    """The advice of a card for code of a library; None if it has none in that spelling.

    Parameters
    ----------
    advice
        of a card: by library, "any" for what holds of all, "python" for what needs none.
    library
        whose arrays the code is about; None if that is not known: then the card's first advice is as good as
        another.
    """
    if library is None:
        return advice.get("any") or next(iter(advice.values()), None)
    for name in (*_SERVED_BY.get(library, (library, "python")), "any"):
        if name in advice:
            return advice[name]
    return None
