"""Who would lose without a rule is named, with the amount; nobody where nobody would."""

from coopetition import CoopetitionRound, PowerGain
from coopetition.studies import autarky, run_study
from coopetition.studies.report.sentences import losers_without_rule


def test_who_would_lose_without_a_rule_is_named() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500, 900, 500], max_contribution=4000,
        value=[1000, 800, 700], unit_cost=0.001, quadratic_cost=2e-6, fixed_cost=[60, 0, 90],
        organizations=["North", "South", "West"],
    )  # fmt: skip
    study = run_study(game, "bilateral-prices")
    lost = autarky(game).payoff - study.free.payoffs
    assert [*losers_without_rule(study)] == [
        f"Without a rule North would lose {lost[0]:.2f}, West {lost[2]:.2f} by taking part."
    ]
    assert not [*losers_without_rule(run_study(game))]  # there is none
    free = game.replace(fixed_cost=0.0)
    assert not [*losers_without_rule(run_study(free, "bilateral-prices"))]
