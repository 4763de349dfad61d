"""What `coopetition verify` is given: a game and a profile of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from coopetition.cli.shared import (
    digest_of,
    head,
    loaded_with,
    naming,
    origin,
    prepare,
    refuse_plan,
    settings_of,
)
from coopetition.games.base import Game
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.finite.files.load import load_game
from coopetition.games.finite.game import FiniteGame
from coopetition.games.rigor.enclosure import own_part
from coopetition.games.rigor.proof import Rigor
from coopetition.games.symbolic.game import SymbolicGame
from coopetition.games.text.names import tidy
from coopetition.games.text.reading import read_json
from coopetition.mechanisms import redistribute
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import make_rule, rule_maker
from coopetition.studies.scenario.strict_tables import wrong_number

Given = tuple[Game | FiniteGame, list[Any], dict[str, Any]]
SHOWN = 6  # names in one sentence


def read_given(game: str, profile: Path, seed: int | None, rule: str | None,
               rate: float | None, rigor: Rigor = "float") -> Given:  # fmt: skip
    """Return the game, the profile, and what the answer starts with.

    A profile that does not fit, and a rule or curve that no proof of the rigor covers, is refused
    first.
    """
    if is_loaded(game):
        loaded, document = read_game(game, seed, rule, rate)
        content = read_object(profile)
        with naming(profile):
            check_names(content, "players", loaded.players)
            if isinstance(loaded, FiniteGame):
                return loaded, strategies_of(content, loaded), document
        return loaded, contribution_of(content, profile), document
    content = read_object(profile)
    contribution = contribution_of(content, profile)
    scenario = loaded_with(Path(game), seed)
    with naming(profile):
        check_names(content, "organizations", scenario.organizations)

    def check(trial: CoopetitionRound, settings: MechanismSettings) -> None:
        with naming(profile):
            trial.checked(contribution)
        if rigor == "rational" and scenario.oracle and scenario.oracle.design == "adaptive":
            raise UnsupportedGameError(
                "the adaptive design fits a power curve, whose slope is not rational: use the "
                "rigor interval"
            )
        if rigor != "float":
            made = make_rule(trial, settings, 0.5 * trial.max_contribution)
            own_part(redistribute(trial, made))

    played, document = read_game(game, seed, rule, rate, check)
    return played, contribution, {**document, **solved_for(content, profile, document["digest"])}


def is_loaded(game: str) -> bool:
    """Whether a word names a game's file or module rather than a scenario."""
    suffix = Path(game).suffix.lower()
    module = ":" in game and not Path(game).exists()
    return suffix != ".toml" and (suffix in (".nfg", ".json", ".csv") or module)


def read_game(
    game: str,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    check: Callable[[CoopetitionRound, MechanismSettings], object] = lambda trial, settings: None,
) -> tuple[Game | FiniteGame, dict[str, Any]]:
    """Return a game, or a scenario's round under its rule; and what it is called.

    `check` is as in `prepare`.
    """
    if is_loaded(game):
        if rule is not None or rate is not None:
            raise InvalidInputError("--rule and --rate are for scenarios")
        refuse_plan(game)
        loaded = load_game(game)
        if isinstance(loaded, SymbolicGame):
            raise InvalidInputError(
                f"{game} is a game in symbols: name its `smooth(values, bounds)`, which has numbers"
            )
        title = loaded.title if isinstance(loaded, FiniteGame) else ""
        return loaded, origin(digest_of(loaded)) | {"game": title or game}
    plan = Plan(alone=False)
    scenario, measured = prepare(Path(game), seed, rule, rate, plan=plan, check=check)
    round_ = measured.game if measured else scenario.round()
    settings = settings_of(scenario, rule, rate)
    with naming(Path(game)):
        induced = redistribute(round_, rule_maker(round_, settings)(round_))
    return induced, head(scenario, settings)


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file once (it may be a pipe); no keys where it is no object."""
    content = read_json(path)
    return content if isinstance(content, dict) else {}


def contribution_of(content: dict[str, Any], path: Path) -> list[float]:
    """Return the contributions of a file such as the output of `solve --json`."""
    values = content.get("contribution")
    if not isinstance(values, list):
        raise InvalidInputError(f"{path} needs the key `contribution` with a list of numbers")
    for value in values:
        if wrong := wrong_number(value):
            raise InvalidInputError(
                f"{path}: every number of `contribution` must be {wrong}, got {value!r:.60}"
            )
    return [float(value) for value in values]


def strategies_of(content: dict[str, Any], game: FiniteGame) -> list[int]:
    """Return the numbers of a pure profile's strategies, which the file names."""
    names: Any = content.get("strategies")
    size = len(game.players)
    listed = isinstance(names, list) and len(names) == size
    if not listed or any(isinstance(name, list | dict) for name in names):
        got = f"got {names!r:.60}" if "strategies" in content else "and the file has no such key"
        raise InvalidInputError(
            f"`strategies` must be {size} names, one per player, because profiles are pure "
            f"(a mixed one cannot be verified), {got}"
        )
    found = []
    for player, own, name in zip(game.players, game.strategies, names, strict=True):
        if str(name) not in own:
            raise InvalidInputError(
                f"`strategies` of {player} must be one of {', '.join(own[:20])}, got {name!r}"
            )
        found.append(own.index(str(name)))
    return found


def check_names(content: dict[str, Any], key: str, names: Sequence[str]) -> None:
    """Refuse a profile of others, or of the same in another order; one that names nobody passes."""
    given = content.get(key)
    if given is None:
        return
    if not isinstance(given, list):
        raise InvalidInputError(f"`{key}` must be a list of names, got {given!r:.60}")
    theirs, names = [tidy(str(name)) for name in given], list(map(tidy, names))
    if theirs == names:
        return
    pairs = enumerate(zip(theirs, names, strict=False))
    first = next((k for k, (a, b) in pairs if a != b), min(len(theirs), len(names)))
    there, here = _few(theirs, first), _few(names, first)
    if sorted(theirs) == sorted(names):
        raise InvalidInputError(f"the {key} are in the order {there}, not {here} as in the game")
    raise InvalidInputError(f"this is a profile of the {key} {there}, not of {here}")


def _few(names: Sequence[str], first: int) -> str:
    """Name all, or where there are many, some from the first that matters."""
    if len(names) <= SHOWN:
        return ", ".join(names) or "(none)"
    few = ", ".join(names[first : first + SHOWN])
    left, right = "…, " if first else "", ", …" if first + SHOWN < len(names) else ""
    return f"{left}{few}{right} ({len(names)} in all)"


def solved_for(content: dict[str, Any], path: Path, ours: str) -> dict[str, Any]:
    """Say of which version of the scenario a profile is, and that in words if of another one."""
    digest = content.get("digest")
    note = None
    if digest is not None and digest != ours:
        note = (
            f"{path} was solved for another version of this scenario or its mechanism "
            f"(digest {digest!s:.20}, this one has {ours})"
        )
    return {"profile_digest": digest, "note": note}
