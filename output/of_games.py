"""The results of `games`, which know no tables: `shown` makes one a `Result`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coopetition.games.certificate import Certificate
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.dominance import Reduction
from coopetition.games.finite.potentials.hodge import Decomposition
from coopetition.games.finite.potentials.nearest import Nearest
from coopetition.games.finite.potentials.potential import PotentialAnswer
from coopetition.games.rigor.proof import Proof
from coopetition.games.smooth.potential import SmoothPotential
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Shown(Result):
    """A result of `games` as a `Result`: `of` is what it is of."""

    of: Any

    def to_dict(self) -> Mapping[str, Any]:
        """Return its JSON form."""
        return _entry(self.of)[0](self.of)

    def tables(self) -> tuple[Table]:
        """Return its table, and below it what it says of itself."""
        names, values = _entry(self.of)[1](self.of)
        title = type(self.of).__name__
        notes = tuple(f"{line.strip()}." for line in str(self.of).splitlines())
        return (keyed(title, {**names, **values}, names=len(names), notes=notes),)

    def __str__(self) -> str:
        """Say what it says of itself."""
        return str(self.of)


def shown(result: Any) -> Result:
    r"""Return a certificate, proof, potential, decomposition or reduction as a `Result`.

    These stand below all that makes tables. What is a `Result` already is returned as it is.

    Raises
    ------
    InvalidInputError
        If it is no result.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain, certify
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, unit_cost=0.1)
    >>> print(shown(certify(game, [0.0, 0.0])).to_latex().splitlines()[5])
    organization & regret & tolerance \\
    """
    if isinstance(result, Result):
        return result
    _entry(result)
    return Shown(result)


TableParts = tuple[Mapping[str, Any], Mapping[str, Any]]  # those that name rows, and the others


def _certificate(found: Certificate) -> TableParts:
    numbers = {"regret": found.regret, "tolerance": found.tolerance}
    return {"organization": found.players}, numbers


def _weights(found: Any) -> TableParts:
    said = found.to_dict()
    players = said.get("players") or list(found.game.players)
    weights = said["weights"]
    return {"organization": players}, {
        "weight": [None] * len(players) if weights is None else weights
    }


def _parts(found: Decomposition) -> TableParts:
    norms = {key: value for key, value in found.to_dict().items() if key != "norm"}
    return {"cell": norms}, {"norm": norms.values()}


def _removed(found: Reduction) -> TableParts:
    gone = found.removed
    by = [" + ".join(f"{share} {name}" for name, share in one.by) for one in gone]
    names = {"organization": [one.player for one in gone]}
    return names, {"strategy": [one.strategy for one in gone], "by": by,
                   "round": [one.round for one in gone]}  # fmt: skip


def _reduction(found: Reduction) -> Mapping[str, Any]:
    names, values = _removed(found)
    left = zip(found.game.players, found.game.strategies, strict=True)
    return {
        "kept": {who: list(names) for who, names in left},
        "removed": [
            dict(zip((*names, *values), row, strict=True))
            for row in zip(*names.values(), *values.values(), strict=True)
        ],
        "weak": found.weak,
        "complete": found.complete,
    }


def _own(found: Any) -> Mapping[str, Any]:
    said: Mapping[str, Any] = found.to_dict()
    return said


KINDS: dict[type, tuple[Callable[[Any], Mapping[str, Any]], Callable[[Any], TableParts]]] = {
    Certificate: (_own, _certificate),
    Proof: (lambda found: _own(found.certificate), lambda found: _certificate(found.certificate)),
    PotentialAnswer: (_own, _weights),
    SmoothPotential: (_own, _weights),  # and what is one, such as symbolic ones
    Nearest: (_own, _weights),
    Decomposition: (_own, _parts),
    Reduction: (_reduction, _removed),
}


def _entry(result: Any) -> tuple[Callable[[Any], Mapping[str, Any]], Callable[[Any], TableParts]]:
    for kind, entry in KINDS.items():
        if isinstance(result, kind):
            return entry
    names = ", ".join(kind.__name__ for kind in KINDS)
    raise InvalidInputError(f"`shown` takes a result such as {names}, got {type(result).__name__}")
