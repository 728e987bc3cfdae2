"""A file with cases that leaves when it is imported."""

import sys

from stabcheck import gradient_case

ANSWER = r"calls sys.exit\('gone'\) when imported"

sys.exit("gone")


@gradient_case
def never():
    return None
