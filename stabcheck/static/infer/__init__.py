"""Inference: what is known of the values of a module."""

from stabcheck.static.infer.facts import Facts

__all__ = ["Facts"]
