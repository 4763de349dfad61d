"""IDX folders: read as written, dealt out, and refused in one sentence where they are wrong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.oracles import ReferenceOracle
from coopetition.oracles.federation.idx import FILES, load_idx
from coopetition.oracles.federation.silos import deal
from coopetition.oracles.protocol.query import Query
from coopetition.studies import parse_scenario
from coopetition.studies.measured.backends import open_backend
from tests.oracles.images import idx_bytes, write_folder


def test_a_folder_reads_back_as_written(tmp_path: Path) -> None:
    written = write_folder(tmp_path, side=5, rows=30, tests=12)
    images, labels, tests = load_idx(tmp_path)
    assert tests == 12
    assert np.array_equal(images, np.concatenate([written[0], written[2]]).reshape(42, 25))
    assert np.array_equal(labels, np.concatenate([written[1], written[3]]))


def test_compressed_files_are_the_same(tmp_path: Path) -> None:
    write_folder(tmp_path / "plain", side=5)
    write_folder(tmp_path / "small", side=5, ending=".gz")
    plain, small = load_idx(tmp_path / "plain"), load_idx(tmp_path / "small")
    assert np.array_equal(plain[0], small[0])
    assert np.array_equal(plain[1], small[1])


def test_large_images_are_averaged_over_four_pixels(tmp_path: Path) -> None:
    written = write_folder(tmp_path, side=28, rows=20, tests=6)
    images, _, _ = load_idx(tmp_path)
    assert images.shape == (26, 196)
    image = written[0][3].astype(float)
    assert images[3, 14 * 2 + 5] == image[4:6, 10:12].mean()


def test_a_changed_folder_is_read_anew(tmp_path: Path) -> None:
    write_folder(tmp_path, side=5, rows=30)
    assert load_idx(tmp_path)[0].shape == (42, 25)
    write_folder(tmp_path, side=4, rows=31)
    assert load_idx(tmp_path)[0].shape == (43, 16)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def magic(file: Path) -> None:
    file.write_bytes(b"\x00\x00\x0d\x03" + file.read_bytes()[4:])


def few(file: Path) -> None:
    file.write_bytes(idx_bytes(np.zeros((3, 5, 5), dtype=np.uint8)))


def other(file: Path) -> None:
    file.write_bytes(idx_bytes(np.zeros((12, 6, 6), dtype=np.uint8)))


def none(file: Path) -> None:
    file.write_bytes(idx_bytes(np.zeros((0, 5, 5), dtype=np.uint8)))


def header(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:7])


def not_gzip(file: Path) -> None:
    file.rename(file.with_name(file.name + ".gz"))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (FILES[0], Path.unlink, f"must hold the file {FILES[0]} or {FILES[0]}.gz"),
        (FILES[3], Path.unlink, FILES[3]),
        (FILES[0], cut, "must hold 30 × 5 × 5 values of one byte, got 749 bytes"),
        (FILES[0], magic, "must start with the magic number 00000803, got '00000d03'"),
        (FILES[0], few, f"3 images, but .*{FILES[1]} 30 labels"),
        (FILES[2], other, f"images of the size of those in {FILES[0]}"),
        (FILES[2], none, "at least one row"),
        (FILES[1], header, "must have a header of 8 bytes, got 7"),
        (FILES[1], not_gzip, "cannot read"),
    ],
)
def test_a_wrong_folder_is_refused(
    tmp_path: Path, name: str, change: Callable[[Path], None], words: str
) -> None:
    write_folder(tmp_path, side=5, rows=30, tests=12)
    change(tmp_path / name)
    with pytest.raises(InvalidInputError, match=words) as caught:
        load_idx(tmp_path)
    assert name in str(caught.value)


def test_training_rows_are_dealt_and_test_rows_held_out(tmp_path: Path) -> None:
    rows, tests = 300, 2400
    write_folder(tmp_path, side=4, rows=rows, tests=tests, marked=True)
    silos = deal(str(tmp_path), 3, alpha=5.0, local_rows=200, seed=4)
    assert sum(part.labels.size for part in silos.local) == 200
    assert silos.test.labels.size == 2000
    # The first pixel is dark in training images and bright in test images.
    assert max(part.features[:, 0].max() for part in silos.local) < silos.test.features[:, 0].min()
    with pytest.raises(InvalidInputError, match=r"in \[30, 300\]"):
        deal(str(tmp_path), 3, alpha=5.0, local_rows=301)


def test_a_federation_learns_from_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "clothes"
    write_folder(folder, side=28, rows=120, tests=60, ending=".gz")
    oracle = ReferenceOracle(
        organizations=("North", "South"), dataset=str(folder), local_rows=60, upper=40.0, rounds=5
    )
    assert oracle.spec().metric == "decrease of the log-loss on held-out clothes, nats"
    assert oracle.accuracy(Query((20.0, 20.0))) > 0.8  # of three classes that differ in one corner


def test_a_scenario_names_a_folder_beside_it(tmp_path: Path) -> None:
    write_folder(tmp_path / "data" / "clothes", side=5, rows=60, tests=20)
    place = {"max_contribution": 20, "value": 1000, "unit_cost": 0.1}
    content = {
        "oracle": {"kind": "reference", "dataset": "data/clothes", "local_rows": 40},
        "organization": [{"name": name, **place} for name in ("North", "South")],
    }
    backend = open_backend(parse_scenario(content, tmp_path))
    assert backend.local_data.sum() == 40
    backend.oracle.close()
    content["oracle"] = {"kind": "reference", "dataset": "clothes"}
    with pytest.raises(InvalidInputError, match=r"digits, breast-cancer, \./FOLDER, got 'clothes'"):
        parse_scenario(content, tmp_path)
    content["oracle"] = {"kind": "reference", "dataset": "./nowhere"}
    with pytest.raises(InvalidInputError, match="nowhere"):
        open_backend(parse_scenario(content, tmp_path))
