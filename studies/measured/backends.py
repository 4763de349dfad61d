"""Which oracle a scenario names: the reference federation, one elsewhere, a plug-in, a ledger.

Every evaluation of a live oracle is written into a ledger, beside the scenario if it names none,
and read back instead of being measured again; `kind = "recorded"` needs nothing but that file.
"""

import os
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.oracles import Ledger, ReferenceOracle
from coopetition.oracles.ledger.counting import CountedOracle
from coopetition.oracles.ledger.tolerant import TolerantOracle
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.studies.scenario.oracle_kinds import KINDS, federation
from coopetition.studies.scenario.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Backend:
    """An oracle, and each organization's real samples and label skew, shape (N,).

    `note` says why no ledger is kept although none was declined.
    """

    oracle: UtilityOracle
    local_data: Array
    skew: Array
    note: str = ""


def open_backend(scenario: Scenario, *, kept: bool = True) -> Backend:
    """Open the oracle that a scenario names, with its ledger unless that is not to be `kept`.

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
        return _opened(scenario, kind.open(scenario, settings), kept=kept)
    dealt = ReferenceOracle(**federation(scenario, settings))
    stated = scenario.columns.get("local_data")
    for name, told, size in zip(scenario.organizations, stated or [], dealt.sizes, strict=False):
        if told != size:
            raise InvalidInputError(
                f"`local_data` of {name} is {told:g}, but the oracle deals it {size} rows: "
                "leave it out or state the same"
            )
    return _opened(scenario, kind.train(scenario, settings, dealt), dealt, kept=kept)


def _opened(
    scenario: Scenario, live: UtilityOracle, dealt: ReferenceOracle | None = None, *, kept: bool
) -> Backend:
    """Put the ledger before a live oracle, which must know the scenario's organizations."""
    oracle, note = live, ""
    try:
        if kept:
            oracle, note = _kept(live, scenario)
            oracle = _tolerant(oracle, scenario)
        if dealt is None:
            _check_fit(scenario, oracle.spec())
    except BaseException:
        oracle.close()
        raise
    if dealt is not None:
        data, skew = np.array(dealt.sizes, dtype=float), dealt.skew
    else:
        data, skew = (np.array(scenario.columns[k], dtype=float) for k in ("local_data", "skew"))
    return Backend(CountedOracle(oracle), data, skew, note)


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


def _tolerant(oracle: UtilityOracle, scenario: Scenario) -> UtilityOracle:
    """Go on where evaluations fail, if the scenario says so."""
    settings = scenario.oracle
    if settings is None or not settings.tolerant:
        return oracle
    return TolerantOracle(
        oracle,
        retries=settings.retries,
        on_failure=settings.on_failure,
        max_failures=settings.max_failures,
    )


def _kept(live: UtilityOracle, scenario: Scenario) -> tuple[UtilityOracle, str]:
    """Put the scenario's ledger before a live oracle, or say why that cannot be.

    One that the scenario names must be kept.
    """
    name = scenario.ledger
    if name is None or isinstance(live, Ledger):
        return live, ""
    if scenario.oracle and not scenario.oracle.ledger:
        if not live.spec().fingerprint:
            return live, "no ledger is kept: the oracle has no `fingerprint`"
        if not os.access(scenario.folder, os.W_OK):
            return live, f"no ledger is kept: the folder {scenario.folder} cannot be written to"
    return Ledger(scenario.folder / name, live), ""
