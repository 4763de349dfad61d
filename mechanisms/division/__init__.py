"""Who gets what of what a coalition has: cooperative values, claims, bargaining.

`VALUES` maps names to rules of a table of 2^N coalition values, `CLAIMS` to rules of claims and
an estate; fee rules made of divisions are in the index `FEES` of mechanisms. A division says what
is fair of a pie that is there; whether it leaves good incentives to bake it is another question.
"""

from collections.abc import Callable, Mapping

from coopetition.mechanisms.division.bargaining import (
    Bargain,
    egalitarian_agreement,
    kalai_smorodinsky_agreement,
    nash_agreement,
)
from coopetition.mechanisms.division.closed_forms import airport, shapley_of_types
from coopetition.mechanisms.division.core import CoreCheck, LeastCore, core_check, least_core
from coopetition.mechanisms.division.nucleolus import Unbalanced, kohlberg, nucleolus
from coopetition.mechanisms.division.pies import (
    claims_game,
    equal,
    equal_awards,
    equal_losses,
    equal_surplus,
    fixed_shares,
    proportional,
    proportional_awards,
    split_surplus,
    talmud,
)
from coopetition.mechanisms.division.result import Division
from coopetition.mechanisms.division.sampling import Control, shapley_sampled
from coopetition.mechanisms.division.semivalues import (
    banzhaf,
    leave_one_out,
    semivalue,
    shapley,
    weighted_shapley,
)
from coopetition.mechanisms.division.sum_game import SumGame
from coopetition.mechanisms.division.table import ValueFunction, tabulate
from coopetition.mechanisms.division.values_of_sums import banzhaf_of_sum, shapley_of_sum

VALUES: Mapping[str, Callable[..., Division]] = {
    "shapley": shapley,
    "banzhaf": banzhaf,
    "leave-one-out": leave_one_out,
    "nucleolus": nucleolus,
}
CLAIMS: Mapping[str, Callable[..., Division]] = {
    "proportional": proportional_awards,
    "equal-awards": equal_awards,
    "equal-losses": equal_losses,
    "talmud": talmud,
}

__all__ = [
    "CLAIMS",
    "VALUES",
    "Bargain",
    "Control",
    "CoreCheck",
    "Division",
    "LeastCore",
    "SumGame",
    "Unbalanced",
    "ValueFunction",
    "airport",
    "banzhaf",
    "banzhaf_of_sum",
    "claims_game",
    "core_check",
    "egalitarian_agreement",
    "equal",
    "equal_awards",
    "equal_losses",
    "equal_surplus",
    "fixed_shares",
    "kalai_smorodinsky_agreement",
    "kohlberg",
    "least_core",
    "leave_one_out",
    "nash_agreement",
    "nucleolus",
    "proportional",
    "proportional_awards",
    "semivalue",
    "shapley",
    "shapley_of_sum",
    "shapley_of_types",
    "shapley_sampled",
    "split_surplus",
    "tabulate",
    "talmud",
    "weighted_shapley",
]
