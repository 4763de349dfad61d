"""What the numbers of a scenario with an oracle are measured in: in the oracle's words."""

from contextlib import suppress
from dataclasses import replace

from coopetition.games.errors import CoopetitionError
from coopetition.oracles import Ledger
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.output.words import Words
from coopetition.studies.measured.backends import open_backend
from coopetition.studies.scenario.oracle_kinds import FEDERATIONS, OracleSettings
from coopetition.studies.scenario.scenario import Scenario


def told_by(spec: OracleSpec, words: Words) -> Words:
    """Return the words with an oracle's own: what it counts, and its metric."""
    return replace(words, contribution=spec.unit, gain=spec.metric)


def words_of(scenario: Scenario) -> Words:
    """Return the words of a scenario, and of its oracle, where it has one; nothing is trained.

    They stand in its ledger, if it has one. A finished play may be shown when its oracle is gone:
    then the words are the general ones.
    """
    if scenario.oracle is None:
        return scenario.words
    try:
        return told_by(_spec(scenario, scenario.oracle), scenario.words)
    except CoopetitionError:
        return scenario.words


def _spec(scenario: Scenario, settings: OracleSettings) -> OracleSpec:
    settings = replace(settings, jobs=1, cluster=None)
    if settings.kind in FEDERATIONS:  # all train the reference federation: no stack is started
        settings = replace(settings, kind="reference", ledger=None)
    elif scenario.ledger is not None:
        with suppress(CoopetitionError), Ledger(scenario.folder / scenario.ledger) as ledger:
            return ledger.spec()
    backend = open_backend(replace(scenario, oracle=settings), kept=False)
    try:
        return backend.oracle.spec()
    finally:
        backend.oracle.close()
