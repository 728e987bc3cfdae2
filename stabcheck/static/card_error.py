"""What is wrong with a rule card."""

from __future__ import annotations


class CardError(Exception):
    """A card that can't be used: one line, "path:line: what is wrong, what is allowed"."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.message = message
