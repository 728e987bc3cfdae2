"""Gradient checks that a program makes by itself: seen where they happen, explained when they fail.

`patching` wraps the checkers of libraries as they are imported, `recorder` keeps what they were called with.
`source`, `scope`, `comparison` and `difference` read a check that was written by hand out of the frame in
which it failed; `replay` believes only what gives the same numbers again. `explain` hands either kind to
`diagnose`. Nothing here imports a framework, nor NumPy before a check has failed.
"""
