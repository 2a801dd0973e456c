"""Data sets, and the split and scaling that go with them."""

from chainrule.data.dataset import Dataset, load, load_digits, published_split
from chainrule.data.scaling import Scaling

__all__ = ["Dataset", "Scaling", "load", "load_digits", "published_split"]
