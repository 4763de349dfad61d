"""Oracles in several processes: the same answers in order, whoever dies on the way."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles import Ledger, ParallelOracle, ReferenceOracle
from coopetition.oracles.protocol.oracle import UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from tests.studies.command import MEASURED, TWO, Answer, coopetition, written

QUERIES = [
    Query((float(rows), 20.0), coalition, seed)
    for rows, coalition, seed in [(30, None, 0), (0, None, 1), (12, (0,), 0), (7, (1,), 2)]
] + [Query((4.0, 4.0), ())]
MAKE = partial(
    ReferenceOracle,
    organizations=("North", "South"),
    dataset="breast-cancer",
    local_rows=60,
    rounds=3,
    epochs=1,
    upper=40.0,
)


class Deadly:
    """Answers with the contribution, and notes every query; some queries kill the process."""

    def __init__(
        self, folder: str, fatal: float = -1.0, *, times: int = 9, name: str = "a"
    ) -> None:
        self.folder, self.fatal, self.times, self.name = Path(folder), fatal, times, name
        (self.folder / f"made-{os.getpid()}-{time.monotonic_ns()}").touch()

    def spec(self) -> OracleSpec:
        """Describe it."""
        return OracleSpec(
            organizations=("North",),
            metric="gain",
            unit="rows",
            lower=(0.0,),
            upper=(99.0,),
            baseline=0.0,
            deterministic=True,
            provides=frozenset({"gain"}),
            fingerprint=f"deadly-{self.name}",
            batch=4,
        )

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer, refuse 77, or die."""
        for query in queries:
            value = query.contribution[0]
            (self.folder / f"asked-{value:g}-{time.monotonic_ns()}").touch()
            if value == 77:
                raise RuntimeError("the data are not mounted")
            if value == self.fatal and len(asked(self.folder, value)) <= self.times:
                os._exit(7)
        return [Evaluation("ok", query.contribution[0]) for query in queries]

    def close(self) -> None:
        """Do nothing."""


def asked(folder: Path, value: float) -> list[Path]:
    return list(folder.glob(f"asked-{value:g}-*"))


def gains(oracle: UtilityOracle, queries: Sequence[Query]) -> list[float | None]:
    return [answer.gain for answer in oracle.evaluate(queries)]


def plain(count: int) -> list[Query]:
    return [Query((float(value),)) for value in range(count, 0, -1)]


@pytest.mark.parametrize("unit", [1, 3])
def test_real_trainings_are_those_of_the_serial_oracle(unit: int) -> None:
    serial = evaluate_checked(MAKE(), QUERIES)
    assert len({answer.gain for answer in serial}) == len(QUERIES)
    with ParallelOracle(MAKE, jobs=2, unit=unit) as oracle:
        for answers in (oracle.evaluate(QUERIES), evaluate_checked(oracle, QUERIES)):
            assert [(a.status, a.gain, a.responded) for a in answers] == [
                (a.status, a.gain, a.responded) for a in serial
            ]
        assert oracle.spec().fingerprint == MAKE().spec().fingerprint
        assert oracle.evaluate([]) == []


def test_a_worker_makes_its_oracle_once_and_this_process_none(tmp_path: Path) -> None:
    spec = Deadly(str(tmp_path)).spec()
    made_here = {path.name for path in tmp_path.glob("made-*")}
    with ParallelOracle(partial(Deadly, str(tmp_path)), jobs=2, spec=spec) as oracle:
        for _ in range(2):
            assert gains(oracle, plain(12)) == [float(value) for value in range(12, 0, -1)]
    made = {path.name for path in tmp_path.glob("made-*")} - made_here
    processes = [name.split("-")[1] for name in made]
    assert 1 <= len(processes) <= 2
    assert len(set(processes)) == len(processes)
    assert str(os.getpid()) not in processes


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_query_that_kills_once_is_answered_the_second_time(tmp_path: Path, jobs: int) -> None:
    make = partial(Deadly, str(tmp_path), 3.0, times=1)
    with ParallelOracle(make, jobs=jobs) as oracle:
        assert gains(oracle, plain(6)) == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    assert len(asked(tmp_path, 3)) == 2


def test_a_query_that_always_kills_costs_no_other_its_place_in_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "gains.sqlite"
    make = partial(Deadly, str(tmp_path), 3.0)
    with (
        Ledger(path, ParallelOracle(make, jobs=2)) as ledger,
        pytest.raises(
            OracleError, match=r"^1 of 6 queries killed their worker, .* first is Query\(.*3\.0"
        ),
    ):
        ledger.evaluate(plain(6))
    assert len(asked(tmp_path, 3)) == 2
    stored = kept(path)
    assert sorted(stored) == ["[1.0]", "[2.0]", "[4.0]", "[5.0]", "[6.0]"]
    again = partial(Deadly, str(tmp_path))
    with Ledger(path, ParallelOracle(again, jobs=2)) as ledger:
        assert gains(ledger, [*plain(6), *plain(2)]) == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 2.0, 1.0]
    assert sorted(kept(path)) == sorted([*stored, "[3.0]"])  # each once
    assert len(asked(tmp_path, 3)) == 3


def kept(path: Path) -> list[str]:
    file = sqlite3.connect(path)
    try:
        rows = file.execute("SELECT json_extract(query, '$.contribution') FROM evaluation")
        return [f"[{float(text.strip('[]'))}]" for (text,) in rows]
    finally:
        file.close()


def test_a_killed_client_keeps_what_had_landed(tmp_path: Path) -> None:
    script = f"""
    from functools import partial
    from coopetition.oracles.protocol.query import Query
    from coopetition.oracles import Ledger, ParallelOracle
    from tests.oracles.parallel.test_parallel import Slow
    oracle = ParallelOracle(partial(Slow, {str(tmp_path)!r}), jobs=2)
    Ledger({str(tmp_path / "gains.sqlite")!r}, oracle).evaluate(
        [Query((float(value),)) for value in range(1, 16)])
    """
    client = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=Path(__file__).parents[3]
    )
    try:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob("asked-*"))) < 8 and time.monotonic() < deadline:
            assert client.poll() is None
            time.sleep(0.02)
    finally:
        client.send_signal(signal.SIGKILL)
        client.wait()
    begun = len(list(tmp_path.glob("asked-*")))
    # In one batch of 16: a ledger that waited for the whole batch would hold none.
    assert 8 - 4 <= len(kept(tmp_path / "gains.sqlite")) <= begun < 15


class Slow(Deadly):
    """Takes a fifth of a second."""

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Wait, then answer."""
        answers = super().evaluate(queries)
        time.sleep(0.2)
        return answers


class Elsewhere(Deadly):
    """Describes itself differently in other processes, as where data differ."""

    def __init__(self, folder: str, home: int) -> None:
        super().__init__(folder, name="here" if os.getpid() == home else "there")


def test_failures_are_single_sentences(tmp_path: Path) -> None:
    with ParallelOracle(partial(Slow, str(tmp_path)), jobs=2) as oracle:
        with pytest.raises(OracleError, match="raised RuntimeError: the data are not mounted"):
            oracle.evaluate([Query((float(value),)) for value in [77, *range(1, 15)]])
        assert len(list(tmp_path.glob("asked-*"))) < 15  # the rest is not begun
        with pytest.raises(InvalidInputError, match=r"must be in \[0, 99\], got 100"):
            oracle.evaluate([Query((100.0,))])
        assert gains(oracle, plain(2)) == [2.0, 1.0]
    with (
        ParallelOracle(partial(Elsewhere, str(tmp_path), os.getpid()), jobs=2) as oracle,
        pytest.raises(OracleError, match="fingerprint 'deadly-there', not 'deadly-here'"),
    ):
        oracle.evaluate(plain(2))
    spec = Deadly(str(tmp_path)).spec()
    with (
        ParallelOracle(partial(Deadly, str(tmp_path / "none")), jobs=2, spec=spec) as oracle,
        pytest.raises(OracleError, match="could not make the oracle: FileNotFoundError"),
    ):
        oracle.evaluate(plain(2))


def test_answers_land_one_by_one_and_the_rest_can_be_left(tmp_path: Path) -> None:
    with ParallelOracle(partial(Slow, str(tmp_path)), jobs=2) as oracle:
        landing = oracle.landing(plain(12))
        ((place, answer),) = next(landing)
        assert answer.gain == 12.0 - place
        landing.close()  # without a warning, which would be an error here
        assert len(list(tmp_path.glob("asked-*"))) < 12
        assert gains(oracle, plain(2)) == [2.0, 1.0]


def test_bad_values_are_refused(tmp_path: Path) -> None:
    make = partial(Deadly, str(tmp_path))
    for jobs in (0, True, 1.5, "2"):
        with pytest.raises(InvalidInputError, match="`jobs` must be an integer of at least 1"):
            ParallelOracle(make, jobs=jobs)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="`unit` must be at most 4, the oracle's batch"):
        ParallelOracle(make, unit=5)
    with pytest.raises(InvalidInputError, match="`make` must be a function that can be pickled"):
        ParallelOracle(lambda: Deadly(str(tmp_path)))
    with pytest.raises(InvalidInputError, match="`make` must be a function that returns"):
        ParallelOracle(make())  # type: ignore[arg-type]


def told(answer: Answer) -> str:
    """Return what a command found, to the bit, whatever was typed, trained or kept for it."""
    assert answer.code == 0, answer.err
    found = answer.result
    if "measured" in found:
        found["measured"] = found["measured"] | {"ledger": ""}
    return json.dumps(found)


def test_a_scenario_in_two_processes_prints_the_same(tmp_path: Path) -> None:
    one = coopetition("solve", written(tmp_path, MEASURED), "--json")
    assert one.code == 0, one.err
    two = coopetition("solve", written(tmp_path, with_jobs("2"), "two.toml"), "--json")
    assert two.code == 0, two.err
    assert told(one) == told(two)


def test_places_of_trainings_are_options_too(tmp_path: Path) -> None:
    path = written(tmp_path, MEASURED)
    for words, said in (
        (["--jobs", "2", "--cluster", "tcp://127.0.0.1:9"], "has its own workers: leave one out"),
        (["--cluster", "inproc://x"], "such as tcp://10.0.0.5:8786, got 'inproc://x'"),
    ):
        answer = coopetition("solve", path, *words)
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err
    stated = coopetition("compare", written(tmp_path, TWO, "stated.toml"), "--jobs", "2")
    assert stated.code == 2
    assert "but the scenario has no [oracle]" in stated.err


def with_jobs(value: str, kind: str = "reference") -> str:
    return MEASURED.replace('kind = "reference"', f'kind = "{kind}"\njobs = {value}', 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (with_jobs("0"), "`jobs` must be at least 1, got 0"),
        (with_jobs("1.5"), "`jobs` must be an integer, got 1.5"),
        (with_jobs("true"), "`jobs` must be an integer, got True"),
        (
            with_jobs('2\nledger = "g"', "recorded"),
            '`jobs` is not for `kind = "recorded"`, which trains',
        ),
        (with_jobs('"x"', "http").replace("jobs", "cluster"), "whose server trains where it is"),
        (
            with_jobs('"x"', "flower").replace("jobs", "cluster"),
            "is one of this machine: leave it out",
        ),
        (with_jobs('2\ncluster = "tcp://a:1"'), "leave one out"),
    ],
)
def test_a_scenario_refuses_jobs(tmp_path: Path, text: str, words: str) -> None:
    answer = coopetition("solve", written(tmp_path, text))
    assert answer.code == 2
    assert words in answer.err


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Dask scheduler with two workers; give its address."""
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    host = ["--host", "127.0.0.1", "--no-dashboard"]
    workers = ["worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
    started: list[subprocess.Popen[bytes]] = []
    tmp_path = tmp_path_factory.mktemp("cluster")
    paths = [str(Path(__file__).parents[3]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    place = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with (tmp_path / "log").open("wb") as log:
        commands = [["scheduler", "--port", address.rpartition(":")[2], *host], workers]
        for words in commands:
            command = [sys.executable, "-m", "dask", *words]
            started.append(
                subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, env=place)
            )
        try:
            yield address
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()


def test_a_cluster_answers_the_same_and_survives_deaths(scheduler: str, tmp_path: Path) -> None:
    with ParallelOracle(MAKE, cluster=scheduler) as oracle:
        assert gains(oracle, QUERIES) == [a.gain for a in evaluate_checked(MAKE(), QUERIES)]
    make = partial(Deadly, str(tmp_path), 3.0, times=1)
    with Ledger(tmp_path / "gains.sqlite", ParallelOracle(make, cluster=scheduler)) as ledger:
        assert gains(ledger, plain(6)) == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    assert len(kept(tmp_path / "gains.sqlite")) == 6


def test_no_scheduler_is_one_sentence() -> None:
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    with pytest.raises(InvalidInputError, match=r"such as tcp://10\.0\.0\.5:8786, got 'nowhere"):
        ParallelOracle(MAKE, cluster="nowhere://1")


def test_a_scenario_on_a_cluster_prints_the_same(scheduler: str, tmp_path: Path) -> None:
    here = coopetition("solve", written(tmp_path, MEASURED), "--json")
    text = MEASURED.replace("[oracle]", f'[oracle]\ncluster = "{scheduler}"')
    there = coopetition("solve", written(tmp_path, text, "there.toml"), "--json")
    assert (there.code, there.err) == (0, here.err)
    assert told(there) == told(here)
    path = written(tmp_path, MEASURED.replace("[oracle]", '[oracle]\nledger = "g.sqlite"'))
    words: list[str | Path] = ["sweep", path, "--vary", "competition.damage=0.1,0.2", "--json"]
    swept = coopetition(*words, "--cluster", scheduler)
    assert swept.code == 0, swept.err
    (tmp_path / "g.sqlite").unlink()
    assert told(coopetition(*words, "--jobs", "1")) == told(swept)
    lost = coopetition("solve", written(tmp_path, text.replace(scheduler, "tcp://127.0.0.1:9")))
    assert lost.code == 2
    assert "no Dask scheduler answers" in lost.err
