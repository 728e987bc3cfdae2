"""One run of a function, operation by operation, beside a high-precision shadow.

`numpy_recorder.record` and `tensorflow_recorder.record` make a `Trace`; `explain.causes` reads the reasons
out of it.
"""
