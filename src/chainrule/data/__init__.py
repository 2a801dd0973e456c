"""Data sets, and the split and scaling that go with them.

In reading order: `arrays` and `samples`, what all of chainrule asks of numbers and of data;
`dataset`, which loads, splits and scales; `scaling`; `rows`, samples that stay as they are stored;
the formats, `tables` (CSV and NPZ), `idx` (MNIST) and `image_files`, with `ink`, which looks for
the digit in a picture, and `bitmaps` and `centred`, which bring it to the form of the digits and
of MNIST; `_reading`, which the readers share; and `_download`.
"""

from chainrule.data.dataset import Dataset, load, load_digits, published_split
from chainrule.data.scaling import Scaling

__all__ = ["Dataset", "Scaling", "load", "load_digits", "published_split"]
