"""Which oracle a scenario names: the reference federation, or a ledger that replays one.

With `ledger` every evaluation of a live oracle is written down, and read back instead of being
measured again; `kind = "recorded"` needs nothing but that file.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array
from coopetition.games.oracle import UtilityOracle
from coopetition.oracles import Ledger, ReferenceOracle
from coopetition.studies.scenario import Scenario
from coopetition.studies.settings import OracleSettings


@dataclass(frozen=True, eq=False)
class Backend:
    """An oracle, and each organization's real samples and label skew, shape (N,)."""

    oracle: UtilityOracle
    local_data: Array
    skew: Array


def open_backend(scenario: Scenario) -> Backend:
    """Open the oracle that a scenario names.

    Raises
    ------
    InvalidInputError
        If what the scenario says of the organizations differs from what the oracle knows.
    OracleError
        If the ledger is missing, damaged or foreign.
    """
    settings = scenario.oracle
    assert settings is not None
    if settings.kind == "recorded":
        return _recorded(scenario, settings)
    oracle = _reference(scenario, settings)
    data, skew = np.array(oracle.sizes, dtype=float), oracle.skew
    stated = scenario.columns.get("local_data")
    for name, told, size in zip(scenario.organizations, stated or [], oracle.sizes, strict=False):
        if told != size:
            raise InvalidInputError(
                f"`local_data` of {name} is {told:g}, but the oracle deals it {size} rows: "
                "leave it out or state the same"
            )
    kept = oracle if settings.ledger is None else Ledger(settings.ledger, oracle)
    return Backend(kept, data, skew)


def _reference(scenario: Scenario, settings: OracleSettings) -> ReferenceOracle:
    return ReferenceOracle(
        organizations=scenario.organizations,
        dataset=settings.dataset,
        alpha=settings.alpha,
        local_rows=settings.local_rows,
        upper=[float(value or 0.0) for value in scenario.columns["max_contribution"]],
        rounds=settings.rounds,
        epochs=settings.epochs,
        seed=scenario.seed,
    )


def _recorded(scenario: Scenario, settings: OracleSettings) -> Backend:
    """Replay a ledger; the scenario must name the organizations and bounds that it recorded."""
    assert settings.ledger is not None
    ledger = Ledger(settings.ledger)
    spec = ledger.spec()
    bounds = tuple(float(value or 0.0) for value in scenario.columns["max_contribution"])
    for field, said, known in (
        ("name", scenario.organizations, spec.organizations),
        ("max_contribution", bounds, spec.upper),
    ):
        if tuple(said) != tuple(known):
            ledger.close()
            raise InvalidInputError(
                f"the organizations' `{field}` must be {list(known)} as the ledger recorded them, "
                f"got {list(said)}"
            )
    columns = {key: np.array(scenario.columns[key], dtype=float) for key in ("local_data", "skew")}
    return Backend(ledger, columns["local_data"], columns["skew"])
