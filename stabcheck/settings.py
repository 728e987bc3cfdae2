"""Settings: what can be set, and what holds if it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

SEVERITIES = ("error", "warning", "info")
VERDICTS = ("fail", "inconclusive")
DTYPES = ("float16", "bfloat16", "float32", "float64")

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pytest_cache",
    ".ruff_cache",
    ".stabcheck_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "_build",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)


class ConfigError(Exception):
    """A setting that can't be used; the message is one line that names the file (or option) and the key."""


@dataclass(frozen=True, slots=True)
class DiagnoseSettings:
    """`[tool.stabcheck.diagnose]`: how much time a case may take, and the seed of its random directions.

    `budget` is in seconds a case, None for as long as it takes: no measurement is begun after it. `timeout`
    is in seconds as well: a case that has not ended by then is given up. `full` measures every column of a
    gradient instead of directions. `fail_on` is the mildest verdict that fails a run.
    """

    budget: float | None = None
    seed: int = 0
    full: bool = False
    fail_on: str = "fail"
    timeout: float = 600.0


PerFile = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Inherited:
    """Patterns of a file that `extend` names, relative to `root`, the folder of that file."""

    root: Path
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for a file.

    Patterns (`exclude`, `extend_exclude`, the keys of `per_file_ignores`) are those of .gitignore, relative
    to `root`; those of files that `extend` names are `inherited`. `select` None means the rules that are on
    by default. `dtype` is the working dtype to assume where a file does not tell. `baseline` is the path of
    the file of known findings, `cache_dir` that of the folder for results of earlier runs (None: one in
    `root`). `origins` says where a key was set, for messages.
    """

    root: Path = Path()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    force_exclude: bool = False
    extend_rules: tuple[str, ...] = ()
    fix: bool = False
    unsafe_fixes: bool = False
    fail_on: str = "info"
    dtype: str | None = None
    baseline: str | None = None
    cache_dir: str | None = None
    diagnose: DiagnoseSettings = field(default_factory=DiagnoseSettings)
    inherited: tuple[Inherited, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()

    def origin(self, key: str) -> str:
        """Where `key` was set: "pyproject.toml: [tool.stabcheck] select", "--select"."""
        return dict(self.origins).get(key, key.replace("_", "-"))

    def excludes(self) -> tuple[tuple[Path, tuple[str, ...]], ...]:
        """The patterns of what to leave out, with the folders that they are relative to."""
        own = self.root, (*self.exclude, *self.extend_exclude)
        return (own, *((each.root, (*each.exclude, *each.extend_exclude)) for each in self.inherited))

    def ignores_per_file(self) -> tuple[tuple[Path, PerFile], ...]:
        """`per-file-ignores`, with the folders that the patterns are relative to."""
        own = self.root, self.per_file_ignores
        return (own, *((each.root, each.per_file_ignores) for each in self.inherited))

    def over(self, options: Mapping[str, Any]) -> Settings:
        """These settings with the given options of the command line over them; None means not given.

        `ignore`, `extend_select` and `extend_exclude` add to what the file says, the others replace it.
        """
        given = {key: value for key, value in options.items() if value is not None and value != ()}
        diagnose = {
            key.removeprefix("diagnose_"): value
            for key, value in given.items()
            if key.startswith("diagnose_")
        }
        plain = {key: value for key, value in given.items() if not key.startswith("diagnose_")}
        for key in ("ignore", "extend_select", "extend_exclude"):
            if key in plain:
                plain[key] = (*getattr(self, key), *plain[key])
        origins = {**dict(self.origins), **{key: "--" + key.replace("_", "-") for key in plain}}
        return replace(
            self, **plain, diagnose=replace(self.diagnose, **diagnose), origins=tuple(origins.items())
        )
