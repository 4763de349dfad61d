"""The verb `coopetition verify`."""

from pathlib import Path
from typing import Any

import click

from coopetition import __version__
from coopetition.console import (
    AS_JSON,
    OUT,
    VERSION,
    choosing,
    clear_line,
    head,
    naming,
    prepare,
    read_json,
    read_profile,
    say_written,
)
from coopetition.games.base import Game
from coopetition.games.certificate import Certificate, not_below
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.load import load_game
from coopetition.games.rigor.exact import rounded_up
from coopetition.games.rigor.file import check_certificate
from coopetition.games.rigor.proof import Rigor, certify, prove
from coopetition.mechanisms import redistribute
from coopetition.studies import export
from coopetition.studies.rules import rule_maker
from coopetition.studies.settings import override

RIGORS = ("float", "interval", "rational")


@click.command("verify")
@click.option("--seed", type=click.IntRange(0), help="Instead of the scenario's.")
@VERSION
@AS_JSON
@click.argument("game", required=False)
@choosing
@click.option("--profile", type=click.Path(path_type=Path), help="A JSON file.")
@click.option("--tolerance", type=float, help="In currency; default 1e-9 × payoff scale.")
@click.option(
    "--rigor", type=click.Choice(RIGORS), default="float", show_default=True,
    help="Checked in floating point, or proved.",
)  # fmt: skip
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the proof, a certificate file."
)
@click.option(
    "--certificate", type=click.Path(path_type=Path), help="Check such a file, and nothing else."
)
@OUT
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

    GAME is a scenario, or a finite game: .nfg, .json, .csv, module:attribute (runs its code).
    The profile is a JSON file with the key "contribution" (the output of `solve --json` is valid),
    or for a finite game "strategies", their names. `verify --certificate FILE` checks a saved proof
    again, by a checker that shares nothing with what made it.
    """
    for out in outs:
        if export.ending(out) != ".json":
            raise InvalidInputError(f"cannot write {out}: verify writes .json")
    if tolerance is not None and not tolerance >= 0:
        raise InvalidInputError(f"`--tolerance` must be at least 0, got {tolerance!r}")
    if certificate is not None:
        if game is not None or profile is not None or save is not None:
            raise InvalidInputError("--certificate stands alone: the file holds game and profile")
        return _recheck(certificate, as_json, tolerance, outs)
    if game is None or profile is None:
        raise click.UsageError("verify needs a GAME and --profile FILE, or --certificate FILE")
    if save is not None and rigor == "float":
        raise InvalidInputError("--save needs a proof: --rigor interval or rational")
    played, where, document = _read(game, profile, seed, rule, rate)
    with naming(profile):
        if rigor == "float":
            found = certify(played, where, tol=tolerance)
        else:
            proof = prove(played, where, rigor=rigor, tol=tolerance)
            found = proof.certificate
            if save is not None:
                proof.save(save)
    document |= {
        "holds": found.holds,
        "certificate": dict(found.to_dict()),
        "deviation": _deviation(played, found),
        "version": __version__,
    }
    _say(document, str(found), as_json, outs)
    say_written((save,) if save is not None else ())
    return 0 if found.holds else 1


def _read(
    game: str, profile: Path, seed: int | None, rule: str | None, rate: float | None
) -> tuple[Game | FiniteGame, list[Any], dict[str, Any]]:
    """Return the game, the profile, and what the answer starts with."""
    if Path(game).suffix.lower() != ".toml" and _names_a_game(game):
        loaded = load_game(game)
        if not isinstance(loaded, FiniteGame):
            raise InvalidInputError(f"{game} is no finite game: verify takes scenarios for rounds")
        if rule is not None or rate is not None:
            raise InvalidInputError("--rule and --rate are for scenarios")
        return loaded, _strategies(loaded, profile), {"game": loaded.title or game}
    contribution = read_profile(profile)
    scenario, measured = prepare(Path(game), seed)
    round_ = measured.game if measured else scenario.round()
    settings = override(scenario.mechanism, rule, rate)
    with naming(Path(game)):
        induced = redistribute(round_, rule_maker(round_, settings)(round_))
    return induced, contribution, {**head(scenario), "rule": settings.rule}


def _names_a_game(game: str) -> bool:
    return Path(game).suffix.lower() in (".nfg", ".json", ".csv") or (
        ":" in game and not Path(game).exists()
    )


def _strategies(game: FiniteGame, path: Path) -> list[int]:
    """Read a pure profile by the strategies' names."""
    names = read_json(path, "strategies")
    with naming(path):
        if not isinstance(names, list) or len(names) != len(game.players):
            raise InvalidInputError(
                f"`strategies` must be {len(game.players)} names, one a player, got {names!r:.60}"
            )
        found = []
        for player, own, name in zip(game.players, game.strategies, names, strict=True):
            if str(name) not in own:
                raise InvalidInputError(
                    f"`strategies` of {player} must be one of {', '.join(own[:20])}, got {name!r}"
                )
            found.append(own.index(str(name)))
    return found


def _deviation(game: Game | FiniteGame, found: Certificate) -> dict[str, Any] | None:
    """Return the profitable change, where the certificate does not hold."""
    best = found.deviation
    if best is None or found.holds:
        return None
    if isinstance(game, FiniteGame):
        return {"player": best.player, "strategy": best.strategy, "gain": best.gain}
    return {
        "organization": best.player,
        "contribution": best.contribution,
        "gain": best.gain,
    }


def _recheck(path: Path, as_json: bool, tolerance: float | None, outs: tuple[Path, ...]) -> int:
    """Check a certificate file."""
    epsilon = check_certificate(path)
    holds = tolerance is None or epsilon <= tolerance
    document = {
        "certificate_file": str(path),
        "proved": True,
        "epsilon": rounded_up(epsilon),
        "holds": holds,
        "version": __version__,
    }
    words = f"{path}: proved again, nobody can gain more than {not_below(rounded_up(epsilon), 6)}"
    _say(document, words, as_json, outs)
    return 0 if holds else 1


def _say(document: dict[str, Any], words: str, as_json: bool, outs: tuple[Path, ...]) -> None:
    for out in outs:
        export.write_table(out, document, [], [])
    clear_line()
    click.echo(export.to_json(document) if as_json else words)
    say_written(outs)
