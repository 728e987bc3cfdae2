"""The static pass: source text in, findings out. It never imports or runs what it reads."""

from stabcheck.static.finding import Edit, Finding, Fix, LintResult, Problem, Witness
from stabcheck.static.run import lint

__all__ = ["Edit", "Finding", "Fix", "LintResult", "Problem", "Witness", "lint"]
