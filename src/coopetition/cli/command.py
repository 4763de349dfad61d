"""The command `coopetition`: an index of its verbs, each imported when it is called.

A verb NAME stands in `cli/NAME.py` as `NAME_verb`; to add one, write that file and name it here.
"""

import re
import shlex
import signal
from importlib import import_module

import click

from coopetition import _starting as starting
from coopetition._version import __version__
from coopetition.cli.streams import progress

# The first sentences of the verbs' docstrings, so that `--help` need not import them.
VERBS = {
    "audit": "All properties of the mechanism, how each is known, and a witness where it fails.",
    "breakeven": "Where, by a parameter, somebody starts, stops or leaves, or rules change places.",
    "calibrate": "Value and damage of a market: from units sold and second choices, or shares.",
    "compare": "All rules and the baselines VCFL, WCO, RaDG, WPR, beside the planner.",
    "design": "Find the best balanced mechanism under constraints, and what each constraint costs.",
    "divide": "Divide a pie: Shapley, nucleolus, core, bargaining; or an estate among claims.",
    "equilibria": "All pure equilibria of a finite game, mixed ones, and what selfishness costs.",
    "ledger": "Look into ledgers, the files that keep what oracles measured.",
    "oracle": "Look after oracles: which there are, and whether they keep their promises.",
    "play": "Play rounds: measure, fit, solve, generate, train, redistribute, pay; resumable.",
    "potential": "Is it a potential game? The weights, or a witness; of finite games, every kind.",
    "replicate": "Repeat a published experiment on real training, and report what reproduced.",
    "reveal": "Which values, costs or kept shares would explain contributions of past rounds.",
    "rules": "List the transfer rules, or what audits of them on random rounds find.",
    "solve": "Equilibrium, transfers, payoffs and certificate, beside no rule and the planner.",
    "statics": "Say what parameters do to contributions, payoffs and welfare, and how far.",
    "sweep": "Solve a scenario with some fields varied: one row per cell; stop and resume.",
    "uncertainty": "Draw uncertain numbers: how sure the answer is, what that hangs on, and what "
    "to find out.",
    "verify": "Certificate of a profile, or the profitable deviation.",
}

COMMAND = "coopetition.command"  # what was typed, for `origin`
VERSION = click.version_option(__version__, prog_name="coopetition")


class Verbs(click.Group):
    """A group of verbs, in which an option is given once, unless it may be repeated, and not empty.

    Click takes the last of several, and an empty text for none at all.
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, look at its options before any is acted on, and begin to show progress."""
        ctx.meta.setdefault(COMMAND, _shown(args))
        name, verb, rest = super().resolve_command(ctx, args)
        if verb is not None and not isinstance(verb, click.Group):
            _check_options(click.Context(verb, parent=ctx, info_name=name), rest)
            if "--json" not in rest:
                progress(name or "", 0, None)
                ctx.with_resource(progress)
        return name, verb, rest

    def sentence(self, ctx: click.Context, name: str) -> str:
        """Return what a verb does, whole."""
        verb = self.get_command(ctx, name)
        return " ".join((verb.help or "").split("\n\n")[0].split()) if verb else ""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs with their sentences, which Click would cut."""
        with formatter.section("Commands"):
            names = self.list_commands(ctx)
            formatter.write_dl([(name, self.sentence(ctx, name)) for name in names])


class LazyVerbs(Verbs):
    """The group of all verbs, which imports none to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the verbs."""
        return sorted(VERBS)

    def sentence(self, ctx: click.Context, name: str) -> str:
        """Return what the index says."""
        return VERBS[name]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a verb. From here on Ctrl-C interrupts work, and no longer imports."""
        if name not in VERBS:
            return None
        verb: click.Command = getattr(import_module(f"coopetition.cli.{name}"), f"{name}_verb")
        starting.change_interrupt(starting.leave, signal.default_int_handler)
        return verb


@click.group(
    cls=LazyVerbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@VERSION
def cli() -> None:
    """Incentives among organizations that train a model together and compete in the market."""


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
