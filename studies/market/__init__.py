"""What a gain is worth, and what a rival's gain costs, from what is known of a market."""

from coopetition.studies.market.estimated import from_pyblp
from coopetition.studies.market.logit import logit, outside_share
from coopetition.studies.market.margins import asymmetry, margins
from coopetition.studies.market.market import Market
from coopetition.studies.market.reconcile import reconcile
from coopetition.studies.market.second_choice import second_choice
from coopetition.studies.market.sectors import displaced, race, savings, tariff
from coopetition.studies.market.slopes import from_slopes

__all__ = [
    "Market",
    "asymmetry",
    "displaced",
    "from_pyblp",
    "from_slopes",
    "logit",
    "margins",
    "outside_share",
    "race",
    "reconcile",
    "savings",
    "second_choice",
    "tariff",
]
