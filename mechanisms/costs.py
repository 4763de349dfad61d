"""What each constraint of a settlement costs: by how much the aim would be better without it."""

import numpy as np

from coopetition.mechanisms.program import FAR, ROUNDING, Aim, Found, Program

_COSTED = 30_000  # variables, at most, of all programs for costs: one program a constraint
_NOTHING = 1e-10  # money per unit of money


def costs_of(program: Program, aim: Aim, best: Found, labels: list[str]) -> dict[str, float]:
    """Return by how much the aim improves without each constraint, as long as there is time.

    What has no shadow price costs nothing: the same dual solution proves it.
    """
    costs = {label: 0.0 for label, price in best.shadow.items() if price <= _NOTHING}
    left = [label for label in labels if label not in costs]
    dearest = {label: -round(best.shadow.get(label, 0.0), 9) for label in left}
    left.sort(key=lambda label: (dearest[label], label.startswith("participation")))
    for label in left[: _COSTED // program.width]:
        without = program.solve(aim, [label])
        if program.late:
            break
        assert without is not None
        fair = aim == "fair"
        gained = without.least_gain - best.least_gain if fair else best.moved - without.moved
        costs[label] = float(gained) if gained > ROUNDING * program.stake else 0.0
        if gained > 0.1 * FAR * program.stake or (costs[label] and _far(program, without)):
            costs[label] = np.inf
    return {label: costs[label] for label in labels if label in costs}


def _far(program: Program, found: Found) -> bool:
    """Whether counted contracts carry as much as the program lets them, and nothing else would."""
    wanted = program.needed
    if not program.counted or found.flows is None or not (wanted.most is wanted.pair is None):
        return False
    return bool(np.abs(found.flows).max() >= (1.0 - ROUNDING) * program.stake)
