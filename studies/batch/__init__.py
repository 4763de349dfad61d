"""Studies of thousands of rounds at once: rules, fees and outside options, a row a round.

A row's answer has the same bits alone and among thousands.
"""

from coopetition.studies.batch.outside import autarky_many, exit_many
from coopetition.studies.batch.prices import PricedBatch, prices_many
from coopetition.studies.batch.study import StudyBatch, study_many

__all__ = [
    "PricedBatch",
    "StudyBatch",
    "autarky_many",
    "exit_many",
    "prices_many",
    "study_many",
]
