"""NumPy's own functions on arrays: while a file runs, those of `numpy` are replaced.

What records takes these for its own arrays, several for each operation that it notes.
"""

from numpy import add, arange, array, asarray, count_nonzero, empty, zeros

__all__ = ["add", "arange", "array", "asarray", "count_nonzero", "empty", "zeros"]
