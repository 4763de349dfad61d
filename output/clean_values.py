"""Values of results as plain JSON."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def clean(value: Any) -> Any:
    """Return a value as plain JSON: no arrays, and null for what is not a finite number.

    Examples
    --------
    >>> clean({"a": np.array([1.0, np.nan]), "b": (True, float("inf"))})
    {'a': [1.0, None], 'b': [True, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return clean(value.tolist())
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, np.generic):
        return clean(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
