"""Custom rules, made into entries as those of the catalogue are.

A rule is one of three things, told apart by the number of required arguments:

* `rule(game, profile)` returns transfers. It is taken as one formula for every set of
  organizations, that of a sub-coalition or of a split identity too: `game` has their numbers.
* `make(game)` returns such a rule, or one that promises more (`SeparableRule`, ...). It is called
  again for every set of organizations: for rules with prices or targets. A class is one.
* a `SeparableRule`, made for one round: it says nothing about parts of that round.

The first two may take settings besides, by name: those of the table `[mechanism.settings]`.

Whatever goes wrong in such code becomes one sentence.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import did_you_mean
from coopetition.games.tolerance import share_of
from coopetition.mechanisms import (
    RULES,
    AggregativeRule,
    Declared,
    Entry,
    Mechanism,
    PotentialRule,
    SeparableRule,
    TransferRule,
    redistribute,
)
from coopetition.mechanisms.rules.promises import NEVER

NOTHING = Declared("custom", NEVER, NEVER, NEVER, NEVER, "you")
FORMS = "a function rule(game, profile) that returns transfers, or make(game) that returns a rule"
PROMISES = (AggregativeRule, PotentialRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry(Entry):
    """The entry of a custom rule.

    `raw` is what was given, before settings; `code` names the bytes of its files, "" if unknown.
    """

    raw: Any
    code: str = ""

    @property
    def source(self) -> str:
        """A digest of the rule's files, or else of its code as Python knows it; "" if unknown."""
        if self.code:
            return self.code
        from coopetition.games.fingerprint import fingerprint_of  # slow to import

        return fingerprint_of(self.raw)


@dataclass(frozen=True, slots=True, eq=False)
class OwnRule:
    """A rule that promises nothing; `name` is what errors call it."""

    name: str
    rule: Callable[..., Any]

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return the transfers, or raise one sentence that says why they are none."""
        if np.asarray(profile).dtype.hasobject:  # symbols, which look like numbers
            return np.asarray(self.rule(game, profile))
        x = np.array(profile, dtype=float)  # a copy: the rule may write into it
        with np.errstate(all="ignore"):  # what is not finite is refused below
            asked = f"the rule {self.name}, asked for {len(game.players)} organizations,"
            answer = guarded(asked, lambda: self.rule(game, x))
        try:
            paid = np.array(answer, dtype=float)
        except (TypeError, ValueError):
            hint = "; settings of make(game, ...) stand in [mechanism.settings]"
            raise self._wrong(f"got {answer!r:.60}{hint * callable(answer)}") from None
        if paid.shape != np.shape(profile):
            raise self._wrong(
                f"got shape {paid.shape} for profiles of shape {np.shape(profile)} "
                f"({len(game.players)} organizations)"
            )
        if not np.isfinite(paid).all():
            *row, n = np.argwhere(~np.isfinite(paid))[0]
            where = ", ".join(f"{part:.6g}" for part in np.asarray(profile)[tuple(row)])
            got = f"got {paid[(*row, n)]} for {game.players[n]} at the contributions {where}"
            raise self._wrong(f"{got:.200}")
        return paid

    def _wrong(self, got: str) -> InvalidInputError:
        return InvalidInputError(
            f"the rule {self.name} must return one finite number for each organization, {got}"
        )


def guarded(what: str, call: Callable[[], Any]) -> Any:
    """Run somebody else's code; whatever it raises becomes one sentence."""
    try:
        return call()
    except InvalidInputError as error:
        raise InvalidInputError(f"{what}: {error}") from error
    except (Exception, SystemExit) as error:
        said = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
        raise InvalidInputError(f"{what} raised {said:.200}") from error


def own_entry(
    rule: Any, name: str | None = None, settings: Mapping[str, Any] | None = None
) -> tuple[str, OwnEntry]:
    """Return a name and an entry for a custom rule.

    Parameters
    ----------
    settings
        Passed on by name: `make(game, **settings)`, `rule(game, profile, **settings)`.
    """
    called = name or _name(rule)
    if isinstance(rule, Mechanism):
        raise InvalidInputError("a rule is needed, got a Mechanism: pass its rule, and name fees")
    given = dict(settings or {})
    _check_settings(rule, called, given)
    kind: type = type(rule)
    if isinstance(rule, SeparableRule):
        factory = _bound(rule, called)
    else:
        full = partial(rule, **given) if given else rule
        if _needed(full, called) == 1:
            factory, kind = _maker(full, called), object
        else:
            factory = partial(_tried, full, called)
    return called, OwnEntry(factory=factory, kind=kind, declared=NOTHING, raw=rule)


def _check_settings(rule: Any, name: str, given: Mapping[str, Any]) -> None:
    """Refuse settings that the rule does not take."""
    if not given:
        return
    if isinstance(rule, SeparableRule) or not callable(rule):
        raise InvalidInputError(f"the rule {name} is made already: it takes no settings")
    try:
        parameters = inspect.signature(rule).parameters
    except (TypeError, ValueError):  # compiled: calling it will tell
        return
    named = [p for p in parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    known = [p.name for p in named]
    first = next(iter(parameters), "")  # the game
    if any(p.kind == p.VAR_KEYWORD for p in parameters.values()):
        known = [*known, *(key for key in given if key not in known)]
    known = [key for key in known if key != first]
    for key in given:
        if key not in known:
            hint = did_you_mean(key, known)
            raise InvalidInputError(f"the rule {name} takes no setting `{key}`{hint}")


def _name(rule: Any) -> str:
    """Return what a rule is called; never the name of one of the catalogue."""
    while isinstance(rule, partial):
        rule = rule.func
    name = str(getattr(rule, "__name__", type(rule).__name__)).strip("<>")
    return f"{name} (own)" if name in RULES else name


def _needed(rule: Any, name: str) -> int:
    """Return how many arguments a rule cannot do without: 1 or 2."""
    if not callable(rule):
        raise InvalidInputError(f"the rule {name} must be {FORMS}, got {rule!r:.60}")
    try:
        parameters = inspect.signature(rule).parameters.values()
    except (TypeError, ValueError):  # compiled: calling it will tell
        return 2
    needed = [p.name for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
    others = [p.name for p in parameters if p.default is p.empty and p.kind == p.KEYWORD_ONLY]
    if others or len(needed) not in (1, 2):
        got = ", ".join([*needed, *others]) or "nothing"
        hint = "" if len(needed) + len(others) < 2 else "; settings stand in [mechanism.settings]"
        raise InvalidInputError(f"the rule {name} must be {FORMS}; this one takes {got}{hint}")
    return len(needed)


def _maker(make: Callable[..., Any], name: str) -> Callable[[Game], TransferRule]:
    def made(game: Game) -> TransferRule:
        who = f"{len(game.players)} organizations"
        rule = guarded(f"making the rule {name} for {who}", lambda: make(game))
        if isinstance(rule, Mechanism) or not callable(rule) or isinstance(rule, type):
            raise InvalidInputError(
                f"the rule {name} must be {FORMS}: called with the game it returned {rule!r:.60}"
            )
        return _tried(rule, name, game)

    return made


def _bound(rule: SeparableRule, name: str) -> Callable[[Game], TransferRule]:
    def made(game: Game) -> TransferRule:
        size = len(guarded(f"the rule {name}", lambda: rule.slope))
        if size != len(game.players):
            raise InvalidInputError(
                f"the rule {name} is made for {size} organizations: how it treats a part of the "
                "coalition is not known; give a function make(game) that makes it"
            )
        return _tried(rule, name, game)

    return made


def _tried(rule: Any, name: str, game: Game) -> TransferRule:
    """Return a rule that was tried on a few profiles, one by one and all at once."""
    if type(rule).__module__.startswith("coopetition.mechanisms."):
        return rule
    safe = OwnRule(name, rule)
    box = game.spaces
    drawn = box.sample(np.random.default_rng(0), 5)
    rows = np.vstack((box.lower, box.upper, 0.5 * (box.lower + box.upper), drawn))
    single = np.array([safe(game, row) for row in rows])
    whole = safe(game, rows.reshape(2, 4, -1)).reshape(single.shape)
    if not np.allclose(whole, single, rtol=1e-9, atol=share_of(np.abs(single).max(axis=0))):
        raise InvalidInputError(
            f"the rule {name} returned different payments for the same profile, alone and in a "
            "batch: sum over axis=-1 only, index x[..., n], and depend on nothing else"
        )
    if not isinstance(rule, PROMISES):
        return safe
    guarded(f"the rule {name}", lambda: redistribute(game, rule))  # keeps what it promises
    return rule
