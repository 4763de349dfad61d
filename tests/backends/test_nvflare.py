"""NVIDIA FLARE for real: the simulator starts, with a process for every site.

Each test that starts a simulation takes about 10 s.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coopetition.games.errors import OracleError
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote.process import ProcessOracle

pytestmark = pytest.mark.nvflare

SETTINGS = {
    "organizations": ["North", "South", "{West}"],
    "local_rows": 90,
    "rounds": 2,
    "own_test": True,
}
QUERIES = [
    Query((10.0, 20.0, 30.0)),
    Query((0.0, 0.0, 0.0)),
    Query((50.0, 0.0, 30.0), coalition=(0, 2), seed=3),
    Query((10.0, 20.0, 30.0), seed=4),
    Query((0.0, 40.0, 0.0), coalition=(1,)),
    Query((10.0, 20.0, 30.0)),
]

FAULTS = """
def spec():
    return OracleSpec(
        organizations=("North", "South", "West"), metric="sum", unit="rows", lower=(0.0,) * 3,
        upper=(99.0,) * 3, baseline=0.0, deterministic=True, fingerprint="sum-1",
        provides=frozenset({"gain", "gains", "coalition"}), baselines=(0.5, 0.25, 0.125))


def tested(contribution, weights):
    # What two test rows of a silo gain.
    if contribution == 19:
        raise ValueError("no test rows")
    return paired_gain([0.0, 0.0], [0.0, -weights * contribution])


def happen(contribution, round_):
    if contribution == 13 and round_ == 1:
        raise ValueError("no memory")
    if contribution == 17:
        os._exit(3)


def happen_at_server(seed):
    if seed == 1:
        os._exit(4)
    if seed == 2:
        raise RuntimeError("no test data")
    return float("nan") if seed == 3 else 0.0
"""
SITES = "def tested(" + FAULTS.partition("def tested(")[2]

COLLAB = f"""
import os

from coopetition.oracles.protocol.own_test import own_gains, paired_gain
from coopetition.oracles.protocol.query import Evaluation, OracleSpec
from coopetition.oracles.nvflare.worker import FlareOracle, answer_collab
from coopetition.oracles.remote.process import serve_lines
from nvflare.collab import CollabRecipe, collab
{FAULTS}

class Silo:
    @collab.publish
    def train(self, contribution, seed, coalition, weights, round_):
        happen(contribution, round_)
        return weights + contribution

    @collab.publish
    def validate(self, contribution, seed, coalition, weights):
        return tested(contribution, weights)


def measure(query, ask):
    weights = 0.0
    for round_ in range(2):
        weights = sum(ask(weights=weights, round_=round_).values()) / 100
    gain = weights + happen_at_server(query.seed)
    return Evaluation("ok", gain, **own_gains(query, ask(task="validate", weights=weights)))


class Server:
    @collab.main
    def main(self):
        answer_collab(measure)


if __name__ == "__main__":
    serve_lines(FlareOracle(spec(), CollabRecipe("federation", Server(), Silo()).export))
"""

CONTROLLER = f"""
import os

import numpy as np
from coopetition.oracles.protocol.own_test import own_gains, paired_gain
from coopetition.oracles.protocol.query import Evaluation, OracleSpec
from coopetition.oracles.nvflare.worker import FlareOracle
from coopetition.oracles.nvflare.controller import MeasuresQueries
from coopetition.oracles.remote.process import serve_lines
from nvflare.app_common.abstract.fl_model import FLModel
from nvflare.app_common.workflows.model_controller import ModelController
from nvflare.job_config.api import FedJob
from nvflare.job_config.script_runner import FrameworkType, ScriptRunner
{FAULTS}

class Federation(MeasuresQueries, ModelController):
    def measure(self, query):
        model = FLModel(params={{"weights": np.zeros(1)}})
        for model.current_round in range(2):
            replies = self.send_model_and_wait(data=model)
            model.params["weights"] = sum(reply.params["weights"] for reply in replies) / 100
        gain = model.params["weights"][0] + happen_at_server(query.seed)
        self.send_model_and_wait("validate", model)
        replies = {{n: reply.metrics for n, reply in self.replies[-1].items()}}
        return Evaluation("ok", gain, **own_gains(query, replies))


if __name__ == "__main__":
    job = FedJob("federation")
    job.to_server({{"server": {{"task_request_interval": 0.05}}}})
    job.to_server(Federation())
    job.to_clients(ScriptRunner(script="silo.py", framework=FrameworkType.RAW))
    serve_lines(FlareOracle(spec(), job.export_job))
"""

SILO = f"""
import os

import nvflare.client as flare
from coopetition.oracles.protocol.own_test import paired_gain

{SITES}

flare.init()
while flare.is_running():
    model = flare.receive()
    contribution = model.meta["contribution"]
    if flare.is_evaluate():
        flare.send(flare.FLModel(metrics=tested(contribution, model.params["weights"][0])))
        continue
    happen(contribution, model.current_round)
    flare.send(flare.FLModel(params={{"weights": model.params["weights"] + contribution}}))
"""


@pytest.fixture(scope="module", autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the workers a folder for temporary files, and see that nothing is left of them."""
    folder = tmp_path_factory.mktemp("temporary")
    yield folder
    assert list(folder.iterdir()) == []
    assert processes_in(folder) == []
    assert "nvflare" not in sys.modules


def processes_in(folder: Path) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(folder) in line]


def worker(temporary: Path, *command: str, cwd: Path | None = None) -> ProcessOracle:
    environment = os.environ | {"TMPDIR": str(temporary)}
    return ProcessOracle([sys.executable, *command], timeout=120.0, cwd=cwd, env=environment)


def reference_worker(temporary: Path, **settings: object) -> ProcessOracle:
    return worker(temporary, "-m", "coopetition.oracles.nvflare", json.dumps(SETTINGS | settings))


def ask(oracle: ProcessOracle, query: Query) -> Evaluation:
    return evaluate_checked(oracle, [query])[0]


@pytest.mark.parametrize("api", ["collab", "controller"])
def test_flare_trains_what_the_reference_trains(api: str, temporary: Path) -> None:
    reference = ReferenceOracle(**SETTINGS)  # type: ignore[arg-type]
    wanted = evaluate_checked(reference, QUERIES)
    with reference_worker(temporary, api=api) as oracle:
        answers = evaluate_checked(oracle, QUERIES)
        spec = oracle.spec()
    # Everybody's own gains, their errors and parts too, which the sites measure.
    assert [replace(a, seconds=0.0) for a in answers] == [replace(a, seconds=0.0) for a in wanted]
    assert [a.gains is None or a.gains.count(None) for a in answers] == [0, 0, 1, 0, 2, 0]
    assert None not in [a.gain_errors for a in answers]
    fingerprint = f"nvflare-{api}-{reference.spec().fingerprint}"
    hint = reference.spec().seconds_hint
    assert replace(spec, seconds_hint=hint) == replace(reference.spec(), fingerprint=fingerprint)


@pytest.fixture(scope="module", params=["collab", "controller"])
def federation(
    request: pytest.FixtureRequest, temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProcessOracle]:
    """Start a worker as one writes it oneself, whose sites and server fail when told to."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "federation.py").write_text(COLLAB if request.param == "collab" else CONTROLLER)
    (folder / "silo.py").write_text(SILO)
    with worker(temporary, "federation.py", cwd=folder) as oracle:
        yield oracle


def test_a_failure_of_the_server_is_a_value(federation: ProcessOracle) -> None:
    answer = ask(federation, Query((1.0, 2.0, 3.0)))
    assert answer.gain is not None
    assert answer.gain == pytest.approx(0.06 + 3 * 0.0006)
    assert answer.gains == pytest.approx([answer.gain * x / 2 for x in (1, 2, 3)])
    assert answer.gain_errors == pytest.approx(
        answer.gains
    )  # of a row that gains nothing, and one that does
    assert federation.spec().baselines == (0.5, 0.25, 0.125)
    failed = ask(federation, Query((1.0, 2.0, 3.0), seed=2))
    assert (failed.status, failed.gain) == ("failed", None)
    assert failed.error == "RuntimeError: no test data"
    assert ask(federation, Query((1.0, 2.0, 3.0), seed=3)).status == "failed"


def test_a_site_that_raises_is_left_out_and_named(federation: ProcessOracle) -> None:
    partial = ask(federation, Query((1.0, 13.0, 3.0)))
    assert (partial.status, partial.responded) == ("partial", (0, 2))
    assert partial.error == "no reply from South"


def test_a_site_that_does_not_test_is_named_and_its_gain_is_not_made_up(
    federation: ProcessOracle,
) -> None:
    partial = ask(federation, Query((1.0, 19.0, 3.0), coalition=(0, 1)))
    assert (partial.status, partial.responded) == ("partial", (0,))
    assert partial.error == "no reply from South"
    assert partial.gains is not None
    assert [gain is None for gain in partial.gains] == [False, True, True]


def test_a_site_whose_process_dies_is_left_out_and_comes_back(federation: ProcessOracle) -> None:
    partial = ask(federation, Query((1.0, 17.0, 3.0)))
    assert (partial.status, partial.responded) == ("partial", (0, 2))
    assert ask(federation, Query((1.0, 2.0, 3.0))).status == "ok"


def test_nobody_left_is_no_gain(federation: ProcessOracle) -> None:
    failed = ask(federation, Query((13.0, 13.0, 5.0), coalition=(0, 1)))
    assert (failed.status, failed.gain, failed.responded) == ("failed", None, ())
    assert failed.error is not None
    assert "nobody replies (organization 0: " in failed.error


def test_a_crash_of_the_simulation_is_one_error_and_the_next_question_starts_another(
    federation: ProcessOracle,
) -> None:
    with pytest.raises(OracleError, match=r"the FLARE simulation crashed: .* exit code 4"):
        ask(federation, Query((1.0, 2.0, 3.0), seed=1))
    assert ask(federation, Query((1.0, 2.0, 3.0))).status == "ok"


def test_a_simulation_that_cannot_start_says_why(temporary: Path, tmp_path: Path) -> None:
    script = COLLAB.replace("        answer_collab(measure)", "        raise OSError('no port')")
    assert script != COLLAB
    (tmp_path / "federation.py").write_text(script)
    with (
        worker(temporary, "federation.py", cwd=tmp_path) as oracle,
        pytest.raises(OracleError, match=r"the FLARE simulation crashed: .*no port"),
    ):
        ask(oracle, Query((1.0, 2.0, 3.0)))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("[]", "the one argument must be a JSON object"),
        ('{"organizations": ["North"], "api": "grpc"}', "`api` must be collab or controller"),
        ('{"organizations": ["North"], "clients": 3}', "`clients` is not one of api, "),
        ('{"organizations": ["North", "South"], "rounds": 0}', "`rounds` must be an integer"),
    ],
)
def test_wrong_settings_are_one_sentence(argument: str, message: str) -> None:
    command = [sys.executable, "-m", "coopetition.oracles.nvflare", argument]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_flare_is_named(tmp_path: Path) -> None:
    (tmp_path / "nvflare").mkdir()
    (tmp_path / "nvflare" / "__init__.py").write_text("raise ImportError")
    command = [sys.executable, "-m", "coopetition.oracles.nvflare", json.dumps(SETTINGS)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert "pip install 'coopetition[nvflare]'" in done.stderr
