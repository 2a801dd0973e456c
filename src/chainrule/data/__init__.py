"""Data sets, and the split and scaling that go with them.

In reading order: `arrays` and `samples`, what all of chainrule asks of numbers and of data;
`limits`, how much memory what a file claims may take; `dataset`, which parts and scales, and
`loading`; `labels` and `splits`; `scaling`; `rows`, samples that stay as they are stored; the
formats: `csv_files`, with `cells` and with `forms`, which make features of the columns of a table,
`tables` (NPZ), `idx` (MNIST) and `image_files`, with `ink`, which looks for the digit in a
picture, and `bitmaps` and `centred`, which bring it to the form of the digits and of MNIST;
`_reading`, which the readers share; `remarks`, what one should know of a table; and `_download`.
"""

from chainrule.data.dataset import Dataset
from chainrule.data.loading import load, load_digits
from chainrule.data.scaling import Scaling
from chainrule.data.splits import published_split

__all__ = ["Dataset", "Scaling", "load", "load_digits", "published_split"]
