"""Is the first order enough? Contributions, then prices, against rounds calibrated to the market.

In a logit market firms first contribute to a model whose gain raises everybody's quality, then set
prices: a Bertrand equilibrium at each gain. A round knows only units, shares and what a gain is
worth to a customer. How much of what members could gain together do its planners reach, with damage
counted from rivals' whole gains, and from contributions?

    python -m benchmarks.market
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from coopetition import CoopetitionRound, PowerGain
from coopetition.games.arrays import Array
from coopetition.output.columns import keyed
from coopetition.output.terminal import terminal_text
from coopetition.solvers import solve, solve_planner
from coopetition.studies.market import logit

MARKETS: Mapping[str, tuple[float, ...]] = {
    "dominant firm and fringe, outside .25": (0.45, 0.10, 0.10, 0.10),
    "four equal firms, outside .4": (0.15, 0.15, 0.15, 0.15),
    "three firms, outside .02": (0.40, 0.33, 0.25),
}
SIZE, TOP = 1e4, 4000.0
UNIT_COST, QUADRATIC_COST = 0.001, 2e-5
WTPS = (0.2, 1.0, 3.0)  # of the price that a logit unit of utility is worth
CURVE = PowerGain(1.0, 2.0, 0.35)


def bertrand(utility: Array) -> tuple[Array, Array]:
    """Return shares and margins where every firm's price is its best reply: k = 1/(1 − s).

    `utility` is a firm's at a price equal to its cost; log s_n − log s_0 + 1/(1 − s_n) = utility_n.
    """

    def share(n: int, outside: float) -> float:
        def off(s: float) -> float:
            return float(np.log(s / outside) + 1 / (1 - s) - utility[n])

        return float(brentq(off, 1e-14, 1 - 1e-9, xtol=1e-15))

    def total(outside: float) -> float:
        return outside + sum(share(n, outside) for n in range(utility.size)) - 1.0

    outside = float(brentq(total, 1e-12, 1 - 1e-12, xtol=1e-15))
    shares = np.array([share(n, outside) for n in range(utility.size)])
    return shares, 1 / (1 - shares)


class TwoStages:
    """Profits of firms that set prices after the model's gain is known."""

    def __init__(self, shares: Array, wtp: float) -> None:
        outside = 1 - shares.sum()
        self.base = np.log(shares / outside) + 1 / (1 - shares)
        self.data = np.round(3000 * shares) + 100
        self.wtp = wtp

    def welfare(self, profile: Array) -> float:
        """Return the firms' profits together, less what contributions cost."""
        gain = CURVE.value(self.data.sum() + profile.sum()) - CURVE.value(self.data.sum())
        shares, margins = bertrand(self.base + self.wtp * float(gain))
        cost = UNIT_COST * profile + 0.5 * QUADRATIC_COST * profile**2
        return float(SIZE * (shares * margins).sum() - cost.sum())

    def best(self) -> float:
        """Return the most welfare: alike costs, so that everybody contributes the same."""
        size = self.data.size
        found = minimize_scalar(
            lambda x: -self.welfare(np.full(size, x)), bounds=(0, TOP), method="bounded",
            options={"xatol": 1e-6},
        )  # fmt: skip
        return max(-float(found.fun), self.welfare(np.zeros(size)))


def row(shares: tuple[float, ...], wtp: float) -> dict[str, float]:
    """Return what planners and equilibrium reach of what is attainable in two stages."""
    s = np.array(shares)
    truth = TwoStages(s, wtp)
    market = logit(SIZE * s, outside=float(1 - s.sum()), wtp=wtp)
    game = CoopetitionRound(
        gain=CURVE, local_data=truth.data, max_contribution=TOP, value=market.value,
        unit_cost=UNIT_COST, quadratic_cost=QUADRATIC_COST, damage=market.damage, counts="gains",
    )  # fmt: skip
    nobody = truth.welfare(np.zeros(s.size))
    best = truth.best() - nobody
    profiles = {
        "no_rule": solve(game).profile,
        "planner_contributions": solve_planner(game.replace(counts="contributions")).profile,
        "planner_gains": solve_planner(game).profile,
    }
    return {key: (truth.welfare(x) - nobody) / best for key, x in profiles.items()}


def main() -> None:
    """Print the table."""
    rows = {(name, wtp): row(shares, wtp) for name, shares in MARKETS.items() for wtp in WTPS}
    columns: dict[str, list[object]] = {
        "market": [name for name, _ in rows],
        "wtp": [wtp for _, wtp in rows],
    }
    for key in next(iter(rows.values())):
        columns[key] = [found[key] for found in rows.values()]
    title = "Share of what the firms could gain together, in two stages"
    print(terminal_text(keyed(title, columns)))


if __name__ == "__main__":
    main()
