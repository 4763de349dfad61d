"""The sentence that says what a welfare is worth, of a study, a design or a tuned rule."""

from typing import TYPE_CHECKING

from coopetition.output.numbers import efficiency, percents, share
from coopetition.solvers.planner.planner import Optimum

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill


def welfare_words(
    welfare: float, planner: Optimum, money: str, skill: "Skill | None" = None
) -> str:
    """Say a welfare, its share of the attainable gain, and the planner's.

    Where the planner's gap shows in the share, it is said as what it is at least and at most. Where
    gains were measured, both are the fitted curve's; one that explains nothing has no planner.

    Examples
    --------
    >>> import numpy as np
    >>> from dataclasses import replace
    >>> from coopetition.oracles.gains.skill import Skill
    >>> best = Optimum(
    ...     players=("A", "B"), profile=np.ones(2), welfare=1240.0, nobody=1200.0,
    ...     payoffs=np.full(2, 620.0), gap=0.0, tolerance=1e-6, concave=True, iterations=0)
    >>> print(welfare_words(1234.0, best, "EUR"))
    Welfare 1,234.00 EUR: 85.00 % of the attainable gain over nobody generating (0.9952 of the
    planner's 1,240.00)
    >>> print(welfare_words(1234.0, replace(best, gap=40.0), "EUR"))
    Welfare 1,234.00 EUR: 42.50 to 85.00 % of the attainable gain over nobody generating (0.9952 of
    the planner's 1,240.00, or less)
    >>> print(welfare_words(1200.0, replace(best, nobody=1240.0), "EUR"))
    Welfare 1,200.00 EUR (0.9677 of the planner's 1,240.00): over nobody generating there is no
    gain to attain
    >>> print(welfare_words(1234.0, best, "EUR", Skill(0.9, "")))
    Welfare 1,234.00 EUR: 85.00 % of the attainable gain over nobody generating (0.9952 of the
    planner's 1,240.00; on the fitted curve)
    >>> print(welfare_words(1234.0, best, "EUR", Skill(-0.1, "")))
    Welfare 1,234.00 EUR on the fitted curve
    >>> print(welfare_words(1234.0, replace(best, climbs=6), "EUR"))
    Welfare 1,234.00 EUR: 85.00 % of the gain of the best profile found over nobody generating
    (0.9952 of its 1,240.00)
    """
    head = f"Welfare {welfare:,.2f} {money}".rstrip()
    if skill is not None and skill.nothing:
        return f"{head} on the fitted {'gains' if planner.climbs else 'curve'}"
    part, known = share(efficiency(welfare, planner.welfare)), planner.attainable_range(welfare)
    gain, whose = "the attainable gain", "the planner's"
    if planner.climbs:
        gain, whose = f"the gain of {planner.named}", "its" if known else f"{planner.named},"
    best = f"{'' if part in (None, '1') else f'{part} of '}{whose} {planner.welfare:,.2f}"
    less = "" if planner.success else ", or less"
    less += "" if skill is None else f"; on the fitted {'gains' if planner.climbs else 'curve'}"
    if known is None:
        return f"{head} ({best}{less}): over nobody generating there is no gain to attain"
    return f"{head}: {percents(*known)} % of {gain} over nobody generating ({best}{less})"
