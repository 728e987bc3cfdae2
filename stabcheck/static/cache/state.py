"""What a file was when it was read: its size, time and place on the disk, and the digest of its content."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass

# A file that was changed so shortly before it was read may be changed again without another time of change.
TICK = 2_000_000_000  # nanoseconds; the coarsest clock of a file system in use


@dataclass(frozen=True, slots=True)
class FileState:
    """`modified` is in nanoseconds, 0 where it can't be relied on; `digest` "" where it was not asked for."""

    size: int
    modified: int
    inode: int
    digest: str = ""

    def is_like(self, other: FileState) -> bool:
        """Whether both are the same file, unchanged, as far as that is told without reading it."""
        return self.modified != 0 and (self.size, self.modified, self.inode) == (
            other.size,
            other.modified,
            other.inode,
        )


def state_of(path: str) -> FileState | None:
    """A regular file as it is now, without its digest; None of anything else."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    reliable = abs(time.time_ns() - found.st_mtime_ns) > TICK
    return FileState(found.st_size, found.st_mtime_ns if reliable else 0, found.st_ino)


def with_digest(state: FileState, data: bytes) -> FileState:
    """The state with the digest of what was read afterwards."""
    from hashlib import blake2b  # noqa: PLC0415  (a few milliseconds, seldom needed)

    return FileState(len(data), state.modified, state.inode, blake2b(data, digest_size=20).hexdigest())
