"""HTML elements with their text escaped, and how numbers stand in them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from xml.etree.ElementTree import Element

from stabcheck.terminal import printable

Child = Element | str | None


def element(tag: str, *children: Child, **attributes: str | float | None) -> Element:
    """An element with text and elements in the order given; None is left out.

    In the names of attributes `_` stands for `-`, but for one at the end (`class_`).
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), str(value))
    append(made, children)
    return made


def append(parent: Element, children: Iterable[Child]) -> None:
    """Add text and elements at the end of `parent`; control characters become visible."""
    for child in children:
        if isinstance(child, Element):
            parent.append(child)
        elif child:
            text = "\n".join(printable(line) for line in child.split("\n"))
            if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + text
            else:
                parent.text = (parent.text or "") + text


def table(heads: Iterable[str], rows: Iterable[Iterable[Child]], class_: str) -> Element:
    """A plain table in a box of its own, which scrolls where it is too wide."""
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    body = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    return element(
        "div", element("table", element("thead", head), element("tbody", *body), class_=class_), class_="wide"
    )


def number(x: object) -> str:
    """A number as people read it: six digits, and what is no finite number by its name."""
    if isinstance(x, float) and math.isfinite(x):
        return f"{x:.6g}"
    if isinstance(x, dict):
        return ", ".join(f"{key}: {number(value)}" for key, value in x.items())
    if isinstance(x, list | tuple):
        return "(" + ", ".join(map(number, x)) + ")"
    return str(x)
