"""Arrays of numbers, of positions, of yes and no: the names that all signatures use."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
