"""Taking part is judged by what a payoff has here, not by what it could lose elsewhere."""

import numpy as np

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import Mechanism, none
from coopetition.mechanisms.audit.audit import audit_mechanism


def test_a_giant_that_one_could_feed_excuses_no_loss() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=[1000.0, 1000.0],
        max_contribution=4000.0,
        value=[1e12, 1000.0],
        unit_cost=[1e7, 0.001],
        damage=[[0.0, 0.0], [0.5, 0.0]],
    )
    x = np.array([1000.0, 0.0])
    outside = game.payoffs(x) + np.array([0.0, 50.0])
    found = audit_mechanism(
        game, Mechanism(none(game), np.zeros(2)), profile=x, target=x, outside={"autarky": outside}
    )
    verdict = {p.name: p.holds for p in found.properties}["individual-rationality-autarky"]
    assert verdict is False
