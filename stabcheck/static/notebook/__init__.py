"""Jupyter notebooks: their code cells read as one module, findings and fixes told cell by cell.

`read (nbformat) -> one module text of all cells (escapes neutralised) -> the linter -> back to the cells`.
Cells see what earlier cells imported and computed, as they do in a kernel that runs them in order.

nbformat reads; it does not write. `nbformat.write` sorts keys, indents by one space and rewrites escapes, and
its conversion from version 3 changes the outputs: a fix of one line would change the whole file. So a fix is
spliced into the JSON text as it stands (`stabcheck.static.notebook.splice`): whatever is not a changed line
of source stays byte for byte, and nbformat reads the result to confirm that nothing else differs.
"""

from stabcheck.static.notebook.check import check_notebook
from stabcheck.static.notebook.document import readable, shown_lines
from stabcheck.static.notebook.write import write_notebook

__all__ = ["check_notebook", "readable", "shown_lines", "write_notebook"]
