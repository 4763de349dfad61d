"""Small folders in the IDX format, as MNIST and Fashion-MNIST are distributed."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coopetition.oracles.federation.idx import FILES

Bytes = NDArray[np.uint8]


def idx_bytes(values: Bytes) -> bytes:
    """Return an array in the IDX format."""
    head = bytes((0, 0, 8, values.ndim)) + np.array(values.shape, dtype=">u4").tobytes()
    return head + values.tobytes()


def write_folder(
    folder: Path,
    *,
    side: int,
    rows: int = 30,
    tests: int = 12,
    ending: str = "",
    marked: bool = False,
    noise: bool = False,
) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """Write noisy images of three classes, each bright in a corner of its own.

    With `marked` the first pixel is 0 in training images and 255 in test images; with `noise`
    labels are random.
    """
    rng = np.random.default_rng(0)
    arrays: list[Any] = []
    for part, count in enumerate((rows, tests)):
        labels = np.arange(count, dtype=np.uint8) % 3
        images = rng.integers(0, 100, (count, side, side), dtype=np.uint8)
        half = side // 2
        for k, (i, j) in enumerate(((0, 0), (0, half), (half, 0))):
            images[labels == k, i : i + half, j : j + half] += 120
        if noise:
            labels = rng.integers(0, 3, count, dtype=np.uint8)
        if marked:
            images[:, 0, 0] = 255 * part
        arrays += [images, labels]
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in zip(FILES, arrays, strict=True):
        content = idx_bytes(values)
        packed = gzip.compress(content) if ending else content
        (folder / f"{name}{ending}").write_bytes(packed)
    return arrays[0], arrays[1], arrays[2], arrays[3]
