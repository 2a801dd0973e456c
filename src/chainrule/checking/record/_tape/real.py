"""NumPy's own functions that make arrays: while a file runs, those of `numpy` are replaced.

What records takes these for its own arrays, several for each operation that it notes.
"""

from numpy import arange, array, asarray, empty, zeros

__all__ = ["arange", "array", "asarray", "empty", "zeros"]
