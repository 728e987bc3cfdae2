"""What every format of `stabcheck lint` is made from: a run, and the lines of the files that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stabcheck.static.card import Card
from stabcheck.static.finding import Finding, LintResult
from stabcheck.static.result import Run
from stabcheck.static.source import LINE_END, Source, decode, read
from stabcheck.terminal import Style


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run, and how it is to be shown.

    `unsaved` holds the text, by path, of what is not read from a file of that path: standard input. `width`
    is that of the terminal, in columns; None for what is no terminal, where lines are as long as they are.
    `quiet` leaves out what is no finding.
    """

    run: Run
    style: Style = field(default_factory=Style)
    unsaved: Mapping[str, str] = field(default_factory=dict)
    width: int | None = None
    quiet: bool = False

    @property
    def result(self) -> LintResult:
        """Findings by file and position, and what could not be read or parsed."""
        return self.run.result

    @property
    def cards(self) -> Mapping[str, Card]:
        """The cards of all rules that there are for the files of the run, by code."""
        from stabcheck.static.rules import rules  # noqa: PLC0415  (loads the engine)

        return {card.code: card for settings in self.run.settings for card in rules(settings).known}

    def lines(self, path: str) -> Sequence[str]:
        """The lines of a file as it is now, after fixing; none if it can't be read.

        Files are read again for this: those with findings are few, and a fix may have changed them.
        """
        if path in self.unsaved:
            return LINE_END.split(self.unsaved[path])
        data = read(path)
        source = decode(data, path) if isinstance(data, bytes) else None
        return source.text.split("\n") if isinstance(source, Source) else ()

    def lines_of(self, finding: Finding) -> Sequence[str]:
        """The lines in which the span of a finding counts: those of its file, or of its cell."""
        if finding.cell is None:
            return self.lines(finding.path)
        from stabcheck.static.notebook import shown_lines  # noqa: PLC0415  (few have notebooks)

        unsaved = self.unsaved.get(finding.path)
        data = unsaved.encode() if unsaved is not None else read(finding.path)
        shown = shown_lines(data, finding.path) if isinstance(data, bytes) else {}
        return shown.get(finding.shown_path, ())
