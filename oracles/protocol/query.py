"""What goes through the door to a learning backend: a query, an evaluation, a description.

All three are plain values that can be compared, written to a file and sent to another process.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import look_alike, say_alike, tidy
from coopetition.games.text.words import encodable, is_plain, one_line, told

AnswerStatus = Literal["ok", "failed", "partial", "pending"]
Source = Literal["server", "self-reported"]


def _number(name: str, value: Any) -> float:
    """Return a finite float ≥ 0, with −0.0 as 0.0."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise InvalidInputError(f"`{name}` must hold numbers, got {told(value)}")
    if not math.isfinite(value) or value < 0:
        raise InvalidInputError(
            f"`{name}` must hold finite numbers of at least 0, got {told(value)}"
        )
    return float(value) + 0.0


def _members(coalition: Any, size: int) -> tuple[int, ...] | None:
    """Return the sorted members, None for everybody."""
    if coalition is None:
        return None
    members = tuple(sorted({whole("coalition", n) for n in coalition}))
    if len(members) < len(coalition):
        raise InvalidInputError(f"`coalition` must name nobody twice, got {told(coalition)}")
    if members and members[-1] >= size:
        raise InvalidInputError(
            f"`coalition` must hold indices from 0 to {size - 1}, got {one_line(members[-1], 60)}"
        )
    return None if len(members) == size else members


def _baselines(values: Any, names: tuple[str, ...]) -> tuple[float, ...]:
    """Return one finite number per organization, of any sign."""
    if len(values) != len(names):
        raise InvalidInputError(
            f"`baselines` must have {len(names)} entries, one per organization, got {len(values)}"
        )
    for name, value in zip(names, values, strict=True):
        if not is_finite(value):
            raise InvalidInputError(
                f"`baselines` must hold finite numbers, got {told(value)} for {one_line(name, 60)}"
            )
    return tuple(map(float, values))


def is_finite(value: Any) -> bool:
    """Whether anything is a finite number; what a backend reports may be anything.

    Examples
    --------
    >>> is_finite(1), is_finite(True), is_finite("1"), is_finite(float("nan"))
    (True, False, False, False)
    """
    kinds = (int, float, np.integer, np.floating)
    return isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class Query:
    """Ask for the gain of one contribution profile.

    Equal queries are the same question and deserve the same answer. Therefore contributions
    outside the coalition are stored as 0, and a coalition of everybody as None.

    Parameters
    ----------
    contribution
        One finite number ≥ 0 per organization, in the unit of the oracle's `OracleSpec`.
    coalition
        Indices of the organizations that take part; None means all, () means nobody.
    seed
        Seed of the learning, chosen by the caller: equal seeds give common random numbers.
    round, state
        "The gain of this round from that model state", for backends that provide it.

    Raises
    ------
    InvalidInputError
        If an entry is malformed.

    Examples
    --------
    >>> Query((10.0, 20.0, 30.0), coalition=(2, 0), seed=7).contribution
    (10.0, 0.0, 30.0)
    """

    contribution: tuple[float, ...]
    coalition: tuple[int, ...] | None = None
    seed: int = 0
    round: int | None = None
    state: str | None = None

    def __post_init__(self) -> None:
        """Validate, and store the one canonical form of the question."""
        contribution = tuple(_number("contribution", value) for value in self.contribution)
        if not contribution:
            raise InvalidInputError("`contribution` must hold one number per organization, got ()")
        coalition = _members(self.coalition, len(contribution))
        if coalition is not None:
            contribution = tuple(
                value if n in coalition else 0.0 for n, value in enumerate(contribution)
            )
        object.__setattr__(self, "contribution", contribution)
        object.__setattr__(self, "coalition", coalition)
        object.__setattr__(self, "seed", whole("seed", self.seed))
        if self.round is not None:
            object.__setattr__(self, "round", whole("round", self.round))

    @property
    def members(self) -> tuple[int, ...]:
        """Indices of the organizations that take part."""
        return tuple(range(len(self.contribution))) if self.coalition is None else self.coalition


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Answer one query.

    Parameters
    ----------
    status
        ``ok``; ``failed``; ``partial``: somebody did not respond; ``pending``: ask again later.
    gain
        Improvement of the metric over the baseline of the `OracleSpec`; higher is better.
    gains
        Each organization's own gain: what the model brings on its own test rows, over its own
        baseline; None where it is not measured.
    standard_error
        Of the gain, where the backend knows it.
    seconds
        What the evaluation cost.
    responded
        Indices of the organizations that took part; None if the backend cannot tell.
    error
        Why the status is not ``ok``.
    source
        Whether the server measured the gain, or those whose pay depends on it reported it.
    gain_errors
        Standard errors of `gains` that stem from the test rows, which no seed shows; paired: of
        the mean difference to the baseline, row by row. None where one is unknown.
    gain_parts
        Own gains on parts of the own test rows, at least two and the same for all queries: they
        show how certain differences of gains are
        (`coopetition.oracles.protocol.own_test.paired_errors`).

    Examples
    --------
    >>> Evaluation("failed", None, error="out of memory").gain is None
    True
    """

    status: AnswerStatus
    gain: float | None
    gains: tuple[float | None, ...] | None = None
    standard_error: float | None = None
    seconds: float = 0.0
    responded: tuple[int, ...] | None = None
    error: str | None = None
    source: Source = "server"
    gain_errors: tuple[float | None, ...] | None = None
    gain_parts: tuple[tuple[float, ...] | None, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleSpec:
    """Describe what an oracle measures.

    Parameters
    ----------
    organizations
        Names, in the order of the contributions.
    metric, unit
        What the gain is measured in; what contributions are counted in.
    lower, upper
        Bounds of the contributions, one per organization.
    baseline
        Value of the metric when nobody takes part; gains are improvements over it.
    deterministic
        Whether the same query, seed included, always gets the same gain.
    provides
        Of ``gain``, ``gains``, ``coalition``, ``round`` and ``state``, what it can answer.
    fingerprint
        Digest of everything that the gains depend on: data, code, settings, aggregation rule.
    batch
        The largest number of queries to put at once.
    seconds_hint
        Rough cost of one evaluation.
    baselines
        Of each organization on its own test rows: what its own gain improves on. None if all
        have the `baseline`.

    Raises
    ------
    InvalidInputError
        If names and bounds do not fit together.

    Examples
    --------
    >>> OracleSpec(organizations=("North",), metric="accuracy", unit="rows", lower=(0.0,),
    ...     upper=(500.0,), baseline=0.1, deterministic=True, provides=frozenset({"gain"}),
    ...     fingerprint="north-1").batch
    1
    """

    organizations: tuple[str, ...]
    metric: str
    unit: str
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    baseline: float
    deterministic: bool
    provides: frozenset[str]
    fingerprint: str
    batch: int = 1
    seconds_hint: float | None = None
    baselines: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Validate."""
        for field in ("metric", "unit", "fingerprint"):
            if not encodable(getattr(self, field)):
                raise InvalidInputError(
                    f"`{field}` must be a text in Unicode, got {getattr(self, field)!a:.60}"
                )
        names = tuple(map(tidy, self.organizations))
        object.__setattr__(self, "organizations", names)
        alike = look_alike(names)
        if not names or alike or not all(map(encodable, names)) or "" in names:
            got = say_alike(*alike) if alike else told(names)
            raise InvalidInputError(f"`organizations` must be distinct names, got {got}")
        for field, bounds in (("lower", self.lower), ("upper", self.upper)):
            if len(bounds) != len(names):
                raise InvalidInputError(
                    f"`{field}` must have {len(names)} entries, one per organization, "
                    f"got {len(bounds)}"
                )
            object.__setattr__(self, field, tuple(_number(field, bound) for bound in bounds))
        if self.baselines is not None:
            object.__setattr__(self, "baselines", _baselines(self.baselines, names))
        for name, low, high in zip(names, self.lower, self.upper, strict=True):
            if low > high:
                raise InvalidInputError(
                    f"`lower` must not exceed `upper`, got {low:g} and {high:g} for "
                    f"{one_line(name, 60)}"
                )
        for text in (self.metric, self.unit, self.fingerprint, *names):
            if isinstance(text, str) and not is_plain(text):
                raise InvalidInputError(
                    "names and texts of a description must be without control characters, "
                    f"got {told(text)}"
                )
        whole("batch", self.batch, least=1)
