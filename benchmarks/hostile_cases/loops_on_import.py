"""A file with cases that never ends to be imported."""

from stabcheck import gradient_case

ANSWER = "importing it was given up after"

while True:
    pass


@gradient_case
def never():
    return None
