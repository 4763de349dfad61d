"""Rounds of which the tests of statics ask, and names of their parameters."""

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound

DAMAGE = "competition.damage"
RIVALRY = "competition.rivalry"
VALUES = "organization.*.value"
NORTH = "organization.North.value"
COST = "organization.South.unit_cost"
ROOM = "organization.West.max_contribution"
LOSS = "competition.damage.North.South"
MIXED = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35),
    local_data=[1500.0, 900.0, 500.0],
    max_contribution=[4000.0, 4000.0, 300.0],
    value=[1000.0, 800.0, 1200.0],
    unit_cost=[0.001, 0.001, 0.002],
    quadratic_cost=2e-5,
    damage=[[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]],
    organizations=["North", "South", "West"],
)
EVERY = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 500.0, 200.0, 100.0],
    max_contribution=[4000.0, 4000.0, 4000.0, 300.0, 0.0], value=[1000.0, 800.0, 100.0, 900.0, 50],
    unit_cost=[0.001, 0.001, 0.02, 0.002, 0.0], quadratic_cost=2e-5, organizations=list("ABCDE"),
    damage=[[0, 0.08, 0.02, 0, 0.1], [0.05, 0, 0.1, 0, 0], [0] * 5, [0, 0, 0.1, 0, 0], [0] * 5],
)  # fmt: skip  # A and B are inside, C brings nothing, D all it can, E can bring nothing


def in_units(game: CoopetitionRound, money: float, data: float) -> CoopetitionRound:
    """Return the round in other units; a gain of exponent 0.35."""
    return game.replace(
        gain=PowerGain(1.0, 2.0 * data**0.35, 0.35), local_data=data * game.local_data,
        max_contribution=data * game.max_contribution, value=money * game.value,
        unit_cost=money / data * game.unit_cost,
        quadratic_cost=money / data**2 * game.quadratic_cost,
    )  # fmt: skip
