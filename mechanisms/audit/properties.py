"""The properties of a mechanism: one name each, in audits, matrices, comparisons, the catalogue.

Where a name is a field in Python or a key of a row, `-` is `_`.
"""

from collections.abc import Mapping
from types import MappingProxyType

PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "budget-balance": "transfers sum to zero at every profile",
        "individual-rationality-autarky": "nobody is better off in autarky",
        "individual-rationality-exit": "nobody is better off by leaving alone",
        "potential-kept": "a weighted potential game stays one with the same weights",
        "some-potential": "the game under the rule has a potential with some weights",
        "optimum-is-equilibrium": "nobody gains by leaving the planner's optimum",
        "pairwise-zero-sum": "transfers are payments between two that see the contributions of "
        "these two only",
        "never-a-deficit": "nobody has to add money at any profile; if not, one where few "
        "contribute is named",
        "no-irreducible-deficit": "welfare reaches the sum of the outside options, so that "
        "zero-sum fees can satisfy all",
        "equilibrium-unique": "there is no other equilibrium",
        "individual-rationality-sub-coalition": "nobody gets more in its best sub-coalition",
        "core": "no sub-coalition has more on its own than its members get, and no more is paid "
        "out than there is",
        "false-name-proof": "nobody gains by taking part as two halves",
        "merger-proof": "no two gain by taking part as one",
        "joint-deviation-proof": "no coalition was found that gains by moving together",
        "collateral-bounded": "it is known what each may have to pay at most, at any profile; else "
        "a lower bound is shown",
        "efficient": "welfare is the planner's",
        "price-of-anarchy-1": "the planner's welfare is that of the worst equilibrium; a lower "
        "bound where others may exist",
        "free-for-the-mediator": "the mediator pays nothing at the equilibrium",
    }
)
