"""Folders in the IDX format of MNIST and Fashion-MNIST: four files, as they are distributed.

The user brings the folder; nothing is downloaded. A file is two zero bytes, the type (8: bytes),
the number of dimensions, each dimension as a big-endian 32-bit integer, and the values
(LeCun, Cortes, Burges, The MNIST database of handwritten digits).
"""

import gzip
import math
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coopetition.games.errors import InvalidInputError

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
MOST_FEATURES = 256  # larger images are averaged over 2 × 2 pixels

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


def load_idx(folder: str | Path) -> tuple[Images, Labels, int]:
    """Read images and labels, those of the training files first.

    Images of more than 256 pixels, both sides even, are averaged over 2 × 2 pixels: 28 × 28
    becomes 14 × 14. The files may be compressed, with the ending ``.gz``.

    Returns
    -------
    images : shape (R, F)
        Pixels, 0 to 255.
    labels : shape (R,)
    tests : int
        How many of the last rows are from the test files.

    Raises
    ------
    InvalidInputError
        In one sentence with the file's name: missing, not in the format, or sizes that differ.
    """
    files = [_find(Path(folder), name) for name in FILES]
    stamp = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    return _load(stamp)


@lru_cache(maxsize=1)  # an experiment deals the same folder out many times
def _load(stamp: tuple[tuple[str, int, int], ...]) -> tuple[Images, Labels, int]:
    files = [Path(name) for name, _, _ in stamp]
    parts = []
    for images_file, labels_file in (files[:2], files[2:]):
        images, labels = _read(images_file, 3), _read(labels_file, 1)
        if len(images) != len(labels):
            raise InvalidInputError(
                f"{images_file} has {len(images)} images, but {labels_file} {len(labels)} labels"
            )
        parts.append((_shrunk(images), labels))
    (train, train_labels), (test, test_labels) = parts
    if train.shape[1] != test.shape[1]:
        raise InvalidInputError(
            f"{files[2]} must have images of the size of those in {files[0].name}"
        )
    pixels = np.concatenate([train, test])
    classes = np.concatenate([train_labels, test_labels]).astype(np.int64)
    pixels.flags.writeable = classes.flags.writeable = False
    return pixels, classes, len(test)


def _find(folder: Path, name: str) -> Path:
    for file in (folder / name, folder / f"{name}.gz"):
        if file.is_file():
            return file
    raise InvalidInputError(f"the folder {folder} must hold the file {name} or {name}.gz")


def _read(file: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read one file, which must have so many dimensions and be complete."""
    try:
        raw = file.read_bytes()
        content = gzip.decompress(raw) if file.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInputError(f"cannot read {file}: {reason}") from None
    magic = bytes((0, 0, 8, dimensions))
    if content[:4] != magic:
        raise InvalidInputError(
            f"{file} must start with the magic number {magic.hex()}, got {content[:4].hex()!r}"
        )
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise InvalidInputError(f"{file} must have a header of {start} bytes, got {len(content)}")
    shape = tuple(int(size) for size in np.frombuffer(content[4:start], dtype=">u4"))
    if len(content) - start != math.prod(shape):
        raise InvalidInputError(
            f"{file} must hold {' × '.join(map(str, shape))} values of one byte, "
            f"got {len(content) - start} bytes"
        )
    if not math.prod(shape):
        raise InvalidInputError(f"{file} must hold at least one row, got none")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _shrunk(images: NDArray[np.uint8]) -> Images:
    """Return images as rows of features, averaged over 2 × 2 pixels where they are large."""
    count, height, width = images.shape
    if height * width > MOST_FEATURES and height % 2 == 0 and width % 2 == 0:
        blocks = images.reshape(count, height // 2, 2, width // 2, 2)
        return blocks.astype(np.float32).mean(axis=(2, 4)).reshape(count, -1)
    return images.reshape(count, -1).astype(np.float32)
