"""What axes are called: the oracle's own words, where there is an oracle."""

from contextlib import suppress
from dataclasses import dataclass, replace

from coopetition.games.errors import CoopetitionError
from coopetition.games.query import OracleSpec
from coopetition.oracles import Ledger
from coopetition.studies.backends import open_backend
from coopetition.studies.oracle_settings import FEDERATIONS, OracleSettings
from coopetition.studies.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Words:
    """What contributions are counted in, and what gains are measured in."""

    contribution: str = "synthetic samples"
    gain: str = "performance units"

    @classmethod
    def of(cls, spec: OracleSpec) -> "Words":
        """Return the words of an oracle."""
        return cls(spec.unit, spec.metric)


def words_of(scenario: Scenario) -> Words:
    """Return the words of a scenario's oracle, where it has one; nothing is trained for them.

    They stand in its ledger, if it has one. A finished play may be drawn when its oracle is gone:
    then the words are the general ones.
    """
    if scenario.oracle is None:
        return Words()
    try:
        return Words.of(_spec(scenario, scenario.oracle))
    except CoopetitionError:
        return Words()


def _spec(scenario: Scenario, settings: OracleSettings) -> OracleSpec:
    if settings.kind in FEDERATIONS:  # all train the reference federation: no stack is started
        settings = replace(settings, kind="reference", jobs=1, cluster=None, ledger=None)
    elif settings.ledger is not None:
        with suppress(CoopetitionError), Ledger(scenario.folder / settings.ledger) as ledger:
            return ledger.spec()
    backend = open_backend(replace(scenario, oracle=settings))
    try:
        return backend.oracle.spec()
    finally:
        backend.oracle.close()
