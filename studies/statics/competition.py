"""Competition with something added: to every pair, or to one."""

from dataclasses import dataclass

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.competition import Competition, MatrixCompetition


@dataclass(frozen=True, slots=True, eq=False)
class SumCompetition(Competition):
    """Two competitions at once.

    Examples
    --------
    >>> from coopetition.games.coopetition.competition import UniformCompetition
    >>> both = SumCompetition(UniformCompetition(0.5, 3), single(3, 0, 2))
    >>> both.row_sums.tolist(), both.scaled(2.0).column_sums.tolist()
    ([2.0, 1.0, 1.0], [2.0, 2.0, 4.0])
    """

    first: Competition
    second: Competition

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return self.first.size

    def weigh(self, values: Array) -> Array:
        """Return C @ values."""
        return self.first.weigh(values) + self.second.weigh(values)

    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values."""
        return self.first.spread(values) + self.second.spread(values)

    def among(self, members: Index) -> Competition:
        """Return the competition among `members` only."""
        return SumCompetition(self.first.among(members), self.second.among(members))

    def scaled(self, factor: float) -> Competition:
        """Return factor · C."""
        return SumCompetition(self.first.scaled(factor), self.second.scaled(factor))


def single(size: int, loser: int, rival: int) -> Competition:
    """Return the competition of one pair: 1 for what the loser loses to the rival."""
    from scipy import sparse

    return MatrixCompetition(sparse.csr_array(([1.0], ([loser], [rival])), shape=(size, size)))
