"""A file with cases that raises when it is imported."""

from stabcheck import gradient_case

ANSWER = "importing it raised ZeroDivisionError"

HALF = 1 / 0


@gradient_case
def never():
    return None
