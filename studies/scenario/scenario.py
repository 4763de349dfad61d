"""Scenario files: TOML in, a validated scenario out, with a hash that names it.

The file says who takes part, what the model's gain is worth and costs, how they compete, and which
mechanism is in force. Unknown keys are errors that suggest the nearest known one.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from coopetition.games.arrays import Array
from coopetition.games.coopetition.columns import MONEY
from coopetition.games.coopetition.competition import DamageCounts
from coopetition.games.coopetition.gain import GainCurve, PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, require
from coopetition.games.measured.round import MeasuredGame
from coopetition.games.text.reading import read_text
from coopetition.output.clean_values import clean
from coopetition.output.words import Words
from coopetition.studies.scenario.fees import powers
from coopetition.studies.scenario.frames import organizations_from, plain
from coopetition.studies.scenario.gain_table import read_gain
from coopetition.studies.scenario.matrices import with_matrices
from coopetition.studies.scenario.mechanism_table import MechanismSettings, read_mechanism
from coopetition.studies.scenario.oracle_kinds import FEDERATIONS, NO_LEDGER, OracleSettings
from coopetition.studies.scenario.oracle_table import read_oracle
from coopetition.studies.scenario.organizations import organizations_of, rows_of
from coopetition.studies.scenario.rules import make_rule
from coopetition.studies.scenario.strict_tables import ScenarioTable

if TYPE_CHECKING:
    from coopetition.studies.draws.distribution import Distribution
    from coopetition.studies.market.market import Market

TABLES = "market gain oracle personal_gain organization organizations competition mechanism".split()
MOST_DRAWS = 1_000_000
MOST_PARTS = 50  # of a dotted key: reading one takes time that grows with their square
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DEEP = re.compile(rf"(?<![\w-]){_PART}(?:\.[ \t]*{_PART}){{{MOST_PARTS}}}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A validated scenario; `round()` makes the game, `digest` names what it says."""

    name: str
    currency: str
    organizations: tuple[str, ...]
    columns: Mapping[str, list[float | None]] = field(repr=False)
    gain: GainCurve | None
    oracle: OracleSettings | None
    personal_weight: float
    damage: Any
    rivalry: Any
    counts: DamageCounts
    mechanism: MechanismSettings
    seed: int
    draws: int
    folder: Path = field(compare=False)  # of file names in it: no part of what it says
    spread: "Mapping[str, Distribution]" = field(default_factory=dict)  # uncertain numbers, by path
    market: "Market | None" = field(default=None, compare=False)  # where value and damage are from
    notes: tuple[str, ...] = field(default=(), compare=False)  # what was not stated, but taken
    file: Path | None = field(default=None, compare=False)  # that it was read from

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        gain: GainCurve | Mapping[str, Any] | None = None,
        competition: Mapping[str, Any] | None = None,
        mechanism: MechanismSettings | Mapping[str, Any] | None = None,
        folder: str | Path = ".",
        **more: Any,
    ) -> "Scenario":
        """Make a scenario whose organizations are the rows of a data frame.

        It is read as strictly as a file, and has the digest of the file that says the same.

        Parameters
        ----------
        frame
            A data frame, or a mapping of columns, with the columns of `organizations = "FILE.csv"`;
            names are its column `name` or `organization`, or its index.
        gain
            A curve, or a table `[gain]`.
        competition
            A table `[competition]`. Its matrices, and the `intensity` of the mechanism, may be
            arrays in the order of the rows, or data frames: row loses, column gains.
        mechanism
            Settings, or a table `[mechanism]`.
        folder
            What names of files are relative to.
        more
            The other keys of a scenario file: `name`, `currency`, `seed`, `draws`, `oracle`,
            `personal_gain`. The frame replaces `organization`, so that `**scenario.to_dict()`
            makes the same scenario with other organizations.

        Raises
        ------
        InvalidInputError
            Naming the column, the organization, the value and what would be right.

        Examples
        --------
        >>> people = {"name": ["North", "South"], "local_data": [1500, 900], "value": [1000, 800],
        ...     "max_contribution": [4000, 4000], "unit_cost": [0.001, 0.001]}
        >>> scenario = Scenario.from_frame(people, gain=PowerGain(1.0, 2.0, 0.35), currency="EUR")
        >>> scenario.organizations, scenario.currency
        (('North', 'South'), 'EUR')
        """
        tables = {"gain": gain, "competition": competition, "mechanism": mechanism}
        given = {key: plain(value) for key, value in tables.items() if value is not None}
        rows = {"organization": organizations_from(frame)}
        return parse_scenario(plain(more) | given | rows, Path(folder))

    def to_frame(self) -> Any:
        """Return the organizations as a pandas data frame, which `from_frame` reads.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        pandas = require("pandas", "frames")
        return pandas.DataFrame(self.to_dict()["organization"]).set_index("name")

    @property
    def words(self) -> Words:
        """What results call it, and their units, as far as it says them."""
        return Words(self.name, self.currency)

    @property
    def ledger(self) -> str | None:
        """The file that keeps what its oracle answers, in its folder; None if none does.

        The one that it names, or one beside the file that it was read from.
        """
        if self.oracle is None or self.oracle.ledger == NO_LEDGER:
            return None
        if self.oracle.ledger or self.file is None:
            return self.oracle.ledger
        return f"{self.file.stem}.ledger.sqlite"

    @property
    def digest(self) -> str:
        """Name what the scenario says, however it is written: 16 hexadecimal digits.

        Of a custom rule, that is also its settings and its code.
        """
        content = {part.name: getattr(self, part.name) for part in fields(self) if part.compare}
        if self.counts == "contributions":  # what a scenario always said by saying nothing
            del content["counts"]
        if not self.spread:
            del content["spread"]
        if self.mechanism.own:
            content["own"] = [self.mechanism.settings, self.mechanism.own.source]
        text = json.dumps(content, sort_keys=True, default=repr)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Return the content of a scenario file: `parse_scenario` makes the same scenario of it."""
        measured = {"skew"} if self.oracle and self.oracle.kind in FEDERATIONS else set()
        rows = [
            {"name": name} | {k: v[n] for k, v in self.columns.items() if k not in measured}
            for n, name in enumerate(self.organizations)
        ]
        if self.gain is None:
            source = {"oracle": self.oracle.to_dict() if self.oracle else {}}
        else:
            source = {"gain": self.gain.to_dict()}
        content = clean(
            {key: getattr(self, key) for key in ("name", "currency", "seed", "draws")}
            | source
            | {
                "personal_gain": {"weight": self.personal_weight},
                "organization": rows,
                "competition": {
                    "counts": self.counts,
                    "damage": self.damage,
                    "rivalry": self.rivalry,
                },
                "mechanism": self.mechanism.to_dict(),
            }
        )
        if not self.spread:
            return content
        from coopetition.studies.draws.stated import with_stated

        return with_stated(content, self.spread)

    def round(self, gain: GainCurve | None = None, **columns: Any) -> CoopetitionRound:
        """Make the game, with a measured gain and columns where the scenario has an oracle.

        Raises
        ------
        InvalidInputError
            If no gain is known, or a field of an organization is out of range.
        """
        curve = gain or self.gain
        if curve is None:
            raise InvalidInputError("the scenario's gain must be measured first")
        return CoopetitionRound(
            gain=curve,
            organizations=self.organizations,
            personal_weight=self.personal_weight,
            damage=self.damage,
            rivalry=self.rivalry,
            counts=self.counts,
            **{**self.columns, **columns},
        )

    def game_of_gains(self, gains: Callable[[Array], Any], **columns: Any) -> MeasuredGame:
        """Make the game of everybody's own gain, with columns instead of the scenario's.

        Raises
        ------
        InvalidInputError
            If it states a personal gain, or a field of an organization is out of range.
        """
        if self.personal_weight:
            raise InvalidInputError(
                "[personal_gain]: `weight` must be 0 where everybody's own gain is measured: what "
                f"data are worth to their owner is in it, got {self.personal_weight:g}"
            )
        known = {
            key: self.columns[key] for key in ("max_contribution", *MONEY) if key in self.columns
        }
        return MeasuredGame(
            gains=gains,
            organizations=self.organizations,
            damage=self.damage,
            rivalry=self.rivalry,
            counts=self.counts,
            **{**known, **columns},
        )


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    InvalidInputError
        In one sentence with the file's name: unreadable, not TOML, or not a valid scenario.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> text = '''
    ... gain = {family = "power", ceiling = 1.0, scale = 2.0, exponent = 0.35}
    ... organization = [
    ...     {name = "North", local_data = 1500, max_contribution = 4000, value = 99, unit_cost = 0},
    ...     {name = "South", local_data = 900, max_contribution = 4000, value = 80, unit_cost = 0},
    ... ]
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "two.toml").write_text(text)
    ...     load_scenario(Path(folder, "two.toml")).organizations
    ('North', 'South')
    """
    file = Path(path)
    content = read_content(file)
    try:
        scenario = parse_scenario(content, file.parent)
    except InvalidInputError as error:
        raise InvalidInputError(f"{file}: {error}") from None
    return replace(scenario, file=file) if file.is_file() else scenario  # a pipe is nowhere


def read_content(file: Path) -> dict[str, Any]:
    """Read a scenario file's content without looking at what it says."""
    text = read_text(file)
    if _DEEP.search(text):
        raise InvalidInputError(f"{file} has a key of more than {MOST_PARTS} parts between dots")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{file} is not valid TOML: {error}") from None


def parse_scenario(content: Mapping[str, Any], folder: Path = Path(".")) -> Scenario:
    """Turn a scenario's content into a `Scenario`; file names in it are relative to `folder`.

    Raises
    ------
    InvalidInputError
        Naming the table, the key and the rule.

    Examples
    --------
    >>> scenario = parse_scenario({
    ...     "name": "two", "gain": {"family": "power", "ceiling": 1, "scale": 2, "exponent": 0.35},
    ...     "organization": [
    ...         {"name": n, "local_data": 900, "max_contribution": 4000, "value": 1000,
    ...          "unit_cost": 0.001} for n in ("North", "South")]})
    >>> scenario.round().weights.tolist()
    [1000.0, 1000.0]
    """
    top = ScenarioTable.of(content, "the scenario")
    name, currency = top.text("name", "scenario"), top.text("currency", "money")
    seed = top.whole("seed", 0)
    draws = top.whole("draws", 1000, least=2)
    tables = {key: top.take(key, None) for key in TABLES}
    top.done()
    if draws > MOST_DRAWS:
        raise InvalidInputError(f"the scenario: `draws` must be at most {MOST_DRAWS}, got {draws}")
    tables, spread = _middles(tables, folder)
    gain, oracle = _source(tables)
    dealt = oracle is not None and oracle.kind in FEDERATIONS
    rows, notes = rows_of(tables, folder)
    market = None
    if tables["market"] is not None:
        from coopetition.studies.market.with_market import calibrated

        market, rows, tables["competition"] = calibrated(tables, rows, folder)
    names, columns = organizations_of(rows, measured=oracle is not None, dealt=dealt)
    tables = with_matrices(tables, names, folder)
    damage, rivalry, counts = _competition(tables["competition"])
    scenario = Scenario(
        name=name,
        currency=currency,
        organizations=names,
        columns=columns,
        gain=gain,
        oracle=oracle,
        personal_weight=_personal_weight(tables["personal_gain"]),
        damage=damage,
        rivalry=rivalry,
        counts=counts,
        spread=spread,
        market=market,
        mechanism=read_mechanism(tables["mechanism"], folder),
        seed=seed,
        draws=draws,
        folder=folder,
        notes=(
            *(note for key, note in notes.items() if key in columns),
            *([_said(spread)] if spread else []),
        ),
    )
    try_out(scenario)
    return scenario


def trial_round(scenario: Scenario, **columns: Any) -> CoopetitionRound:
    """Return a round to try things out on before gains are measured: a stand-in is its curve.

    Its organizations, bounds, values, costs and competition are the scenario's.
    """
    trial = {} if scenario.gain else {"local_data": 1.0, "quality": 1.0} | columns
    missing = {key: value for key, value in trial.items() if key not in scenario.columns}
    return scenario.round(scenario.gain or PowerGain(1.0, 1.0, 1.0, 1.0), **missing)


def try_out(scenario: Scenario) -> None:
    """Make a round and the scenario's rule, so that every field's range is checked at once."""
    game = trial_round(scenario)
    try:
        make_rule(game, scenario.mechanism, 0.5 * game.max_contribution)
        powers(game, scenario.mechanism.power)
        if scenario.oracle and scenario.mechanism.asks_sub_coalitions:
            raise InvalidInputError(
                f"`fees` = {scenario.mechanism.fees} with `outside_option` = "
                f"{scenario.mechanism.outside_option} need the gains of sub-coalitions, "
                "which an [oracle] does not measure"
            )
    except InvalidInputError as error:
        raise InvalidInputError(f"[mechanism]: {error}") from None


def _middles(
    tables: dict[str, Any], folder: Path
) -> "tuple[dict[str, Any], Mapping[str, Distribution]]":
    """Return the tables with the middles of numbers that are distributions, and these by path."""
    from coopetition.studies.draws.stated import with_middles

    return with_middles(tables, folder)


def _said(spread: "Mapping[str, Distribution]") -> str:
    few = ", ".join(list(spread)[:3]) + (", …" if len(spread) > 3 else "")
    many = f"{len(spread)} numbers are" if len(spread) > 1 else "a number is"
    return f"{many} uncertain ({few}): taken at the middles, `uncertainty` draws them"


def _source(tables: Mapping[str, Any]) -> tuple[GainCurve | None, OracleSettings | None]:
    """Read where gains come from: exactly one of a curve and an oracle."""
    found = [key for key in ("gain", "oracle") if tables[key] is not None]
    if len(found) != 1:
        raise InvalidInputError(
            "the scenario needs exactly one of the tables [gain] and [oracle], "
            f"found {'both' if found else 'neither'}"
        )
    if found == ["gain"]:
        return read_gain(tables["gain"]), None
    return None, read_oracle(ScenarioTable.of(tables["oracle"], "[oracle]"))


def _personal_weight(content: Any) -> float:
    if content is None:
        return 0.0
    table = ScenarioTable.of(content, "[personal_gain]")
    weight = float(table.number("weight"))
    table.done()
    if weight < 0:
        raise InvalidInputError(f"[personal_gain]: `weight` must be at least 0, got {weight:g}")
    return weight


def _competition(content: Any) -> tuple[Any, Any, DamageCounts]:
    table = ScenarioTable.of({} if content is None else content, "[competition]")
    read = table.numbers("damage", 0.0, depth=2), table.numbers("rivalry", 0.0, depth=2)
    counts: Any = table.choice("counts", get_args(DamageCounts), "contributions")
    table.done()
    return *read, counts
