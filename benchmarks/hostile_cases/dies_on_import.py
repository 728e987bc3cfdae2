"""A file with cases that ends its process when it is imported."""

import os

from stabcheck import gradient_case

ANSWER = "importing it ended the process with exit status 3"

os._exit(3)


@gradient_case
def never():
    return None
