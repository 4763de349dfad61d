"""Certificate files: a proof with all the numbers that it is about, in JSON."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from coopetition.games.arrays import Array
from coopetition.games.checker import FORMAT, RefusedError, check_document, digest
from coopetition.games.coopetition.competition import (
    Competition,
    LowRankCompetition,
    MatrixCompetition,
    UniformCompetition,
)
from coopetition.games.coopetition.gain import FAMILIES, GainCurve
from coopetition.games.coopetition.sectors import SectorCompetition
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.finite.game import FiniteGame, Profile, Tensor
from coopetition.games.rigor.enclosure import COLUMNS, RoundUnderRule
from coopetition.games.rigor.exact import entries
from coopetition.games.text.reading import read_json


def round_document(
    part: RoundUnderRule, profile: Array, regret: Array, hints: Mapping[int, Any], rigor: str
) -> dict[str, Any]:
    """Return the file of a round's certificate."""
    return _sealed(
        {
            **round_numbers(part),
            "rigor": rigor,
            "claim": "nobody can gain more than `regret` by another contribution",
            "profile": profile.tolist(),
            "regret": regret.tolist(),
            "hints": {str(n): hint for n, hint in hints.items()},
        }
    )


def finite_document(game: FiniteGame, profile: Profile, regret: Tensor) -> dict[str, Any]:
    """Return the file of a finite game's certificate; numbers are texts such as "2/3"."""
    return _sealed(
        {
            **finite_numbers(game),
            "rigor": "rational",
            "claim": "nobody can gain more than `regret` by another strategy",
            "profile": list(profile),
            "regret": [str(Fraction(v)) for v in regret],
        }
    )


def _sealed(document: dict[str, Any]) -> dict[str, Any]:
    """Add the format and the digest; what is small enough is for the reader to say."""
    document = {"format": FORMAT, **document}
    return {**document, "digest": digest(document)}


def round_numbers(part: RoundUnderRule) -> dict[str, Any]:
    """Return the numbers of a round, and of a rule's own part, as the file has them."""
    game = part.round
    return {
        "kind": "round",
        "players": list(game.players),
        "gain": gain_document(game.gain),
        "personal_weight": game.personal_weight,
        **{name: getattr(game, name).tolist() for name in COLUMNS},
        "damage": competition_document(game.damage),
        "rivalry": competition_document(game.rivalry),
        "transfer_slope": part.slope.tolist(),
        "transfer_bend": part.bend.tolist(),
    }


def finite_numbers(game: FiniteGame) -> dict[str, Any]:
    """Return the numbers of an exact finite game as the file has them."""
    return {
        "kind": "finite",
        "players": list(game.players),
        "strategies": [list(own) for own in game.strategies],
        "shape": list(game.shape),
        "payoffs": [[str(v) for v in own.ravel()] for own in game.tensor],
    }


def gain_document(gain: GainCurve) -> dict[str, Any]:
    """Return a gain curve's family and parameters."""
    if FAMILIES.get(gain.family) is not type(gain):
        raise UnsupportedGameError(
            f"a certificate file needs a gain family of the index, got {type(gain).__name__}"
        )
    return gain.certified_dict()


def competition_document(competition: Competition) -> Any:
    """Return a competition as a number, as [row, column, value] entries, or as factors."""
    if isinstance(competition, UniformCompetition):
        return competition.level
    if isinstance(competition, MatrixCompetition):
        return {"rows": [list(entry) for entry in entries(competition)]}
    if isinstance(competition, SectorCompetition):
        competition = competition.factors
    assert isinstance(competition, LowRankCompetition)  # others were refused before
    return {"left": competition.left.tolist(), "right": competition.right.tolist()}


def check_certificate(path: Path) -> Fraction:
    """Check a certificate file with the independent checker; return the proved ε.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, was changed, or does not prove what it claims.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.games.rigor.proof import prove
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], value=1000,
    ...     max_contribution=4000, unit_cost=0.001)
    >>> with TemporaryDirectory() as folder:
    ...     prove(game, [4000, 4000]).save(Path(folder, "proof.json"))
    ...     check_certificate(Path(folder, "proof.json"))
    Fraction(0, 1)
    """
    return read_certificate(path)[0]


def read_certificate(path: Path) -> tuple[Fraction, dict[str, Any]]:
    """Check a certificate file as `check_certificate` does; return ε and what the file says."""
    document = read_json(path, finite=True)
    try:
        return check_document(document), document
    except RefusedError as error:
        raise InvalidInputError(f"{path} is refused: {error}") from error
