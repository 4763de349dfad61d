"""Flower as a backend, for real: the reference task, a custom worker, and what can break.

Flower and Ray run in processes of their own, as in use. Starting a simulation takes 5 to 45
seconds, so the tests share two.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import OracleError
from coopetition.oracles.conformance.check import check_oracle
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote.process import ProcessOracle

pytestmark = pytest.mark.flower

PYTHON = sys.executable
SETTINGS = {
    "organizations": ["North", "South", "West"],
    "dataset": "breast-cancer",
    "local_rows": 90,
    "upper": 100,
    "rounds": 3,
    "own_test": True,
}

# The training is a sum that is known in closed form: each of two rounds adds the mean of the
# contributions, weighted by themselves. What silos with certain contributions do is said below.
# A silo's test rows lose nothing or twice the model, and its gain is the model less its baseline.
OWN = """
import json, os, sys
from coopetition.oracles.flower.worker import RecordsSilos, serve_flower
from coopetition.oracles.protocol.own_test import own_gains, paired_gain
from coopetition.oracles.protocol.query import OracleSpec
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg
import numpy as np

class Strategy(RecordsSilos, FedAvg):
    pass

app = ClientApp()
BASELINES = (0.5, 0.25, 0.125)

@app.train()
def learn(message, context):
    rows = message.content["config"]["contribution"]
    if rows == 91.0:
        raise ValueError("the disk is full")
    if rows == 92.0:
        os._exit(1)
    model = message.content["arrays"].to_numpy_ndarrays()[0] + rows
    reply = {"arrays": ArrayRecord([model]), "metrics": MetricRecord({"num-examples": rows})}
    return Message(RecordDict(reply), reply_to=message)

@app.evaluate()
def score(message, context):
    (model,) = message.content["arrays"].to_numpy_ndarrays()
    if message.content["config"]["contribution"] == 95.0:
        raise ValueError("the test rows are gone")
    baseline = BASELINES[context.node_config["partition-id"]]
    figures = paired_gain([-baseline] * 2, [0.0, -2 * model[0]])
    figures |= {"num-examples": 2, "score": float(model[0])}
    return Message(RecordDict({"metrics": MetricRecord(figures)}), reply_to=message)

def train(grid, query):
    if query.seed == 93:
        raise RuntimeError("the server has no licence")
    if query.seed == 94:
        os.abort()
    strategy = Strategy(query, min_train_nodes=3, min_available_nodes=3)
    result = strategy.start(grid, ArrayRecord([np.zeros(1)]), num_rounds=2)
    every_round = strategy.evaluate_metrics
    replies = strategy.evaluate_members(grid, result.arrays)
    (model,) = result.arrays.to_numpy_ndarrays()
    assert [r["score"] for r in replies.values()] == [model[0]] * len(replies)
    assert query.contribution[0] == 95.0 or list(every_round) == [1, 2, 0]
    return strategy.evaluation(float(model[0]), **own_gains(query, replies))

spec = OracleSpec(
    organizations=("North", "South", "West"), metric="sum", unit="rows", lower=(0.0,) * 3,
    upper=(100.0,) * 3, baseline=0.0, deterministic=True, batch=4,
    provides=frozenset({"gain", "gains", "coalition"}), fingerprint="own-1", baselines=BASELINES)
serve_flower(spec, app, train, backend_config=json.loads(sys.argv[1]))
"""


def own(folder: Path, **backend_config: object) -> ProcessOracle:
    script = folder / "own.py"
    script.write_text(OWN)
    return ProcessOracle([PYTHON, str(script), json.dumps(backend_config)], timeout=300.0)


def closed_form(x: tuple[float, ...]) -> float:
    return 2 * sum(v * v for v in x) / sum(x)


def ask(oracle: ProcessOracle, *x: float, **rest: object) -> Evaluation:
    return evaluate_checked(oracle, [Query(x, **rest)])[0]  # type: ignore[arg-type]


def running() -> list[tuple[int, int, int, str]]:
    """Return session, parent, process and command of all that runs."""
    listing = subprocess.run(
        ["ps", "-wweo", "sid=,ppid=,pid=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 3) for line in listing.stdout.splitlines())
    return [(int(row[0]), int(row[1]), int(row[2]), row[3]) for row in rows]


def session(mark: str) -> int:
    """Return the session of a worker of ours; Ray's processes stay in it."""
    (found,) = (
        sid for sid, parent, pid, args in running() if parent == os.getpid() and mark in args
    )
    return found


def left(sid: int) -> list[str]:
    """Return what still runs in a session after it was given time to end."""
    deadline = time.monotonic() + 90.0
    while True:
        rows = [args for row, _, _, args in running() if row == sid]
        if not rows or time.monotonic() > deadline:
            return rows
        time.sleep(0.2)


@pytest.fixture(scope="module")
def flower() -> Iterator[ProcessOracle]:
    """Serve the reference task; afterwards nothing may be left of it."""
    command = [PYTHON, "-m", "coopetition.oracles.flower", json.dumps(SETTINGS)]
    with ProcessOracle(command, timeout=300.0) as oracle:
        yield oracle
        sid = session("coopetition.oracles.flower")
        assert any("raylet" in args for row, _, _, args in running() if row == sid)
    assert left(sid) == []


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessOracle]:
    """Serve a ClientApp and a strategy of one's own."""
    with own(tmp_path_factory.mktemp("flower")) as oracle:
        ask(oracle, 1.0, 1.0, 1.0)
        first = session("own.py")
        yield oracle
    assert left(first) == []  # a test has killed it: what is left of Ray needs some time to notice


def reference() -> ReferenceOracle:
    return ReferenceOracle(**SETTINGS)  # type: ignore[arg-type]


def test_flower_trains_what_the_reference_oracle_does(flower: ProcessOracle) -> None:
    queries = [
        Query((0.0, 0.0, 0.0)),
        Query((100.0, 0.0, 31.0)),
        Query((100.0, 0.0, 31.0), seed=2**40),
        Query((100.0, 0.0, 31.0), coalition=(0, 2)),
        Query((0.0, 7.0, 0.0), coalition=(1,)),
        Query((1.0, 2.0, 3.0), coalition=()),
    ]
    there, here = (
        [replace(answer, seconds=0.0) for answer in evaluate_checked(oracle, queries)]
        for oracle in (flower, reference())
    )
    assert there == here  # everybody's own gains, their errors and parts too
    assert [a.gains is None or a.gains.count(None) for a in there] == [0, 0, 0, 1, 2, 0]
    assert None not in [a.gain_errors for a in there[:-1]]
    assert len({a.gain for a in there}) == len(queries)
    again = evaluate_checked(flower, queries[::-1])[::-1]
    assert [a.gain for a in again] == [a.gain for a in there]
    assert "flwr" not in sys.modules
    assert "ray" not in sys.modules


def test_the_description_is_the_reference_oracles_under_another_fingerprint(
    flower: ProcessOracle,
) -> None:
    there, here = flower.spec(), reference().spec()
    assert there.fingerprint == f"flower-{here.fingerprint}"
    same = ("organizations", "metric", "unit", "upper", "baseline", "provides", "deterministic")
    assert "gains" in there.provides
    assert [getattr(there, name) for name in same] == [getattr(here, name) for name in same]


def test_the_conformance_kit_passes(flower: ProcessOracle) -> None:
    report = check_oracle(flower, seeds=(0, 1))
    assert report.passed, str(report)


def test_a_client_and_a_strategy_of_ones_own(worker: ProcessOracle) -> None:
    answer = ask(worker, 10.0, 20.0, 30.0)
    assert (answer.status, answer.responded) == ("ok", (0, 1, 2))
    assert answer.gain is not None
    assert answer.gain == pytest.approx(closed_form((10.0, 20.0, 30.0)), abs=1e-12)
    baselines = worker.spec().baselines
    assert baselines == (0.5, 0.25, 0.125)
    assert answer.gains == pytest.approx([answer.gain - own for own in baselines], abs=1e-12)
    assert answer.gain_errors == pytest.approx([answer.gain] * 3, abs=1e-12)
    assert answer.gain_parts is not None
    assert sorted(answer.gain_parts[1] or ()) == pytest.approx([-0.25, 2 * answer.gain - 0.25])
    two = ask(worker, 10.0, 20.0, 30.0, coalition=(0, 2))
    assert two.gain == pytest.approx(closed_form((10.0, 30.0)), abs=1e-12)
    assert two.responded == (0, 2)
    assert two.gains is not None
    assert [gain is None for gain in two.gains] == [False, True, False]


def test_a_silo_that_does_not_test_is_named_and_its_gain_is_not_made_up(
    worker: ProcessOracle,
) -> None:
    answer = ask(worker, 95.0, 20.0, 30.0)
    assert (answer.status, answer.responded) == ("partial", (1, 2))
    assert answer.error is not None
    assert "the test rows are gone" in answer.error
    assert answer.gains is not None
    assert [gain is None for gain in answer.gains] == [True, False, False]


def test_no_rows_at_all_leave_the_model_as_it_was(worker: ProcessOracle) -> None:
    nobody = ask(worker, 0.0, 0.0, 0.0)
    assert (nobody.status, nobody.gain, nobody.responded) == ("ok", 0.0, (0, 1, 2))
    one = ask(worker, 0.0, 5.0, 0.0)
    assert (one.status, one.gain, one.responded) == ("ok", 10.0, (0, 1, 2))


@pytest.mark.parametrize(
    ("fault", "reason"), [(91.0, "the disk is full"), (92.0, "actor")], ids=["raises", "dies"]
)
def test_a_silo_that_fails_is_missed_and_the_others_are_not(
    worker: ProcessOracle, fault: float, reason: str
) -> None:
    answer = ask(worker, 10.0, fault, 30.0)
    assert (answer.status, answer.responded) == ("partial", (0, 2))
    assert answer.gain == pytest.approx(closed_form((10.0, 30.0)), abs=1e-12)
    alone = ask(worker, 10.0, fault, 30.0, coalition=(1,))
    assert (alone.status, alone.gain, alone.responded) == ("failed", None, ())
    assert alone.error is not None
    assert reason in alone.error
    assert "silo 1" in alone.error
    after = ask(worker, 10.0, 20.0, 30.0)
    assert (after.status, after.responded) == ("ok", (0, 1, 2))


def test_what_the_server_raises_is_the_failure_of_one_query(worker: ProcessOracle) -> None:
    queries = [Query((1.0, 1.0, 1.0), seed=93), Query((1.0, 1.0, 1.0))]
    failed, fine = evaluate_checked(worker, queries)
    assert (failed.status, failed.gain) == ("failed", None)
    assert failed.error == "RuntimeError: the server has no licence"
    assert fine.gain == pytest.approx(2.0)


def test_a_simulation_that_dies_is_an_error_and_is_started_again(worker: ProcessOracle) -> None:
    ask(worker, 1.0, 2.0, 3.0)
    with pytest.raises(OracleError, match="was killed by signal 6"):
        ask(worker, 1.0, 2.0, 3.0, seed=94)
    assert ask(worker, 1.0, 2.0, 3.0).gain == pytest.approx(closed_form((1.0, 2.0, 3.0)))


def test_ray_that_breaks_down_is_an_error_and_never_a_number(worker: ProcessOracle) -> None:
    ask(worker, 1.0, 2.0, 3.0)
    sid = session("own.py")
    for part in ("/raylet/raylet", "ray::ClientAppActor"):
        for _, _, pid, _ in [row for row in running() if row[0] == sid and part in row[3]]:
            os.kill(pid, signal.SIGKILL)
    with pytest.raises(OracleError, match="the Flower simulation crashed: OracleError: Ray lost"):
        assert [ask(worker, 1.0, 2.0, 3.0).gain for _ in range(5)] == [None] * 5
    assert left(sid) == []


def test_a_simulation_that_cannot_start_says_why(tmp_path: Path) -> None:
    with own(tmp_path, client_resources={"num_cpus": 10_000}) as oracle:
        oracle.spec()
        sid = session(str(tmp_path))
        with pytest.raises(OracleError, match=r"exit code 1.*simulation crashed.*ActorPool"):
            ask(oracle, 1.0, 2.0, 3.0)
    assert left(sid) == []


# A grid without Ray, whose nodes have random numbers and reply in random order, or not at all.
DIRECT = """
import json, random, sys
import numpy as np
from coopetition.oracles.flower.silos import Introduced, RecordsSilos
from coopetition.oracles.flower.reference import ReferenceClient
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.protocol.query import Query
from flwr.app import ArrayRecord, Context, Error, Message, RecordDict
from flwr.serverapp.strategy import FedAvg

settings = json.loads(sys.argv[1])
oracle = ReferenceOracle(**settings)
client = Introduced(ReferenceClient(sys.argv[1]))
try:  # messages want to know in which run they are
    from flwr.supercore.task_identity import TaskIdentity
    TaskIdentity.run_id = TaskIdentity.node_id = TaskIdentity.task_id = 1
except ImportError:
    pass  # an older Flower

class Grid:
    def __init__(self, fails=(), late=()):
        self.nodes = dict(zip(random.sample(range(1, 2**62), 3), range(3)))
        self.fails, self.late, self.sent = fails, late, []
    def get_node_ids(self):
        return random.sample(list(self.nodes), 3)
    def send_and_receive(self, messages, timeout=None):
        replies = [self.reply(message) for message in messages]
        random.shuffle(replies)
        return [reply for reply in replies if reply is not None]
    def reply(self, message):
        silo, node = self.nodes[message.metadata.dst_node_id], message.metadata.dst_node_id
        config = message.content.get("config", {})
        if config:
            self.sent.append((silo, config["contribution"], config["server-round"]))
        if config.get("server-round") == 2 and silo in self.late:
            return None
        if config.get("server-round") == 1 and silo in self.fails:
            return Message(Error(0, "<class 'ValueError'>:<'no disk'>"), reply_to=message)
        place = Context(0, node, {"partition-id": silo}, RecordDict(), {})
        return client(message=message, context=place)

class Strategy(RecordsSilos, FedAvg):
    pass

def run(query, **faults):
    grid = Grid(**faults)
    strategy = Strategy(query, min_train_nodes=1, fraction_evaluate=0.0)
    result = strategy.start(grid, ArrayRecord([oracle.untrained()]), settings["rounds"])
    (weights,) = result.arrays.to_numpy_ndarrays()
    off = float(abs(weights - oracle.weights(query)).max())
    answer = strategy.evaluation(0.5)
    return {
        "off": off, "sent": sorted(grid.sent), "failures": strategy.failures,
        "metrics": strategy.train_metrics, "status": answer.status, "responded": answer.responded,
        "error": answer.error, "weights": weights.tolist(),
    }

full, some = Query((100.0, 0.0, 31.0), seed=5), Query((100.0, 0.0, 31.0), (0, 2))
runs = {"full": run(full), "again": run(full), "some": run(some)}
runs["faults"] = run(full, fails=(0,), late=(2,))
runs["nobody"] = run(Query((9.0, 0.0, 0.0), (0,)), fails=(0,))
print(json.dumps(runs))
"""


@pytest.fixture(scope="module")
def direct() -> dict[str, Any]:
    """Run Flower's FedAvg with our mix-in on a grid that calls the clients directly."""
    done = subprocess.run(
        [PYTHON, "-c", DIRECT, json.dumps(SETTINGS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_weights_are_the_reference_oracles_whatever_the_order_of_replies(
    direct: dict[str, Any],
) -> None:
    assert direct["full"]["off"] <= 1e-12
    assert direct["some"]["off"] <= 1e-12
    assert direct["again"]["weights"] == direct["full"]["weights"]
    assert np.abs(direct["full"]["weights"]).max() > 0.1


def test_a_silo_learns_its_own_contribution_only_and_outsiders_get_no_work(
    direct: dict[str, Any],
) -> None:
    per_round = [[0, 100.0], [1, 0.0], [2, 31.0]]
    assert direct["full"]["sent"] == [[*own, r] for own in per_round for r in (1, 2, 3)]
    assert direct["some"]["sent"] == [[*own, r] for own in per_round[::2] for r in (1, 2, 3)]


def test_every_silos_metrics_are_kept_by_round(direct: dict[str, Any]) -> None:
    oracle = reference()
    query = Query((100.0, 0.0, 31.0), seed=5)
    rows = {str(n): {"num-examples": oracle.rows_trained(n, query)} for n in range(3)}
    assert direct["full"]["metrics"] == {"1": rows, "2": rows, "3": rows}
    assert (direct["full"]["status"], direct["full"]["failures"]) == ("ok", {})


def test_who_failed_and_who_was_late_is_recorded(direct: dict[str, Any]) -> None:
    faults = direct["faults"]
    assert faults["failures"] == {"1": {"0": "no disk"}, "2": {"2": "no reply in time"}}
    assert [sorted(faults["metrics"][r]) for r in "123"] == [["1", "2"], ["0", "1"], list("012")]
    assert (faults["status"], faults["responded"]) == ("partial", [1])
    assert faults["error"] == "silo 0: no disk; silo 2: no reply in time"
    assert (direct["nobody"]["status"], direct["nobody"]["error"]) == ("failed", "silo 0: no disk")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("{", "must be a JSON object"),
        ('{"organizations": "North"}', "`organizations`"),
        ('{"organizations": ["North"], "round": 3}', "`round` is not one of organizations, "),
        ('{"organizations": ["North"], "rounds": 0}', "`rounds` must be an integer"),
        ('{"organizations": ["North"], "upper": true, "dataset": []}', "malformed"),
    ],
)
def test_bad_settings_are_one_sentence(argument: str, message: str) -> None:
    command = [PYTHON, "-m", "coopetition.oracles.flower", argument]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


def test_a_strategy_of_an_older_kind_is_refused_in_one_sentence() -> None:
    code = (
        "from coopetition.oracles.flower import RecordsSilos\n"
        "from coopetition.oracles.protocol import Query\n"
        "from flwr.server.strategy import FedAvg\n"
        "class Older(RecordsSilos, FedAvg): pass\n"
        "try: Older(Query((1.0,)))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == (
        "OracleError Older is a strategy of an older kind, such as those of flwr.server.strategy: "
        "take one of flwr.serverapp.strategy\n"
    )


@pytest.mark.parametrize("missing", ["flwr", "ray"])
def test_a_missing_package_names_the_extra(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from coopetition.oracles.flower.reference import main\n"
        'sys.exit(main([\'{"organizations": ["North"]}\']))'
    )
    done = subprocess.run(
        [PYTHON, "-c", code], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert done.stderr == f"{missing} is not installed: pip install 'coopetition[flower]'\n"
