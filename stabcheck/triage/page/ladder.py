"""The ladder of steps as a drawing: error against step, one V a dtype, the error bar as its dotted twin.

Drawn here and not by Matplotlib: that is an extra, and a report must be whole without it; its drawings take
twenty times the bytes and can't follow the colours of a dark page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from stabcheck.dynamic.report import Report, Step
from stabcheck.triage.page.markup import element

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 64
MOST_TICKS = 8
LEAST = 1e-20  # what a logarithmic axis shows for 0


@dataclass(frozen=True, slots=True)
class Axis:
    """Decades from `low` to `high` (powers of ten) over the pixels from `start` to `end`."""

    low: int
    high: int
    start: float
    end: float

    def at(self, x: float) -> float:
        """The pixel of a positive number."""
        share = (math.log10(max(x, LEAST)) - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Pixels and labels of decades, no more than `MOST_TICKS`."""
        stride = max(1, math.ceil((self.high - self.low) / MOST_TICKS))
        for power in range(self.low, self.high + 1, stride):
            yield self.at(10.0**power), f"1e{power}"


def ladder(report: Report) -> Element | None:
    """The drawing of a report's steps; None if there are fewer than two with finite numbers."""
    steps = [step for step in report.steps if math.isfinite(step.error) and math.isfinite(step.bar)]
    if len(steps) < 2:
        return None
    across = _axis([step.step for step in steps], LEFT, WIDTH - RIGHT)
    up = _axis(
        [x for step in steps for x in (step.error, step.bar) if x > 0] or [LEAST], HEIGHT - BOTTOM, TOP
    )
    dtypes = list(dict.fromkeys(step.dtype for step in steps))
    curves = [
        part
        for order, dtype in enumerate(dtypes)
        for part in _curve([step for step in steps if step.dtype == dtype], order, across, up)
    ]
    label = f"relative error against step for {report.name}: {report.verdict}"
    return element(
        "svg",
        *_frame(across, up),
        *curves,
        *_legend(dtypes),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=label,
        class_="ladder",
    )


def _axis(values: Sequence[float], start: float, end: float) -> Axis:
    low = math.floor(math.log10(max(min(values), LEAST)))
    high = math.ceil(math.log10(max(*values, LEAST)))
    return Axis(low, max(high, low + 1), start, end)


def _frame(across: Axis, up: Axis) -> Iterator[Element]:
    floor, end = HEIGHT - BOTTOM, WIDTH - RIGHT
    for x, label in across.ticks():
        yield element("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=TOP, y2=floor, class_="grid")
        yield element("text", label, x=f"{x:.1f}", y=floor + 16, text_anchor="middle")
    for y, label in up.ticks():
        yield element("line", x1=LEFT, x2=end, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid")
        yield element("text", label, x=LEFT - 6, y=f"{y + 4:.1f}", text_anchor="end")
    yield element("text", "step relative to |x|", x=(LEFT + end) / 2, y=floor + 34, text_anchor="middle")
    turn = f"rotate(-90 14 {(TOP + floor) / 2})"
    middle = (TOP + floor) / 2
    yield element("text", "relative error", x=14, y=middle, text_anchor="middle", transform=turn)


def _curve(steps: list[Step], order: int, across: Axis, up: Axis) -> Iterator[Element]:
    kind = f"dtype{order % 4}"
    steps = sorted(steps, key=lambda step: step.step)
    errors = " ".join(f"{across.at(step.step):.1f},{up.at(step.error):.1f}" for step in steps)
    bars = " ".join(f"{across.at(step.step):.1f},{up.at(step.bar):.1f}" for step in steps)
    yield element("polyline", points=bars, class_=f"bar {kind}")
    yield element("polyline", points=errors, class_=f"curve {kind}")
    sharpest = min(steps, key=lambda step: step.bar)
    for step in steps:
        told = f"{step.dtype}, step {step.step:.1e}: error {step.error:.1e} ± {step.bar:.0e}"
        best = step is sharpest
        yield element(
            "circle",
            element("title", told + (" (the sharpest step)" if best else "")),
            cx=f"{across.at(step.step):.1f}",
            cy=f"{up.at(step.error):.1f}",
            r=5 if best else 3,
            class_=f"{kind} sharpest" if best else kind,
        )


def _legend(dtypes: Sequence[str]) -> Iterator[Element]:
    x, y = LEFT, HEIGHT - 10
    for order, dtype in enumerate(dtypes):
        yield element("circle", cx=x + 4, cy=y - 4, r=4, class_=f"dtype{order % 4}")
        yield element("text", dtype, x=x + 12, y=y)
        x += 30 + 8 * len(dtype)
    yield element("text", "dotted: its error bar; large point: the sharpest step", x=x, y=y, class_="faint")
