"""Killed workers, clients and schedulers: nothing stored is lost, or computed again."""

from pathlib import Path

import pytest

from tests.campaign import draws
from tests.studies.sweeping import CELLS, Spied

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what a sweep prints that runs in one process and is never interrupted."""
    return Spied(tmp_path_factory.mktemp("whole")).finish("--jobs", "1")


def check_nothing_computed_twice(spied: Spied) -> None:
    """Compare what arrived at the store with every computation that the spy saw begin."""
    stored = spied.stored()
    assert len(stored) == CELLS
    assert {len(times) for times in stored.values()} == {1}
    late = [key for at, key, _ in spied.begun() if at > stored[key][0] + 1e-3]
    assert late == []


def test_killed_processes_and_clients_change_nothing(tmp_path: Path, whole: str) -> None:
    spied = Spied(tmp_path)
    killed = 0
    for turn in range(1, draws(2, 5)):
        client = spied.sweep("--jobs", "2")
        spied.wait_for(turn * CELLS // 6, client)
        killed += spied.kill_worker(client)
        spied.wait_for(turn * CELLS // 6 + CELLS // 12, client)  # it goes on without
        assert client.running
        client.kill()
    assert killed >= 1
    assert spied.finish("--jobs", "1") == whole
    check_nothing_computed_twice(spied)


def test_killed_parts_of_a_cluster_change_nothing(tmp_path: Path, whole: str) -> None:
    """Workers and clients; then, in another sweep, the scheduler, after which it goes on here."""
    spied = Spied(tmp_path)
    with spied.cluster() as cluster:
        for turn in range(1, draws(2, 5)):
            client = spied.sweep(*cluster.option)
            spied.wait_for(turn * CELLS // 6, client)
            assert client.running
            cluster.replace_worker()
            spied.wait_for(turn * CELLS // 6 + CELLS // 12, client)
            assert client.running
            client.kill()
        assert spied.finish(*cluster.option) == whole
        check_nothing_computed_twice(spied)
        assert len({process for _, _, process in spied.begun()}) >= 3
        for file in tmp_path.glob("store.sqlite*"):
            file.unlink()
        client = spied.sweep(*cluster.option)
        spied.wait_for(CELLS // 4, client)
        cluster.scheduler.kill()
        code, out, err = client.end()
    assert (code, out) == (3, "")
    assert "the connection to the scheduler was lost" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert CELLS // 4 <= len(spied.stored()) < CELLS
    assert spied.finish("--jobs", "1") == whole
    check_nothing_computed_twice(spied)
