"""What was measured of everybody's own gain, as families of functions are fitted to it."""

from dataclasses import dataclass, replace

from coopetition.games.arrays import Array
from coopetition.oracles.gains.measure import alike


@dataclass(frozen=True, slots=True, eq=False)
class GainTable:
    """T profiles and everybody's gain at each, checked.

    Parameters
    ----------
    profiles, gains : shape (T, N)
        Contributions, and gains of which no organization's are all the same.
    local_data : shape (N,)
        Rows that are in training anyway.
    unit : shape (N,)
        Contributions that count as one: the largest; positive.
    """

    profiles: Array
    gains: Array
    local_data: Array
    unit: Array

    @property
    def parts(self) -> Array:
        """v_n = x_n/unit_n, shape (T, N)."""
        return self.profiles / self.unit

    @property
    def level(self) -> Array:
        """Everybody's mean gain, shape (N,)."""
        return self.gains.mean(axis=0)

    @property
    def spread(self) -> Array:
        """Everybody's standard deviation over profiles, shape (N,)."""
        return self.gains.std(axis=0)

    @property
    def scaled(self) -> Array:
        """Gains less their level, in units of their spread, shape (T, N)."""
        return (self.gains - self.level) / self.spread

    @property
    def groups(self) -> list[list[int]]:
        """The rows of each distinct profile, most often one."""
        return alike(map(tuple, self.profiles.tolist()))

    def only(self, rows: list[int]) -> "GainTable":
        """Return the table of some rows."""
        return replace(self, profiles=self.profiles[rows], gains=self.gains[rows])
