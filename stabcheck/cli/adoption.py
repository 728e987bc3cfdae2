"""Options of `stabcheck lint` for old code: known findings, changed lines, comments that silence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stabcheck.cli.manner import manner, remark
from stabcheck.cli.output import complain, complain_all
from stabcheck.config import Configuration, Settings
from stabcheck.static.adoption.view import View
from stabcheck.static.discover import Candidate
from stabcheck.static.result import Run

if TYPE_CHECKING:
    from stabcheck.static.adoption.baseline import Baseline, Checked

Command = TypeVar("Command", bound=Callable[..., Any])

UNUSED_IGNORES = "NS001"
_SHOWN = 3  # places that a line names


def options(command: Command) -> Command:
    """The options, which the command gets as one `Adoption`."""

    @wraps(command)
    def adopting(
        *,
        write_baseline: str | None,
        add_ignores: bool,
        reason: str | None,
        changed_since: str | None,
        report_unused_ignores: bool,
        **given: Any,
    ) -> Any:
        if report_unused_ignores:
            given["extend_select"] = (*given["extend_select"], UNUSED_IGNORES)
        if given["baseline"] is not None:
            given["baseline"] = os.path.abspath(given["baseline"])
        adoption = Adoption(write_baseline, add_ignores, reason, changed_since)
        adoption.check(given)
        return command(adoption=adoption, **given)

    decorated: Any = adopting
    for option in (
        click.option("--baseline", metavar="FILE", help="report nothing that this file knows"),
        click.option("--write-baseline", metavar="FILE", help="make all that is found known to this file"),
        click.option(
            "--changed-since",
            metavar="BASE",
            help="only lines changed since git revision BASE (also: --diff BASE)",
        ),
        click.option("--add-ignores", is_flag=True, help="write a comment that silences it at each finding"),
        click.option("--reason", metavar="TEXT", help="with --add-ignores: said in each comment"),
        click.option(
            "--report-unused-ignores",
            is_flag=True,
            help=f"comments that silence nothing, too ({UNUSED_IGNORES})",
        ),
    )[::-1]:
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


@dataclass(slots=True)
class Adoption:
    """What of the findings is looked at, and what is done with them."""

    write_baseline: str | None = None
    add_ignores: bool = False
    reason: str | None = None
    changed_since: str | None = None
    _baselines: dict[str, Baseline] = field(default_factory=dict)

    def check(self, given: dict[str, Any]) -> None:
        """Refuse options that exclude each other.

        Raises
        ------
        click.UsageError
            that says which.
        """
        if self.reason is not None and not self.add_ignores:
            raise click.UsageError("--reason is said in the comments of --add-ignores, which is not given")
        does = [("--fix", given["fix"]), ("--diff", given["diff"]), ("--add-ignores", self.add_ignores)]
        done = [name for name, is_given in does if is_given]
        if self.add_ignores and len(done) > 1:
            raise click.UsageError(f"{' and '.join(done)} exclude each other")
        if self.write_baseline is not None:
            others = [*does[1:], ("--changed-since", self.changed_since), ("--baseline", given["baseline"])]
            for name, is_given in others:
                if is_given:
                    raise click.UsageError(f"--write-baseline and {name} exclude each other")
        if "-" in given["paths"]:
            whole = [("--add-ignores", self.add_ignores), ("--write-baseline", self.write_baseline)]
            for name, is_given in (*whole, ("--changed-since", self.changed_since)):
                if is_given:
                    raise click.UsageError(f"{name} is about files, not about standard input")

    def views(self) -> Callable[[Candidate], View]:
        """What is looked at of each file.

        Raises
        ------
        ConfigError
            if a baseline or git can't be asked; by the function, too.
        """
        if self.write_baseline is not None:
            self._written()
        changes = None
        if self.changed_since is not None:
            from stabcheck.static.adoption.changed import Changes  # noqa: PLC0415

            changes = Changes(self.changed_since, "--changed-since")

        def view(candidate: Candidate) -> View:
            baseline = self._baseline(candidate.settings)
            known = baseline.of(candidate.path) if baseline is not None else ()
            lines = changes.of(candidate.path) if changes is not None else None
            return View(known, lines, self.reason)

        return view

    def tell_gone(self, done: Run, configuration: Configuration) -> None:
        """A line for each baseline that knows of findings which are no longer there."""
        if all(settings.baseline is None for settings in done.settings):
            return
        if not any(settings.baseline for settings in done.settings):
            return
        from stabcheck.static.adoption.baseline import gone  # noqa: PLC0415  (few runs have a baseline)

        by_path: dict[str, list[Checked]] = {}
        for file in _checked(done, configuration):
            settings = _settings(file.path, configuration)
            if settings.baseline is not None and self._baseline(settings) is not None:
                by_path.setdefault(settings.baseline, []).append(file)
        for path, files in by_path.items():
            known = sum(len(file.known) for file in files)
            remark(f"{known} finding{'' if known == 1 else 's'} known to {_shown(path)}")
            count = gone(self._baselines[path], files)
            if count and not manner().quiet:
                what = "finding of the baseline is" if count == 1 else "findings of the baseline are"
                complain(f"{count} {what} fixed: --write-baseline {_shown(path)} shrinks it")

    def write(self, done: Run, configuration: Configuration) -> int:
        """Write the baseline, and say so; the exit status."""
        complain_all(done.result.errors)
        path = self.write_baseline
        assert path is not None
        if done.interrupted:
            raise KeyboardInterrupt
        from stabcheck.static.adoption.baseline import renewed, write_baseline  # noqa: PLC0415

        entries = renewed(self._written(), _checked(done, configuration))
        try:
            write_baseline(path, entries)
        except OSError as error:
            raise click.ClickException(f"{path}: can't be written: {error.strerror}") from error
        total, files = sum(entry.count for entry in entries), len({entry.path for entry in entries})
        if not manner().quiet:
            click.echo(f"{_counted(total, 'finding')} in {_counted(files, 'file')} known to {path}")
        return 2 if done.result.errors else 0

    def silenced(self, done: Run) -> int:
        """Say which findings have got a comment, and which could not; the exit status."""
        complain_all(done.result.errors)
        total = sum(len(result.fixed) for result in done.results)
        files = sum(bool(result.fixed) for result in done.results)
        if not manner().quiet:
            click.echo(f"{_counted(total, 'finding')} silenced in {_counted(files, 'file')}")
        told = {problem.path for problem in done.result.errors}  # not written: no fault of the comment
        left = [each for each in done.result.findings if each.path not in told]
        if left:
            places = ", ".join(f"{each.shown_path}:{each.span.line}" for each in left[:_SHOWN])
            more = ", …" if len(left) > _SHOWN else ""
            complain(f"{_counted(len(left), 'finding')} can't be silenced by a comment: {places}{more}")
        return 2 if done.result.errors else int(bool(left))

    def _baseline(self, settings: Settings) -> Baseline | None:
        path = settings.baseline
        if path is None or self.write_baseline is not None:
            return None
        if path not in self._baselines:
            from stabcheck.static.adoption.baseline import read_baseline  # noqa: PLC0415

            self._baselines[path] = read_baseline(path, settings.origin("baseline"))
        return self._baselines[path]

    def _written(self) -> Baseline:
        """The baseline that is to be written, as it is now."""
        from stabcheck.static.adoption.baseline import Baseline, read_baseline  # noqa: PLC0415

        path = self.write_baseline
        assert path is not None
        if path not in self._baselines:
            absolute = os.path.abspath(path)
            there = os.path.exists(absolute) and os.path.getsize(absolute) > 0
            self._baselines[path] = (
                read_baseline(path, "--write-baseline") if there else Baseline(os.path.dirname(absolute))
            )
        return self._baselines[path]


class LintCommand(click.Command):
    """`--diff` alone is a flag; with a git revision behind it, it is `--changed-since`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the second meaning of `--diff` spelt out."""
        return super().parse_args(ctx, list(_spelt_out(args)))


def _spelt_out(arguments: Sequence[str]) -> Iterator[str]:
    rest = iter(range(len(arguments)))
    for index in rest:
        argument, behind = arguments[index], arguments[index + 1 : index + 2]
        if argument == "--":
            yield from arguments[index:]
            return
        if argument.startswith("--diff="):
            yield from ("--changed-since", argument.removeprefix("--diff="))
        elif (
            argument == "--diff"
            and behind
            and not behind[0].startswith("-")
            and not os.path.lexists(behind[0])
        ):
            from stabcheck.static.adoption.changed import is_revision  # noqa: PLC0415

            if not is_revision(behind[0]):
                raise click.UsageError(f"--diff {behind[0]}: this is neither a path nor a git revision")
            yield from ("--changed-since", behind[0])
            next(rest)
        else:
            yield argument


def _checked(done: Run, configuration: Configuration) -> list[Checked]:
    from stabcheck.static.adoption.baseline import Checked  # noqa: PLC0415
    from stabcheck.static.rules import rules  # noqa: PLC0415
    from stabcheck.static.select import off_for  # noqa: PLC0415

    files = []
    for result in done.results:
        if result.path:
            settings = _settings(result.path, configuration)
            enabled = rules(settings)
            off = off_for(result.path, enabled.known, settings)
            codes = frozenset(card.code for card in enabled.cards) - off
            files.append(Checked(result.path, result.findings, result.known, codes))
    return files


def _settings(path: str, configuration: Configuration) -> Settings:
    return configuration.at(Path(path).absolute().parent)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative
