"""Writing a fixed notebook: the file replaced in one step, and nothing but source lines changed."""

from __future__ import annotations

from typing import Any

from stabcheck.static.finding import Problem
from stabcheck.static.notebook.document import decode_json, parse


def write_notebook(data: bytes, path: str, text: str) -> Problem | None:
    """Replace the notebook whose bytes were `data` by the JSON text `text`."""
    from stabcheck.static.apply import replace_file  # noqa: PLC0415

    source = decode_json(data, path)
    return source if isinstance(source, Problem) else replace_file(source, text)


def same_but_for_source(before: str, after: str) -> bool:
    """Whether nbformat reads two JSON texts as the same notebook, but for what its code cells say."""
    return _without_source(parse(before)) == _without_source(parse(after))


def _without_source(content: dict[str, Any]) -> dict[str, Any]:
    for holder in [content, *content.get("worksheets", [])]:
        for cell in holder.get("cells", []):
            if cell.get("cell_type") == "code":
                cell.pop("source", None)
                cell.pop("input", None)
    return content
