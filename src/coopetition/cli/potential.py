"""The verb `coopetition potential`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from coopetition.cli.command import VERSION
from coopetition.cli.options import AS_JSON, OUT_TABLES, PLAN, Number
from coopetition.cli.shared import (
    check_outs,
    digest_of,
    head,
    origin,
    prepare,
    refuse_plan,
    say_written,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.games.base import Game
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.finite import FiniteGame
from coopetition.games.finite.files.load import load_game
from coopetition.games.finite.potentials.nearest import Nearest, nearest_potential
from coopetition.games.finite.potentials.potential import KINDS, Kind, PotentialAnswer, potential_of
from coopetition.games.potentials import check_kind
from coopetition.games.potentials import potential_of as potential_of_any
from coopetition.games.smooth.potential import SmoothPotential
from coopetition.games.symbolic.game import SymbolicGame
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import redistribute
from coopetition.output import export
from coopetition.output.table import Column, Table
from coopetition.output.table import Kind as Sort
from coopetition.solvers import solve_planner
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.scenario.rules import make_rule


@click.command("potential")
@click.argument("game")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind; default: all.")
@click.option(
    "--tol",
    type=Number(0, below=1),
    default=1e-9,
    show_default=True,
    help="Share of the compared payoff changes that counts as nothing.",
)
@AS_JSON
@PLAN
@VERSION
@OUT_TABLES
def potential_verb(
    game: str, kind: Kind | None, tol: float, as_json: bool, outs: tuple[Path, ...]
) -> int:
    """Is it a potential game? The weights, or a witness; of finite games, every kind.

    GAME is a .nfg, .json or .csv file, a scenario (.toml: the round under its rule), or
    module:attribute, which runs the code of that module.
    Exit code 1 if the game is not shown to have a potential of the kind, or of any without --kind.
    """
    check_outs(outs, no_pictures_of="potential")
    loaded: Any
    if game.endswith(".toml"):
        loaded, told = _scenario(Path(game), kind)
    else:
        refuse_plan(game)
        loaded = load_game(game)
        told = origin(digest_of(loaded))
    if not isinstance(loaded, FiniteGame):
        return _continuous(loaded, game, kind or "weighted", told, as_json, outs)
    answers = []
    kinds = KINDS if kind is None else (kind,)
    for k, each in enumerate(kinds):
        progress(f"looking for potentials: {each}", k, len(kinds))
        answers.append(potential_of(loaded, each, tol=tol))
    progress("looking for the nearest potential games", 0, None)
    near = _nearest(loaded, answers)
    document = told | {
        "game": loaded.title or game,
        "players": list(loaded.players),
        "exact_arithmetic": loaded.exact,
        "potentials": {answer.kind: dict(answer.to_dict()) for answer in answers},
        "nearest": {
            name: None if isinstance(found, Unknown) else dict(found.to_dict())
            for name, found in near.items()
        },
    }
    for out in outs:
        write_result(out, document, _table(_rows(answers, near)))
    if as_json:
        click.echo(export.to_json(document))
    else:
        click.echo("\n".join(map(str, [loaded, *answers, *near.values()])))
    say_written(outs)
    return 0 if any(answer.holds for answer in answers) else 1


def _scenario(path: Path, kind: Kind | None) -> tuple[Game, dict[str, Any]]:
    """Return a scenario's round under its rule, and what the answer starts with.

    A kind that is for finite games is refused.
    """
    if kind is not None:
        check_kind(kind)
    loaded, measured = prepare(path, None, plan=Plan(alone=False))
    round_ = measured.game if measured else loaded.round()
    rule = make_rule(round_, loaded.mechanism, solve_planner(round_).profile)
    return redistribute(round_, rule), head(loaded)


def _continuous(
    game: SymbolicGame | Game,
    source: str,
    kind: Kind,
    told: dict[str, Any],
    as_json: bool,
    outs: tuple[Path, ...],
) -> int:
    """Answer for a game with a continuum of strategies."""
    progress(f"looking for potentials: {kind}", 0, None)
    found = potential_of_any(game, kind)
    assert isinstance(found, SmoothPotential)
    document = told | {"game": source, **found.to_dict()}
    why = "" if found.witness is None else "; ".join(map(str, found.witness.cycles))
    weights = "" if found.weights is None else "; ".join(map(str, found.weights))
    verdict = {True: "yes", False: "no", None: "undecided"}[found.holds]
    for out in outs:
        row = [found.kind, verdict, found.how(), weights or None, None, why or None]
        write_result(out, document, _table([row]))
    click.echo(export.to_json(document) if as_json else str(found))
    say_written(outs)
    return 0 if found.holds else 1


def _nearest(game: FiniteGame, answers: list[PotentialAnswer]) -> dict[str, Nearest | Unknown]:
    """Return the nearest exact and weighted potential games, or why one was not sought.

    Where a weighted potential is proved, the game is its own nearest: distance 0, no rounding.
    """
    found: dict[str, Nearest | Unknown] = {"exact": nearest_potential(game)}
    try:
        near = nearest_potential(game, "weighted")
    except UnsupportedGameError as error:
        return found | {"weighted": Unknown(str(error))}
    for answer in answers:
        if answer.kind in ("exact", "weighted") and answer.holds and answer.claim == "proved":
            weights = near.weights * 0 + 1 if answer.weights is None else answer.weights
            near = replace(near, weights=weights, squared_distance=0, upper_bound=False)
    return found | {"weighted": near}


def _table(rows: list[list[Any]]) -> Table:
    """Return one row per kind of potential."""
    keys: tuple[tuple[str, str, Sort], ...] = (
        ("kind", "potential", "name"),
        ("verdict", "verdict", "text"),
        ("claim", "known", "text"),
        ("weights", "weights", "text"),
        ("distance", "distance to nearest", "number"),
        ("witness", "witness", "note"),
    )
    columns = (
        Column(key, head, [row[k] for row in rows], kind=sort)
        for k, (key, head, sort) in enumerate(keys)
    )
    return Table("Potentials", tuple(columns))  # fmt: skip


def _rows(answers: list[PotentialAnswer], near: dict[str, Nearest | Unknown]) -> list[list[Any]]:
    """Return one row per kind."""
    words = {True: "yes", False: "no", None: "undecided"}
    rows: list[list[Any]] = []
    for answer in answers:
        weights = answer.to_dict()["weights"]
        distance = near.get(answer.kind)
        why = "" if answer.witness is None else str(answer.witness)
        rows.append([
            answer.kind,
            words[answer.holds],
            answer.claim,
            None if weights is None else "; ".join(map(str, weights)),  # type: ignore[call-overload]
            distance.distance if isinstance(distance, Nearest) else None,
            "; ".join(map(str.strip, why.splitlines())) or None,
        ])  # fmt: skip
    return rows
