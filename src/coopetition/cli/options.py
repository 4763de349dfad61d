"""Arguments and options that verbs share, and how strictly they are read."""

import re
import shlex
from collections.abc import Callable
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coopetition._version import __version__
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import RULES
from coopetition.studies.report import export
from coopetition.studies.scenario.mechanism_table import OWN

COMMAND = "coopetition.command"  # what was typed, for `origin`


class Verbs(click.Group):
    """A group of verbs, in which an option is given once, unless it may be repeated, and not empty.

    Click takes the last of several, and an empty text for none at all.
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, and look at its options before any of them is acted on."""
        ctx.meta.setdefault(COMMAND, _shown(args))
        name, verb, rest = super().resolve_command(ctx, args)
        if verb is not None and not isinstance(verb, click.Group):
            _check_options(click.Context(verb, parent=ctx, info_name=name), rest)
        return name, verb, rest


def _shown(words: list[str]) -> str:
    """Return the command as it was typed, without the secrets of addresses."""
    return shlex.join(["coopetition", *(re.sub(r"//[^/@\s]*@", "//", word) for word in words)])


def _check_options(context: click.Context, words: list[str]) -> None:
    try:
        given, _, order = context.command.make_parser(context).parse_args(list(words))
    except click.UsageError:
        return  # said where they are parsed in earnest
    for part in order:
        repeatable = part.nargs != 1 or getattr(part, "multiple", False)
        name, said = part.opts[-1], given.get(part.name or "")
        if isinstance(part, click.Argument):
            name = part.human_readable_name
        elif getattr(part, "is_flag", False):
            continue
        elif not repeatable and order.count(part) > 1:
            raise click.UsageError(f"{name} is given {order.count(part)} times", context)
        if "" in (said if repeatable and said else (said,)):
            raise click.UsageError(f"{name} must not be empty", context)


def usage(error: click.ClickException) -> str:
    """Return one sentence, and where to read how it is done."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    said = error.format_message().rstrip(".")
    return f"{said} (see `{context.command_path} --help`)" if context else said


VERSION = click.version_option(__version__, prog_name="coopetition")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
SEED = click.option(
    "--seed",
    type=click.IntRange(0),
    help="Instead of the scenario's; deals the reference data anew, like all other draws.",
)


def shared(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every verb has."""
    return VERSION(
        AS_JSON(SEED(click.argument("scenario", type=click.Path(path_type=Path))(command)))
    )


RATE = "The rule's rate: κ, β or γ; other parameters stand in the scenario's [mechanism]."
RULE = f"Instead of the scenario's; {OWN} is your own: runs that module's code."


if TYPE_CHECKING:
    _Choice = click.Choice[str]
else:
    _Choice = click.Choice  # generic from click 8.2 on


class _RuleName(_Choice):
    """The name of a rule of the catalogue, or where one's own is."""

    def convert(self, value: Any, *rest: Any) -> Any:
        """Leave one's own as it is: the scenario's folder is not known yet."""
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
    return click.option(
        "--out",
        "outs",
        multiple=True,
        type=click.Path(path_type=Path),
        help=f"Write a file, by its ending: {what}. May be repeated.",
    )


TABLES = f"tables {' '.join(e for e in export.ENDINGS if e not in export.PICTURES)}"
OUT = writing(f"{TABLES}, pictures {' '.join(export.PICTURES)}")
OUT_TABLES = writing(f"{TABLES}; no pictures")
