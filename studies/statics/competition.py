"""Competition with something added: to every pair, or to one."""

from dataclasses import dataclass

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.competition import Competition, MatrixCompetition


@dataclass(frozen=True, slots=True, eq=False)
class SumCompetition(Competition):
    """Two competitions at once."""

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
