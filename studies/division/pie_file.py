"""Read a pie from a file: the values of all coalitions, or claims on an estate.

Numbers are read exactly: whole numbers, decimals, fractions p/q.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.tables import exact_number
from coopetition.games.text.names import look_alike, say_alike, tidy
from coopetition.games.text.reading import other_separator, read_text, unique_keys
from coopetition.games.text.words import did_you_mean, first_few
from coopetition.studies.division.divide import LARGEST, Pie

GAME, CLAIMS = ("coalition", "value"), ("player", "claim")
PieRow = tuple[str, list[str], Fraction]  # where it stands, whose it is, how much


def load_pie(file: Path, *, estate: str | None = None, weights: str | None = None) -> Pie:
    r"""Read a game (columns coalition, value) or claims (player, claim) from CSV or JSON.

    Members of a coalition are joined by `+`. JSON is a list of objects with the same keys, where a
    coalition may be a list of names. Players are those with a row of their own. The empty coalition
    has 0 where it has no row.

    Parameters
    ----------
    estate
        What there is to divide among claims.
    weights
        Of all players: `A=2,B=1`.

    Raises
    ------
    InvalidInputError
        In one sentence: a coalition that is missing, twice, or of somebody unknown, a number that
        is none, an estate without claims or claims without estate.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     _ = file.write("coalition,value\nA,0\nB,1/3\nA+B,0.5\n"), file.flush()
    ...     load_pie(Path(file.name)).values
    (Fraction(0, 1), Fraction(0, 1), Fraction(1, 3), Fraction(1, 2))
    """
    text = read_text(file)
    try:
        head, found = (_json if file.suffix.lower() == ".json" else _csv)(text)
        columns = next((each for each in (GAME, CLAIMS) if sorted(head) == sorted(each)), None)
        if columns is None:
            said = f"{', '.join(head) or 'none':.80}{other_separator(','.join(head))}"
            raise InvalidInputError(
                "the columns must be coalition, value (a game) or player, claim (claims), got "
                + said
            )
        rows = [_row(where, record, columns) for where, record in found]
        if columns == CLAIMS:
            pie = _claims(rows, estate)
        elif estate is None:
            pie = _game(rows)
        else:
            raise InvalidInputError("`--estate` goes with claims (columns player, claim)")
    except InvalidInputError as error:
        raise InvalidInputError(f"{file}: {error}") from None
    return pie if weights is None else _weighted(pie, weights)


def _csv(text: str) -> tuple[list[str], list[tuple[str, dict[Any, Any]]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = head
        return head, [(f"line {reader.line_num}", row) for row in reader]
    except csv.Error as error:
        raise InvalidInputError(f"not a CSV table: {error}") from None


def _json(text: str) -> tuple[list[str], list[tuple[str, dict[Any, Any]]]]:
    try:  # numbers stay texts, so that 0.1 is read as 1/10
        content = json.loads(
            text, object_pairs_hook=unique_keys, parse_float=str, parse_int=str, parse_constant=str
        )
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"not JSON: {error}") from None
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise InvalidInputError("the JSON must be a list of objects, one per coalition or player")
    return list(content[0]) if content else [], [(f"[{k}]", part) for k, part in enumerate(content)]


def _row(where: str, record: Mapping[Any, Any], columns: tuple[str, str]) -> PieRow:
    if set(record) != set(columns) or None in record.values():
        raise InvalidInputError(f"{where} must have {columns[0]} and {columns[1]}, no more")
    whose, amount = (record[column] for column in columns)
    if isinstance(whose, str):
        whose = whose.split("+") if columns == GAME else [whose]
    if not isinstance(whose, list) or not all(isinstance(name, str) for name in whose):
        raise InvalidInputError(f"{where}: the {columns[0]} must be names, got {whose!r:.40}")
    if not isinstance(amount, str):
        raise InvalidInputError(f"{where}: the {columns[1]} must be a number, got {amount!r:.40}")
    try:
        number = exact_number(amount.strip(), f"a {columns[1]}")
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}: {error}") from None
    names = [tidy(name) for name in whose]
    return where, [] if names == [""] else names, number


def _game(rows: Sequence[PieRow]) -> Pie:
    """Return the pie of coalition values; the players are those with a row of their own."""
    players = _players([members[0] for _, members, _ in rows if len(members) == 1])
    if len(players) > LARGEST:
        raise InvalidInputError(f"a game can have {LARGEST} players at most, got {len(players)}")
    bit = {name: 1 << n for n, name in enumerate(players)}
    found: dict[int, Fraction] = {}
    for where, members, value in rows:
        for name in members:
            if name not in bit:
                raise InvalidInputError(
                    f"{where}: {name!r} is not a player: there is no row of {name!r} alone"
                    f"{did_you_mean(name, players)}"
                )
        mask = sum(bit[name] for name in set(members))
        if len(set(members)) < len(members):
            raise InvalidInputError(f"{where} names a player twice: {'+'.join(members)}")
        if mask in found:
            raise InvalidInputError(f"{where} repeats the coalition {'+'.join(members) or '∅'}")
        found[mask] = value
    found.setdefault(0, Fraction(0))
    every = range(1 << len(players))
    if lacking := [mask for mask in every if mask not in found]:
        said = ["+".join(name for name in players if bit[name] & mask) for mask in lacking[:6]]
        verb = "coalition is" if len(lacking) == 1 else f"{len(lacking)} coalitions are"
        raise InvalidInputError(f"{verb} missing: {first_few(said)}")
    return Pie(players, tuple(found[mask] for mask in every))


def _claims(rows: Sequence[PieRow], estate: str | None) -> Pie:
    if estate is None:
        raise InvalidInputError("claims need `--estate`: what there is to divide")
    for where, names, claim in rows:
        if not names or claim < 0:
            what = "a claim must be at least 0" if names else "every row must name a player"
            raise InvalidInputError(f"{where}: {what}, got {claim if names else 'none'}")
    players = _players([names[0] for _, names, _ in rows])
    claims, whole = tuple(claim for _, _, claim in rows), exact_number(estate, "`--estate`")
    if not 0 <= whole <= sum(claims):
        raise InvalidInputError(
            f"`--estate` must be between 0 and the sum of the claims, {float(sum(claims)):g}, "
            f"got {float(whole):g}"
        )
    return Pie(players, claims=claims, estate=whole)


def _players(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        raise InvalidInputError("there must be a row for each player alone")
    if pair := look_alike(names):
        raise InvalidInputError(f"names must differ, got {say_alike(*pair)}")
    return tuple(names)


def _weighted(pie: Pie, text: str) -> Pie:
    """Return the pie with weights of all players."""
    given: dict[str, float] = {}
    for part in text.split(","):
        name, equals, weight = (word.strip() for word in part.rpartition("="))
        if not equals:
            raise InvalidInputError(f"`--weights` must be like A=2,B=1, got {part!r:.40}")
        if name not in pie.players or name in given:
            why = (
                "is there twice" if name in given else f"is not a player: {first_few(pie.players)}"
            )
            raise InvalidInputError(f"`--weights`: {name!r:.40} {why}")
        given[name] = float(exact_number(weight, f"the weight of {name}"))
        if given[name] <= 0:
            raise InvalidInputError(f"`--weights` must be positive, got {weight} for {name}")
    if lacking := [name for name in pie.players if name not in given]:
        raise InvalidInputError(f"`--weights` lacks {first_few(lacking)}")
    return replace(pie, weights=np.array([given[name] for name in pie.players]))
