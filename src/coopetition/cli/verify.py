"""The verb `coopetition verify`."""

from pathlib import Path
from typing import Any

import click

from coopetition.cli.command import VERSION
from coopetition.cli.options import AS_JSON, PLAN, SEED, choosing, writing
from coopetition.cli.overwriting import refuse_overwriting
from coopetition.cli.shared import echo_overrides, naming, origin, say_written
from coopetition.cli.streams import progress
from coopetition.cli.verify_certificate import recheck
from coopetition.cli.verify_input import read_game, read_given
from coopetition.games.base import Game
from coopetition.games.certificate import Certificate
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.rigor.certificate_file import read_certificate
from coopetition.games.rigor.certified_game import MEASURED, about
from coopetition.games.rigor.proof import Rigor, certify, prove
from coopetition.games.tolerance import checked_tolerance
from coopetition.output import export
from coopetition.studies.scenario.mechanism_table import MechanismSettings

RIGORS = ("float", "interval", "rational")


@click.command("verify")
@SEED
@PLAN
@VERSION
@AS_JSON
@click.argument("game", required=False)
@choosing
@click.option("--profile", type=click.Path(path_type=Path), help="A JSON file: the pure profile.")
@click.option(
    "--tolerance",
    type=float,
    help="In currency, for all; default 1e-9 of what each can move itself, 0 in finite games.",
)
@click.option(
    "--rigor", type=click.Choice(RIGORS), default="float", show_default=True,
    help="Checked in floating point, or proved.",
)  # fmt: skip
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the proof, a certificate file."
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    help="Check such a file; with GAME, also that it is about that game.",
)
@writing("the answer .json, nothing else")
def verify_verb(
    game: str | None,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    profile: Path | None,
    tolerance: float | None,
    rigor: Rigor,
    save: Path | None,
    certificate: Path | None,
    outs: tuple[Path, ...],
) -> int:
    """Certificate of a profile, or the profitable deviation.

    GAME is a scenario, a finite game (.nfg, .json, .csv), or module:attribute (runs its code).
    The profile is a JSON file with the key "contribution" (the output of `solve --json` is valid),
    or for a finite game "strategies", one name each. `verify [GAME] --certificate FILE` checks
    a saved proof again, by a checker that shares nothing with what made it.
    Exit code 1 if somebody can gain more than its tolerance, or a certificate does not prove that
    nobody can. Without GAME and --tolerance nobody judges whether the proved bound is small.
    """
    for out in outs:
        if export.ending(out) != ".json":
            raise InvalidInputError(f"cannot write {out}: verify writes .json")
    refuse_overwriting(outs if save is None else (*outs, save), own=("save",))
    checked_tolerance(tolerance, "--tolerance")
    if certificate is not None:
        if profile is not None or save is not None:
            raise InvalidInputError("--certificate takes no --profile and no --save: it holds both")
        return _recheck(certificate, game, (seed, rule, rate), as_json, tolerance, outs)
    if game is None or profile is None:
        raise click.UsageError("verify needs a GAME and --profile FILE, or --certificate FILE")
    if save is not None and rigor == "float":
        raise InvalidInputError("--save needs a proof: --rigor interval or rational")
    played, where, document = read_given(game, profile, seed, rule, rate, rigor)
    with naming(profile):
        if rigor == "float":
            found = certify(played, where, tol=tolerance)
        else:
            progress("proving", 0, None)
            proof = prove(played, where, rigor=rigor, tol=tolerance)
            found = proof.certificate
            if save is not None:
                proof.save(save)
    document |= {
        "holds": found.holds,
        "certificate": dict(found.to_dict()),
        "deviation": _deviation(played, found, "player" if "game" in document else "organization"),
    }
    note = f"\nNote: {document['note']}." if document.get("note") else ""
    _say(document, f"{found}{note}", as_json, outs)
    say_written((save,) if save is not None else ())
    return 0 if found.holds else 1


def _deviation(game: Game | FiniteGame, found: Certificate, who: str) -> dict[str, Any] | None:
    """Return the profitable change, where the certificate does not hold."""
    best = found.deviation
    if best is None or found.holds:
        return None
    if isinstance(game, FiniteGame):
        return {who: best.player, "strategy": best.strategy, "gain": best.gain}
    return {who: best.player, "contribution": best.contribution, "gain": best.gain}


def _recheck(
    path: Path,
    game: str | None,
    options: tuple[int | None, str | None, float | None],
    as_json: bool,
    tolerance: float | None,
    outs: tuple[Path, ...],
) -> int:
    """Check a certificate file, and where a game is given, that it is about that game."""
    if game is None:
        if any(option is not None for option in options):
            raise InvalidInputError("--seed, --rule and --rate need the scenario that they change")
        document, words = recheck(path, tolerance, None, "")
        document = origin() | document
    else:

        def check(trial: CoopetitionRound, settings: MechanismSettings) -> None:
            _, content = read_certificate(path)
            with naming(path):
                about(content, trial, unknown=MEASURED)

        played, named = read_game(game, *options, check)
        document, words = recheck(path, tolerance, played, game)
        document = {**named, **document}
    _say(document, words, as_json, outs)
    return 1 if document["holds"] is False else 0


def _say(document: dict[str, Any], words: str, as_json: bool, outs: tuple[Path, ...]) -> None:
    for out in outs:
        export.write_table(out, document)
    if not as_json:
        echo_overrides()
    click.echo(export.to_json(document) if as_json else words)
    say_written(outs)
