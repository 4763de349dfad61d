"""The verb `coopetition reveal`."""

from pathlib import Path

import click
import numpy as np

from coopetition.cli.options import OUT_TABLES, choosing, shared
from coopetition.cli.shared import (
    check_outs,
    echo_overrides,
    echo_table,
    head,
    loaded_with,
    naming,
    say_written,
    settings_of,
    write_result,
)
from coopetition.games.errors import InvalidInputError
from coopetition.output import export
from coopetition.solvers import solve_planner
from coopetition.studies.behavior.observed_file import read_observed
from coopetition.studies.behavior.revealed import OF, revealed
from coopetition.studies.scenario.rules import make_rule


@click.command("reveal")
@shared
@choosing
@click.option(
    "--observed",
    type=click.Path(path_type=Path),
    required=True,
    help="A CSV: round, name, contribution, and numbers that differed then.",
)
@click.option(
    "--of",
    type=click.Choice(list(OF)),
    default="value",
    show_default=True,
    help="The number that is not known of each organization.",
)
@click.option(
    "--slack",
    type=float,
    required=True,
    help="Money that an organization may have failed to gain in each round.",
)
@OUT_TABLES
def reveal_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    observed: Path,
    of: str,
    slack: float,
    outs: tuple[Path, ...],
) -> int:
    """Which values, costs or kept shares would explain contributions of past rounds.

    Exit code 1 if none does for somebody within the slack; the smallest slack that would is said.
    """
    check_outs(outs, no_pictures_of="reveal")
    loaded = loaded_with(scenario, seed)
    settings = settings_of(loaded, rule, rate)
    if loaded.oracle:
        raise InvalidInputError(f"{scenario}: what is revealed needs a [gain], not an [oracle]")
    contributions, besides = read_observed(observed, loaded.organizations)
    with naming(scenario):
        base, rounds = loaded.round(), []
        for changes in besides:
            columns = {
                key: np.array([each.get(name, old) for name, old in
                               zip(base.players, getattr(base, key), strict=True)])
                for key, each in changes.items()
            }  # fmt: skip
            rounds.append(base.replace(**columns) if columns else base)
        rules = [
            make_rule(game, settings, solve_planner(game).profile
                      if settings.entry.targeted else None)
            for game in rounds
        ]  # fmt: skip
    try:
        found = revealed(rounds, contributions, of=of, slack=slack, rules=rules,
                         words=loaded.words)  # fmt: skip
    except InvalidInputError as error:
        raise InvalidInputError(f"{observed}: {error}") from None
    document = head(loaded, settings) | found.to_dict()
    for out in outs:
        write_result(out, document, found)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        echo_table(*found.tables())
    say_written(outs)
    return 0 if found.explained else 1
