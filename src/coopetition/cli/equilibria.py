"""The verb `coopetition equilibria`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from coopetition.cli.command import VERSION
from coopetition.cli.options import AS_JSON, OUT_TABLES, Number
from coopetition.cli.shared import (
    check_outs,
    digest_of,
    echo_table,
    origin,
    say_written,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.games.finite import FiniteGame
from coopetition.games.finite.files.load import load_game
from coopetition.output import export
from coopetition.output.table import Column, Table
from coopetition.solvers.finite.anarchy import Anarchy, Kind, anarchy, dominated
from coopetition.solvers.finite.mixed import mixed_equilibria
from coopetition.solvers.finite.profile_tables import profile_columns
from coopetition.solvers.finite.profiles import LONG, MixedEquilibria
from coopetition.solvers.finite.pure import PureEquilibria, pure_equilibria

CHEAP = 10**8  # numbers read to say which equilibria are Pareto-dominated


@click.command("equilibria")
@click.argument("game")
@click.option(
    "--epsilon", type=Number(0), default=0.0, help="The most that anybody may gain by deviating."
)
@click.option(
    "--kind",
    type=click.Choice(["payoff", "cost"]),
    default="payoff",
    show_default=True,
    help="For prices of anarchy: cost where payoffs are costs with a minus.",
)
@click.option("--mixed", is_flag=True, help="Equilibria in mixed strategies, too.")
@click.option(
    "--time-limit",
    type=Number(above=0),
    default=60.0,
    show_default=True,
    help="Time limit of --mixed, in seconds.",
)
@AS_JSON
@VERSION
@OUT_TABLES
def equilibria_verb(
    game: str,
    epsilon: float,
    kind: Kind,
    mixed: bool,
    time_limit: float,
    as_json: bool,
    outs: tuple[Path, ...],
) -> int:
    """All pure equilibria of a finite game, mixed ones, and what selfishness costs.

    With --mixed all of two players, exactly and proved, unless the time limit ends the search; of
    more players some.

    GAME is a .nfg, .json or .csv file, or module:attribute, which runs the code of that module.
    Exit code 1 if there is no equilibrium of the kind that was asked for; 3 if the time limit
    ended the search before any was found.
    """
    check_outs(outs, no_pictures_of="equilibria")
    loaded = load_game(game)
    if not isinstance(loaded, FiniteGame):
        raise InvalidInputError(f"{game} has a continuum of strategies: `discretize` it first")
    pure = pure_equilibria(loaded, epsilon)
    price = anarchy(loaded, kind, pure)
    both = None
    if mixed:
        progress("searching mixed equilibria", 0, None)
        both = mixed_equilibria(loaded, time_limit=time_limit)
        if not len(both) and both.timed_out:
            raise NotConvergedError(
                f"the time limit of {time_limit:g} s ended the search before any equilibrium was "
                "found; there is no pure one"
            )
    document = origin(digest_of(loaded)) | equilibria_dict(pure, price, both)
    for out in outs:
        write_result(out, document, equilibria_table(document))
    if as_json:
        click.echo(export.to_json(document))
    else:
        _show(document, pure, price, both)
    say_written(outs)
    return 0 if len(both if both is not None else pure) else 1


def equilibria_dict(
    pure: PureEquilibria, price: Anarchy, mixed: MixedEquilibria | None
) -> dict[str, Any]:
    """Return the JSON document: numbers are floats; of exact games also fractions, as texts."""
    found = pure.to_dict()
    cheap = len(pure) * pure.game.tensor.size <= CHEAP
    worse = dominated(pure.game, pure.profiles).tolist() if cheap else [None] * len(pure)
    for row, flag in zip(found["equilibria"], worse, strict=True):
        row["dominated"] = flag
    return {
        "game": pure.game.title,
        "players": pure.game.players,
        "strategies": pure.game.strategies,
        "exact": pure.game.exact,
        "pure": found,
        "mixed": None if mixed is None else mixed.to_dict(),
        "anarchy": price.to_dict(),
    }


def equilibria_table(document: dict[str, Any], *, exact: bool = False) -> Table:
    """Return one row per equilibrium: strategies, payoffs, how it is known, Pareto-dominated."""
    known, rows = document["pure"]["known"], []
    for row in document["pure"]["equilibria"]:
        payoffs = _payoffs(row, exact)
        rows.append(("pure", row["profile"], payoffs, known, _answer(row["dominated"])))
    for row in document["mixed"]["equilibria"] if document["mixed"] else []:
        if any(len(own) > 1 for own in row["supports"]):
            rows.append(("mixed", row["words"], _payoffs(row, exact), row["known"], None))
    kinds, profiles, worth, claims, flags = zip(*rows, strict=True) if rows else [()] * 5
    return Table(
        document["game"],
        (
            Column("equilibrium", "equilibrium", kinds, kind="name"),
            *profile_columns(document["players"], profiles, worth),
            Column("known", "known", claims, kind="text", rank=1),
            Column("dominated", "Pareto-dominated", flags, kind="text", rank=2),
        ),
    )


def _payoffs(row: dict[str, Any], exact: bool) -> list[Any]:
    """Return payoffs, as fractions where these are known, wanted, and short enough to read."""
    pairs = zip(row.get("payoffs_exact", row["payoffs"]), row["payoffs"], strict=True)
    return [text if exact and len(str(text)) <= LONG else value for text, value in pairs]


def _answer(flag: bool | None) -> str | None:
    return None if flag is None else "yes" if flag else "no"


def _show(
    document: dict[str, Any], pure: PureEquilibria, price: Anarchy, mixed: MixedEquilibria | None
) -> None:
    """Print the game, the table, how equilibria were searched, and prices."""
    table = equilibria_table(document, exact=True)
    count = f"{len(pure) or 'no'} pure equilibri{'um' if len(pure) == 1 else 'a'}"
    slack = f" up to ε = {float(pure.epsilon):g}" if pure.epsilon else ""
    if table.rows:
        echo_table(replace(table, title=str(pure.game)))
    else:
        click.echo(str(pure.game))
    click.echo(f"\nAll there are: {count}{slack} ({pure.known}).")
    if mixed is not None:
        click.echo(f"Mixed, by {mixed.method}: {mixed.note}.")
        for line in mixed.described():
            click.echo(f"  {line}")
    click.echo(str(price))
