"""Lines without end: what is shown of them, and at which cost."""

import pytest

from stabcheck.static.finding import Finding
from stabcheck.static.render import text
from stabcheck.static.span import Span
from stabcheck.terminal import Style, columns


@pytest.mark.parametrize("filling", ["é + ", "x + ", "日本"])
def test_only_what_is_shown_of_a_line_is_looked_at(filling, monkeypatch):
    seen = []
    monkeypatch.setattr(text, "columns", lambda piece: seen.append(len(piece)) or columns(piece))
    shown = {}
    for times in (1_000, 100_000):
        before = filling * times
        line = f"{before}log(1 + exp(x)){before}"
        start = len(before) + 1
        finding = Finding("NS105", "n", "m", "error", "a.py", Span(1, start, 1, start + 15))
        shown[times] = text.render_one(finding, [line], Style()).split("\n")[1:]
    assert shown[1_000] == shown[100_000]
    assert "log(1 + exp(x))" in shown[1_000][0]
    assert max(seen) < 2_000
