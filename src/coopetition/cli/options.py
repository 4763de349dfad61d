"""Arguments and options that verbs share, and how strictly they are read."""

from collections.abc import Callable
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coopetition.cli.command import VERSION
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import RULES
from coopetition.output import export
from coopetition.studies.pictured import names_of
from coopetition.studies.scenario.mechanism_table import OWN

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
SEED = click.option(
    "--seed",
    type=click.IntRange(0),
    help="Replaces the scenario's seed: reference data are dealt again, all else is drawn again.",
)


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    context.meta[f"coopetition.{option.name}"] = value


def placing(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say where trainings run and cells are solved: `place` reads them."""
    for name, kind, text in (
        ("--cluster", None, "Address of a Dask scheduler, tcp://HOST:PORT, instead of --jobs."),
        ("--jobs", click.IntRange(1), "Processes; by default what [oracle] says, or the cores."),
    ):
        option = click.option(name, type=kind, help=text, expose_value=False, callback=_keep)
        command = option(command)
    return command


PLAN = click.option(
    "--plan", is_flag=True, expose_value=False, callback=_keep,
    help="Say how many trainings it takes, of which stages, and train nothing.",
)  # fmt: skip


def shared(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every verb has."""
    place = click.argument("scenario", type=click.Path(path_type=Path))
    return VERSION(AS_JSON(SEED(PLAN(placing(place(command))))))


RATE = "The rule's rate: κ, β or γ; other parameters stand in the scenario's [mechanism]."
RULE = f"Instead of the scenario's; {OWN} is your own: runs that module's code."


if TYPE_CHECKING:
    _Choice = click.Choice[str]
else:
    _Choice = click.Choice  # generic from click 8.2 on


class _RuleName(_Choice):
    """The name of a rule of the catalogue, or where a custom one is."""

    def convert(self, value: Any, *rest: Any) -> Any:
        """Leave a custom one as it is: the scenario's folder is not known yet."""
        return value if ":" in str(value) else super().convert(value, *rest)


class Number(click.types.FloatParamType):
    """A finite number, if told of at least some bound, above it, or below another."""

    def __init__(
        self, least: float = -inf, *, above: float = -inf, below: float | None = None
    ) -> None:
        self.least, self.above, self.below = least, above, inf if below is None else below

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Refuse any other number in one sentence that names the option."""
        number = float(super().convert(value, param, ctx))
        if isfinite(number) and self.least <= number < self.below and number > self.above:
            return number
        rules = ["finite"]
        rules += [f"more than {self.above:g}"] * (self.above > -inf)
        rules += [f"at least {self.least:g}"] * (self.least > -inf)
        rules += [f"less than {self.below:g}"] * (self.below < inf)
        name = param.opts[0] if param else "a number"
        raise InvalidInputError(f"`{name}` must be {' and '.join(rules)}, got {number!r}")


def choosing(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that replace the scenario's rule."""
    command = click.option("--rate", type=float, help=RATE)(command)
    return click.option("--rule", type=_RuleName([*RULES, OWN]), help=RULE)(command)


def choosing_several(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that replace the scenario's rule by one or more."""
    command = click.option("--rate", type=float, help=RATE)(command)
    return click.option(
        "--rule", "rules", multiple=True, type=_RuleName([*RULES, OWN]),
        help=f"{RULE} May be repeated.",
    )(command)  # fmt: skip


def writing(what: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add the option --out; its help says what the verb writes."""
    out = click.option(
        "--out",
        "outs",
        multiple=True,
        type=click.Path(path_type=Path),
        help=f"Write a file, by its ending: {what}. May be repeated.",
    )
    return lambda command: out(_showing(command))


def _showing(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say how tables are shown and written: `shared.shown` reads them."""
    for name, arguments in (
        ("--long", {"is_flag": True, "help": "Write tables with a row for every number, with the "
                    "same columns whatever the verb."}),
        ("--transpose", {"is_flag": True, "help": "Tables with a row for each column."}),
        ("--decimals", {"type": click.IntRange(0, 15), "metavar": "N",
                        "help": "Decimals of tables, instead of as many as it takes."}),
        ("--columns", {"metavar": "A,B",
                       "help": "Columns of tables, by their headers or JSON keys."}),
    ):  # fmt: skip
        command = click.option(name, expose_value=False, callback=_keep, **arguments)(command)
    return command


def drawing(command: Callable[..., int]) -> Callable[..., int]:
    """Add the option that writes a picture's data: `shared.draw_file` reads it."""
    return click.option(
        "--data", is_flag=True, expose_value=False, callback=_keep,
        help="Write FILE.csv beside every picture FILE.png: all that was drawn.",
    )(command)  # fmt: skip


def picturing(result: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add the options that say which picture is drawn: `shared.draw_result` reads them."""
    names = names_of(result)
    which = click.option(
        "--picture", type=click.Choice(names), expose_value=False, callback=_keep,
        help=f"Which picture --out draws; default {names[0]}.",
    )  # fmt: skip
    if "potential" not in names:
        return which
    who = click.option(
        "--between", nargs=2, metavar="NAME NAME", expose_value=False, callback=_keep,
        help="The two of best-responses and potential; default those who contribute most.",
    )  # fmt: skip
    return lambda command: which(who(command))


TABLES = f"tables {' '.join(e for e in export.ENDINGS if e not in export.PICTURES)}"
_PICTURES = f"pictures {' '.join(export.PICTURES)}"


def writing_pictures(what: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add --out, for pictures too, and --data; the help says which else the verb writes."""
    return lambda command: writing(f"{what}, {_PICTURES}")(drawing(command))


OUT = writing_pictures(TABLES)
OUT_TABLES = writing(f"{TABLES}; no pictures")
