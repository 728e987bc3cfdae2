"""The ladder as a picture: truncation on one side, round-off on the other, the best step between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stabcheck.dynamic.precision import DiagnoseError
from stabcheck.dynamic.report import Report


def plot(report: Report, path: str | Path | None = None, *, axes: Any = None) -> Any:
    """Draw the error of the numeric derivative against the step, one V a dtype; mark the best step.

    Parameters
    ----------
    report
        of `diagnose`.
    path
        where to save the figure (its ending decides on the format); it is not saved if None.
    axes
        Matplotlib axes to draw into; new ones if None.

    Returns
    -------
    matplotlib.axes.Axes
        the axes that were drawn into.

    Raises
    ------
    DiagnoseError
        if Matplotlib is not installed, or if the report has no steps to draw.
    """
    if not report.steps:
        raise DiagnoseError(f"{report.name}: no steps were taken, so there is nothing to plot")
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  (an extra; and no display is opened)
    except ImportError:
        raise DiagnoseError('plotting needs matplotlib: pip install "stabcheck[plot]"') from None
    if axes is None:
        axes = Figure(figsize=(7, 4.5), layout="constrained").add_subplot()
    for dtype in dict.fromkeys(step.dtype for step in report.steps):
        _draw(axes, report, dtype)
    axes.set(xscale="log", yscale="log", xlabel="step (relative to |x|)", ylabel="relative error")
    axes.set_title(f"{report.name}: {report.verdict}")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend()
    if path is not None:
        axes.figure.savefig(path, dpi=150)
    return axes


def _draw(axes: Any, report: Report, dtype: str) -> None:
    steps = [step for step in report.steps if step.dtype == dtype]
    sizes = [step.step for step in steps]
    floor = min((step.bar for step in steps if step.bar > 0), default=1e-17) / 10  # log axes have no 0
    errors = [max(step.error, floor) for step in steps]
    (line,) = axes.plot(sizes, errors, marker="o", label=dtype)
    axes.plot(sizes, [max(step.bar, floor) for step in steps], linestyle=":", color=line.get_color())
    best = min(range(len(steps)), key=lambda index: errors[index])
    label = f"best: {sizes[best]:.0e}"
    axes.annotate(
        label,
        (sizes[best], errors[best]),
        textcoords="offset points",
        xytext=(0, -14),
        ha="center",
        fontsize=8,
    )
