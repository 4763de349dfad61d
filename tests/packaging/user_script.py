"""A user's first script: type-checked and run against each installed distribution."""

import coopetition as co


def main() -> None:
    """Solve a round of three organizations and check the answer's shape."""
    game = co.CoopetitionRound(
        gain=co.PowerGain(1.0, 2.0, 0.35),
        local_data=[1500.0, 900.0, 600.0],
        max_contribution=[4000.0, 4000.0, 4000.0],
        value=[1000.0, 800.0, 700.0],
        unit_cost=[0.001, 0.001, 0.002],
        damage=0.08,
    )
    answer = co.solve(game).raise_if_failed()
    assert answer.profile.shape == (3,)


if __name__ == "__main__":
    main()
