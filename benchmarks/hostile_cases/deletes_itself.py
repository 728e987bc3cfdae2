"""A file that is gone when its cases run."""

import os

from declared import Hostile

from stabcheck import gradient_case

HOSTILE = Hostile()
os.remove(__file__)


@HOSTILE.function("fail scale-error")
def deleted(x):
    return (x**2).sum() * 3


@gradient_case
def cases():
    return HOSTILE.cases
