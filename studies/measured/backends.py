"""Which oracle a scenario names: the reference federation, one elsewhere, a plug-in, a ledger.

With `ledger` every evaluation of a live oracle is written down, and read back instead of being
measured again; `kind = "recorded"` needs nothing but that file.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.oracles import Ledger, ReferenceOracle
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.studies.scenario.oracle_kinds import KINDS, federation
from coopetition.studies.scenario.scenario import Scenario


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
        If what the scenario says of the organizations differs from what the oracle knows, or no
        such plug-in is installed.
    OracleError
        If the ledger is missing, damaged or foreign, or the plug-in is broken.
    """
    settings = scenario.oracle
    assert settings is not None
    kind = KINDS[settings.kind]
    if kind.train is None:
        assert kind.open is not None
        return _foreign(scenario, _kept(kind.open(scenario, settings), scenario, settings.ledger))
    dealt = ReferenceOracle(**federation(scenario, settings))
    stated = scenario.columns.get("local_data")
    for name, told, size in zip(scenario.organizations, stated or [], dealt.sizes, strict=False):
        if told != size:
            raise InvalidInputError(
                f"`local_data` of {name} is {told:g}, but the oracle deals it {size} rows: "
                "leave it out or state the same"
            )
    live = _kept(kind.train(scenario, settings, dealt), scenario, settings.ledger)
    return Backend(live, np.array(dealt.sizes, dtype=float), dealt.skew)


def _foreign(scenario: Scenario, oracle: UtilityOracle) -> Backend:
    """Check that an oracle that lives elsewhere knows the scenario's organizations."""
    try:
        _check_fit(scenario, oracle.spec())
    except BaseException:
        oracle.close()
        raise
    columns = {key: np.array(scenario.columns[key], dtype=float) for key in ("local_data", "skew")}
    return Backend(oracle, columns["local_data"], columns["skew"])


def _check_fit(scenario: Scenario, spec: OracleSpec) -> None:
    """Refuse a scenario with other organizations, or larger contributions, than the oracle's."""
    if scenario.organizations != tuple(spec.organizations):  # a plug-in may have a list
        raise InvalidInputError(
            f"the organizations' `name` must be {list(spec.organizations)} as the oracle has them, "
            f"got {list(scenario.organizations)}"
        )
    tops = scenario.columns["max_contribution"]
    for name, top, most in zip(spec.organizations, tops, spec.upper, strict=True):
        if top is not None and top > most:
            raise InvalidInputError(
                f"`max_contribution` of {name} must be at most {most:g}, which the oracle can do, "
                f"got {top:g}"
            )


def _kept(live: UtilityOracle, scenario: Scenario, ledger: str | None) -> UtilityOracle:
    """Put the scenario's ledger, if it names one, before a live oracle."""
    if ledger is None or isinstance(live, Ledger):
        return live
    try:
        return Ledger(scenario.folder / ledger, live)
    except BaseException:
        live.close()
        raise
