"""The operation table: what each numeric operation is, for every part of stabcheck.

`OPERATIONS` maps canonical names to rows. `lookup("numpy.exp")` finds a spelling by its qualified name,
`lookup_method("exp")` those of array methods, `spell("exp", "tensorflow")` the one that a fix writes, and
`by_runtime_name("Exp")` the row of an operation that a framework ran.
"""

from stabcheck.ops.interval import Interval
from stabcheck.ops.operation import Operation, Spelling
from stabcheck.ops.table import OPERATIONS, by_runtime_name, lookup, lookup_method, spell

__all__ = [
    "OPERATIONS",
    "Interval",
    "Operation",
    "Spelling",
    "by_runtime_name",
    "lookup",
    "lookup_method",
    "spell",
]
