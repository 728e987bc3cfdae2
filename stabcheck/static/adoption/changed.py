"""The lines that changed since a revision, as git tells them.

What counts is the working tree against the commit where the branch left BASE (`git merge-base BASE HEAD`):
committed or not, staged or not. What others did on BASE since then is none of the branch's changes. A file
that git does not track is changed in all of its lines, a renamed one only where it was edited. Each file is
judged in the repository that it lies in.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stabcheck.config import ConfigError
from stabcheck.static.adoption.view import Lines

_HUNK = re.compile(rb"@@ -\d+(?:,(?P<old>\d+))? \+(?P<first>\d+)(?:,(?P<new>\d+))? @@")
_DIFF = (
    "diff",
    "--unified=0",
    "--inter-hunk-context=0",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--text",
    "--find-renames",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


@dataclass(slots=True)
class Changes:
    """What changed since the revision `base`, in each repository that is asked about.

    `origin` is the option that named the revision, for messages.
    """

    base: str
    origin: str
    _repositories: dict[str, _Repository] = field(default_factory=dict)
    _tops: dict[str, str | None] = field(default_factory=dict)

    def of(self, path: str) -> Lines:
        """The changed lines of a file.

        Raises
        ------
        ConfigError
            if git is missing, the file lies in no repository, or BASE is no revision there.
        """
        real = os.path.realpath(path)
        top = self._top(os.path.dirname(real))
        if top is None:
            raise ConfigError(f"{self.origin} {self.base}: {path} is in no git repository")
        if top not in self._repositories:
            self._repositories[top] = self._read(top)
        repository = self._repositories[top]
        name = os.path.relpath(real, top).replace(os.sep, "/")
        if name in repository.changed:
            return repository.changed[name]
        return () if name in repository.tracked else ((1, _LAST),)

    def _top(self, folder: str) -> str | None:
        """The folder of the work tree that holds `folder`: the first on the way up with a `.git` in it."""
        if folder not in self._tops:
            parent = os.path.dirname(folder)
            here = os.path.lexists(os.path.join(folder, ".git"))
            self._tops[folder] = folder if here else None if parent == folder else self._top(parent)
        return self._tops[folder]

    def _read(self, top: str) -> _Repository:
        where = f"{self.origin} {self.base}"
        base = _commit(top, self.base, where)
        head = _commit(top, "HEAD", where)
        forked = _git(top, "merge-base", base, head)
        if forked.returncode != 0:
            hint = " (the clone is shallow: fetch more of its history)" if _is_shallow(top) else ""
            raise ConfigError(f"{where}: it has no common ancestor with HEAD{hint}")
        diff = _asked(top, where, *_DIFF, forked.stdout.decode().strip(), "--")
        tracked = _asked(top, where, "ls-files", "-z", "--cached")
        names = frozenset(os.fsdecode(name) for name in tracked.split(b"\0") if name)
        return _Repository(dict(changed_lines(diff)), names)


_LAST = 1 << 60  # beyond the last line of any file


@dataclass(frozen=True, slots=True)
class _Repository:
    changed: Mapping[str, Lines]
    tracked: frozenset[str]


def is_revision(text: str) -> bool:
    """Whether git knows a commit by this name, in the repository of the current folder."""
    try:
        _commit(os.getcwd(), text, "")
    except ConfigError:
        return False
    return True


def changed_lines(diff: bytes) -> Iterator[tuple[str, Lines]]:
    """The lines of each file that a patch without context adds or changes, by the file's new name."""
    name: str | None = None
    found: list[tuple[int, int]] = []
    skip = 0  # lines of a hunk's content, which may look like anything
    for line in diff.split(b"\n"):
        if skip and not line.startswith(b"\\"):
            skip -= 1
        elif line.startswith(b"diff --git "):
            if name is not None:
                yield name, tuple(found)
            name, found = None, []
        elif line.startswith(b"+++ "):
            name = _name(line[4:])
        elif hunk := _HUNK.match(line):
            first, new = int(hunk["first"]), int(hunk["new"] or 1)
            skip = int(hunk["old"] or 1) + new
            if new:
                found.append((first, first + new - 1))
    if name is not None:
        yield name, tuple(found)


def _name(told: bytes) -> str | None:
    """A file's name as a patch tells it: with a prefix, quoted as in C if it is an odd one."""
    if told.startswith(b'"'):
        told = ast.literal_eval("b" + told.rstrip(b"\t\r").decode("ascii"))
    else:
        told = told.removesuffix(b"\t")  # ends a name that holds a space
    return os.fsdecode(told[2:]) if told.startswith(b"b/") else None


def _commit(top: str, revision: str, where: str) -> str:
    done = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.decode().strip()
    said = done.stderr.decode(errors="replace").strip().split("\n")[0].removeprefix("fatal: ")
    if revision == "HEAD":
        raise ConfigError(f"{where}: {top} has no commit yet")
    hint = " (the clone is shallow: fetch it first)" if not said and _is_shallow(top) else ""
    raise ConfigError(f"{where}: {said or f'git knows no such revision in {top}{hint}'}")


def _is_shallow(top: str) -> bool:
    return _git(top, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def _asked(top: str, where: str, *arguments: str) -> bytes:
    done = _git(top, *arguments)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        raise ConfigError(f"{where}: git {arguments[0]} fails in {top}: {said}")
    return done.stdout


def _git(top: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder.

    Variables that tie git to one repository are left out: a hook sets them, and files of another repository,
    a submodule, may be asked about.
    """
    tied = {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_OBJECT_DIRECTORY",
        "GIT_EXTERNAL_DIFF",
    }
    environment = {key: value for key, value in os.environ.items() if key not in tied}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(
            ["git", "-C", top, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigError("git is not installed: changed lines are asked of it") from None
