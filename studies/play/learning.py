"""What a play knows of everybody's own gain: measured before round one, and learned by playing."""

from collections.abc import Sequence

import numpy as np

from coopetition.oracles import FittedGains, fit_gains
from coopetition.studies.measured.own_gains import MeasuredOwnGains
from coopetition.studies.play.journal import RoundRecord


def learned(first: MeasuredOwnGains, rounds: Sequence[RoundRecord]) -> FittedGains:
    """Return the fit to what was measured and to what finished rounds realized.

    A round's gains are of one training: where measurements tell how far trainings differ, its
    standard errors are those of one of them, pooled over profiles.
    """
    if not rounds:
        return first.fit
    found, table = first.gains, first.fit.table
    errors = found.standard_errors
    if errors is not None:
        one = np.sqrt(len(found.seeds) * np.mean(errors**2, axis=0))
        errors = np.vstack((errors, np.tile(one, (len(rounds), 1))))
    return fit_gains(
        np.vstack((found.profiles, [record.contribution for record in rounds])),
        np.vstack((found.means, [record.gain for record in rounds])),
        standard_errors=errors,
        local_data=table.local_data,
        upper=np.array(first.game.max_contribution),
        organizations=found.organizations,
    )
