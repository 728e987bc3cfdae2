"""What is raised where something can't be diagnosed; a module of its own, which needs no NumPy."""

from __future__ import annotations


class DiagnoseError(ValueError):
    """What `diagnose` was asked can't be done; the message is one clear line."""
