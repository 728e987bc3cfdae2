"""Results of earlier runs, so that what has not changed is not checked again.

A result is taken from the cache if the file's content, the settings, the rules (built-in pages and packs),
stabcheck itself and Python are those that it was found with; nothing else bears on it. Taking one imports
neither the engine nor NumPy nor libcst. Entries are JSON; what is not understood is passed over and
replaced.
"""

from stabcheck.static.cache.state import FileState, state_of, with_digest
from stabcheck.static.cache.store import Cache, Known, Store

__all__ = ["Cache", "FileState", "Known", "Store", "state_of", "with_digest"]
