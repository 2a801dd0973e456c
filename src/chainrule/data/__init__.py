"""Data sets, and the split and scaling that go with them.

In reading order: `arrays` and `samples`, what all of chainrule asks of numbers and of data;
`limits`, how much memory what a file claims may take;
`dataset`, which loads, splits and scales; `scaling`; `rows`, samples that stay as they are stored;
the formats, `tables` (CSV and NPZ), `idx` (MNIST) and `image_files`, with `bitmaps`, which brings
ink to the digits' form, and `_reading`, which the readers share; and `_download`.
"""

from chainrule.data.dataset import Dataset, load, load_digits, published_split
from chainrule.data.scaling import Scaling

__all__ = ["Dataset", "Scaling", "load", "load_digits", "published_split"]
