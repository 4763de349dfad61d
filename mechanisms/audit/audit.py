"""The audit of a mechanism at a solved profile: property, verdict, how known, witness.

Nothing is solved here: profiles and outside options are arguments. "proved" rests on the algebra
of the rule's formula, named in the witness, and is never said where a number contradicts it: that
of our own rules is known (and proved with general parameters in the tests), that of a custom
rule is found by `symbolic` where it is a polynomial or fraction. "checked" is floating-point
evaluation at the profile or on the stated draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.certificate import How, certify
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.form import GameOfGains
from coopetition.games.smooth.potential import LARGEST, potential_of_smooth
from coopetition.games.tolerance import rounding, share_of, tolerances
from coopetition.games.unknown import Unknown
from coopetition.mechanisms.audit.algebra import BALANCED, KEPT, SEPARABLE
from coopetition.mechanisms.audit.symbolic import Formula, formula_of
from coopetition.mechanisms.induced import Mechanism, broken_promise, redistribute
from coopetition.mechanisms.rules.transfers import SeparableRule, TransferRule
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.terminal import terminal_text

DRAWS = 1000
VERDICTS = {True: "holds", False: "fails", None: "unknown"}
CELLS = 100_000  # numbers, at most, of the 4-cycles that are looked at together
LOSERS = 3  # who are named where taking part is worse than not, the worst first
EXACTLY = "in exact arithmetic on this round"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a mechanism: `holds` is None where it could not be decided.

    `assumptions` are clauses: what the verdict rests on that was neither stated nor checked.
    """

    name: str
    holds: bool | None
    claim: How | None
    witness: str
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit(Result):
    """The properties of a mechanism; prints as a table."""

    properties: tuple[Property, ...]

    def __getitem__(self, name: str) -> Property:
        """Return a property by name."""
        for one in self.properties:
            if one.name == name:
                return one
        names = ", ".join(p.name for p in self.properties)
        raise InvalidInputError(f"the property must be one of {names}, got {name!r:.60}")

    def to_dict(self) -> Mapping[str, Mapping[str, object]]:
        """Return {name: {holds, claim, witness, assumptions}}."""
        return {
            p.name: {
                "holds": p.holds,
                "claim": p.claim,
                "witness": p.witness,
                "assumptions": list(p.assumptions),
            }
            for p in self.properties
        }

    def tables(self) -> tuple[Table]:
        """Return one row per property: verdict, how it is known, witness."""
        found = self.properties
        return (
            Table(
                "Properties of the mechanism",
                (
                    Column("property", "property", [p.name for p in found], kind="name"),
                    Column("verdict", "verdict", [VERDICTS[p.holds] for p in found], kind="text"),
                    Column("claim", "known", [p.claim for p in found], kind="text"),
                    Column("witness", "witness", [p.witness for p in found], kind="note"),
                ),
            ),
        )

    @property
    def assumptions(self) -> Mapping[str, tuple[str, ...]]:
        """What each verdict rests on, by name."""
        return {p.name: p.assumptions for p in self.properties}

    def __str__(self) -> str:
        """Return one line per property."""
        return terminal_text(self.tables()[0])


def audit_mechanism(
    game: Game,
    mechanism: Mechanism,
    *,
    profile: Array,
    target: Array | None,
    outside: Mapping[str, Array | Unknown],
    participation: How = "checked",
) -> Audit:
    """Audit a mechanism at the equilibrium `profile` that it induces.

    Parameters
    ----------
    target : shape (N,) or None
        The planner's optimum x°, for "x° is an equilibrium".
    outside : mapping
        Name of an outside option to its value for each player, `Unknown` where there is none.
    participation : "checked" or "estimated"
        How the outside options are known: estimated where gains alone were measured.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.mechanisms.rules.transfers import none
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], value=1000,
    ...     max_contribution=4000, unit_cost=0.001)
    >>> found = audit_mechanism(game, Mechanism(none(game), np.zeros(2)),
    ...     profile=np.array([4000.0, 4000.0]), target=None,
    ...     outside={"autarky": Unknown("nobody asked")})
    >>> print(found["budget-balance"].claim, found["individual-rationality-autarky"].holds)
    proved None
    """
    induced = redistribute(game, mechanism)
    received = induced.payoffs(profile)
    # A share of the terms of its payoff here: what it would lose elsewhere excuses no loss here.
    terms = 3 * game.payoff_sizes(profile) + np.abs(received - game.payoffs(profile))
    allowed = np.minimum(tolerances(induced, profile), share_of(terms))
    formula = formula_of(game, mechanism.rule)
    takes_part = (
        _rationality(name, game, received, o, allowed, participation) for name, o in outside.items()
    )
    return Audit(
        (
            _budget(game, mechanism, profile, formula),
            *takes_part,
            _potential(game, mechanism, formula),
            _optimum(induced, target),
        )
    )


def _budget(game: Game, mechanism: Mechanism, profile: Array, formula: Formula | None) -> Property:
    name, rule = "budget-balance", mechanism.rule
    size = len(game.players)
    draws = DRAWS if size <= 1000 else 2
    sample = np.vstack((profile, game.spaces.sample(np.random.default_rng(0), draws)))
    transfers = mechanism(game, sample)
    small = rounding(np.abs(transfers).sum(axis=1), _flows(rule, game))
    if not isinstance(rule, SeparableRule):  # transfers may be differences of payoffs
        small += rounding(np.abs(game.payoffs(sample)).sum(axis=1))
    deficits = transfers.sum(axis=1)
    worst = int(np.argmax(np.abs(deficits)))
    balanced = bool((np.abs(deficits) <= small).all())
    if balanced and type(rule) in BALANCED and not _leaks(rule):
        return Property(name, True, "proved", BALANCED[type(rule)])
    if balanced and formula and formula.balanced:
        return Property(name, True, "proved", f"Σ t = 0 as a formula, {EXACTLY}")
    if balanced:
        return Property(name, True, "checked", f"sums to zero on {draws} random profiles")
    here = float(deficits[0])
    witness = f"transfers sum to {here:.6g} at the equilibrium"
    found = formula.leaks_at() if formula else None
    if found:
        amount = found[1] + float(mechanism.fees.sum())
        where = ", ".join(f"{name} {x:.6g}" for name, x in zip(game.players, found[0], strict=True))
        witness += f", and to {amount:.6g} at the corner {where}"
        return Property(name, False, "proved", f"{witness}, {EXACTLY}")
    if isinstance(rule, SeparableRule) and _leaks_as_said(rule, sample, deficits, small):
        most, least = np.maximum(rule.leak, 0.0), np.minimum(rule.leak, 0.0)
        top = game.spaces.upper
        low, high = rule.lump + float(least @ top), rule.lump + float(most @ top)
        witness += f", and to between {low:.6g} and {high:.6g} elsewhere"
    else:
        witness += f", and to {deficits[worst]:.6g} on one of {draws} random profiles"
    return Property(name, False, "checked", witness)


def _leaks(rule: TransferRule) -> bool:
    return isinstance(rule, SeparableRule) and bool(rule.leak.any() or rule.lump)


def _flows(rule: TransferRule, game: Game) -> float:
    """Return the money that a separable rule moves at most: the rounding unit of its sums."""
    if not isinstance(rule, SeparableRule):
        return 1e-300
    top = game.spaces.upper
    return float((np.abs(rule.slope) + np.abs(rule.leak) + rule.bend * top) @ top) + 1e-300


def _leaks_as_said(rule: SeparableRule, sample: Array, deficits: Array, small: Array) -> bool:
    """Whether Σ t = lump + leak · x on the draws, so that its range over the box is known."""
    return bool((np.abs(deficits - sample @ rule.leak - rule.lump) <= small).all())


def _rationality(
    name: str, game: Game, received: Array, outside: Array | Unknown, allowed: Array, how: How
) -> Property:
    label = f"individual-rationality-{name}"
    if isinstance(outside, Unknown):
        return Property(label, None, None, outside.reason)
    slack = received - outside
    loses = slack < -allowed - rounding(received, outside)
    if not loses.any():
        n = int(np.argmin(slack))
        return Property(label, True, how, f"{game.players[n]} gains least, {slack[n]:.6g}")
    worst = sorted(np.flatnonzero(loses), key=lambda n: float(slack[n]))
    named = [f"{game.players[n]} would lose {-slack[n]:.6g}" for n in worst[:LOSERS]]
    more = [f"{len(worst) - LOSERS} more would lose"] if len(worst) > LOSERS else []
    short = float(outside.sum() - received.sum())
    fees = (
        f"; outside options exceed all payoffs together by {short:.6g}: no fee can repair it"
        if short > 0
        else "; a zero-sum fee can repair it"
    )
    return Property(label, False, how, f"{', '.join([*named, *more])}{fees}")


def _potential(game: Game, mechanism: Mechanism, formula: Formula | None) -> Property:
    name, rule = "potential-kept", mechanism.rule
    if isinstance(game, GameOfGains):
        return _without_potential(game)
    if not isinstance(game, AggregativeGame) or not game.has_potential:
        why = "the game itself has no weighted potential: weights of mixed sign or zero"
        if isinstance(game, AggregativeGame):
            who = np.flatnonzero((game.weights <= 0) & (game.spaces.upper > 0))
            why += f" ({', '.join(game.players[n] for n in who[:3])})"
        return Property(name, False, "checked", why)
    if isinstance(rule, SeparableRule):
        broken = broken_promise(game, rule)
        said = f"as promised on 32 draws, {SEPARABLE}"
        verdict = Property(name, broken is None, "checked", broken or said)
    else:
        verdict = _cycles(game, mechanism)
    if verdict.holds and type(rule) in KEPT:
        return Property(name, True, "proved", KEPT[type(rule)])
    if not formula:
        return verdict
    if verdict.holds and formula.symmetric:
        said = "∂²t_n/∂x_n∂x_m ÷ w_n is symmetric as a formula"
        return Property(name, True, "proved", f"{said}, {EXACTLY}")
    cycle = None if formula.symmetric else formula.open_cycle()
    if cycle:
        return Property(name, False, "proved", f"{_open(game, *cycle)}, {EXACTLY}")
    return verdict


def _without_potential(game: GameOfGains) -> Property:
    """Say that everybody's own gains leave no potential that a rule could keep, with a witness."""
    name = "potential-kept"
    if len(game.players) > LARGEST:
        return Property(name, None, None, f"not looked at with over {LARGEST} organizations")
    found = potential_of_smooth(game)
    if found.witness is None:
        return Property(name, None, None, "gains of one's own promise no potential")
    cycle = found.witness.cycles[-1]
    why = f"the game itself has no weighted potential: {found.reason}; the last cycle: {cycle}"
    return Property(name, False, "checked", why)


def _open(game: Game, n: int, m: int, x: Array, y: Array, gap: float) -> str:
    """Describe a 4-cycle whose changes of payoffs, each over its weight, do not sum to zero."""
    return (
        f"a 4-cycle of {game.players[n]} ({x[n]:.4g} ↔ {y[n]:.4g}) and {game.players[m]} "
        f"({x[m]:.4g} ↔ {y[m]:.4g}) does not close: {gap:.4g}"
    )


def _cycles(game: AggregativeGame, mechanism: Mechanism, draws: int = 200) -> Property:
    """Test the transfers on 4-cycles: (1/w_n) Δ_m Δ_n t_n = (1/w_m) Δ_n Δ_m t_m."""
    rng, size = np.random.default_rng(0), len(game.players)
    left, some = draws if size > 1 else 0, 1
    while left:  # more at once each time: one that does not close is mostly among the first
        left -= (some := min(2 * some, left, 1 + CELLS // size))
        drawn = [
            (game.spaces.sample(rng, 2), rng.choice(size, 2, replace=False)) for _ in range(some)
        ]
        corners = np.repeat([ends[:1] for ends, _ in drawn], 4, axis=1)
        for cycle, ((_, y), (n, m)) in zip(corners, drawn, strict=True):
            cycle[[1, 3], n], cycle[[2, 3], m] = y[n], y[m]
        rows = corners.reshape(-1, size)
        t = (mechanism.rule(game, rows) / game.weights).reshape(corners.shape)
        mixed = t[:, 3] - t[:, 2] - t[:, 1] + t[:, 0]
        # Of what is earned, transfers may be differences.
        earned = (game.payoffs(rows) / game.weights).reshape(corners.shape)
        for k, ((x, y), (n, m)) in enumerate(drawn):
            small = rounding(t[k][:, [n, m]], earned[k][:, [n, m]]).sum()
            gap = float(mixed[k, n] - mixed[k, m])
            if abs(gap) > small:
                return Property("potential-kept", False, "checked", _open(game, n, m, x, y, gap))
    return Property("potential-kept", True, "checked", f"4-cycles close on {draws} draws")


def _optimum(induced: Game, target: Array | None) -> Property:
    name = "optimum-is-equilibrium"
    if target is None:
        return Property(name, None, None, "no planner's optimum was given")
    certificate = certify(induced, target)
    if certificate.holds:
        return Property(
            name, True, "checked", f"nobody gains more than {certificate.epsilon:.3g} by leaving it"
        )
    return Property(name, False, "checked", f"{certificate.deviation}")
