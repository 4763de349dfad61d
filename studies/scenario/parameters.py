"""The parameters of a scenario: the dotted path that names each, and what it means.

The path is the only name that a parameter has: in `sweep --vary`, `statics --wrt`, column headers,
JSON and errors. `docs/parameters.md` is the table of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.coopetition.gain import FAMILIES
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import did_you_mean
from coopetition.mechanisms import FEES, RULES
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.scenario.mechanism_table import POWERS, MechanismSettings
from coopetition.studies.scenario.oracle_kinds import DATASETS, KINDS, OracleSettings
from coopetition.studies.scenario.oracle_table import APIS, DESIGNS, LEAST_ALPHA, POLICIES

REQUIRED = object()  # the default of what must be said
ALL = "*"  # in place of an organization's name: all of them
LABELS = ("name", "currency")  # not to be varied
MATRICES = ("damage", "rivalry")  # of [competition]
FREE = ("mechanism.settings", "oracle.settings")  # tables whose keys are somebody else's


@dataclass(frozen=True, slots=True)
class ScenarioParameter:
    """A key of a scenario: its path, what people and formulas call it, unit, default and range."""

    path: str
    label: str
    symbol: str
    unit: str
    default: Any
    range: str
    meaning: str


def _row(
    path: str, label: str, default: Any, allowed: str, meaning: str, symbol: str = "",
    unit: str = "",
) -> ScenarioParameter:  # fmt: skip
    return ScenarioParameter(path, label, symbol, unit, default, allowed, meaning)


def _mechanism(key: str, label: str, allowed: str, meaning: str, **more: str) -> ScenarioParameter:
    default = getattr(MechanismSettings(), key)
    return _row(f"mechanism.{key}", label, default, allowed, meaning, **more)


def _oracle(key: str, label: str, allowed: str, meaning: str, **more: str) -> ScenarioParameter:
    default = getattr(OracleSettings(), key)
    return _row(f"oracle.{key}", label, default, allowed, meaning, **more)


_POSITIVE, _COUNT, _NAMES = "finite and positive", "an integer of at least ", "one of "
_MATRIX = "a number of at least 0, a matrix of them, or the name of a .csv file"
_ROWS = (
    _row("name", "name", "scenario", "a text", "What outputs call the scenario."),
    _row("currency", "currency", "money", "a text", "A label for all money."),
    _row("seed", "seed", 0, f"{_COUNT}0", "Decides what is drawn at random."),
    _row("draws", "random profiles", 1000, "an integer, 2 to 1,000,000",
         "Profiles over which the baseline RaDG is averaged."),
    _row("gain.family", "family of the gain", REQUIRED,
         f"{_NAMES}{', '.join(FAMILIES)}",
         "The form of P(Ω), what the model gains from effective data."),
    _row("gain.ceiling", "ceiling", REQUIRED, "finite; positive except for `power`",
         "The gain that more and more data approach; for `logarithmic` a factor.", "", "gain"),
    _row("gain.scale", "scale", REQUIRED, _POSITIVE,
         "For `power` the factor of the missing gain, for others how much data matter."),
    _row("gain.exponent", "exponent", REQUIRED, _POSITIVE,
         "How fast the missing gain falls with data; for `power`."),
    _row("gain.offset", "offset", 0.0, "finite and at least 0",
         "Data that the model has from elsewhere; for `power` and `logarithmic`.", "", "samples"),
    _row("gain.data", "measured data", REQUIRED, "at least 3 numbers that rise",
         "Where a `tabulated` gain was measured.", "Ω", "effective samples"),
    _row("gain.gains", "measured gains", REQUIRED, "as many numbers, monotone and concave",
         "The gain at each of `gain.data`.", "P", "gain"),
    _row("personal_gain.weight", "weight of personal gains", 0.0, "finite and at least 0",
         "What one unit of skew costs an organization without synthetic data.", "B",
         "gain per unit of skew"),
    *(_row(f"organization.{ALL}.{row.name}", row.label,
           REQUIRED if row.default is None else row.default, row.range, row.meaning, row.symbol,
           row.unit) for row in COLUMNS.values()),
    _row("competition.damage", "damage", 0.0, _MATRIX,
         "The share of the rival's profit, made by its contribution, that the row's organization "
         "loses.", "ρ", "1"),
    _row("competition.counts", "what of a rival's gain hurts", "contributions",
         "contributions or gains", "Whether damage is counted from what a contribution brings "
         "rivals, or from their whole gain; `gains` where there is a [market]."),
    _row("competition.rivalry", "rivalry", 0.0, _MATRIX,
         "What the row's organization loses where the rival's gain exceeds its own.", "σ",
         "currency per unit of gain"),
    _mechanism("rule", "transfer rule", f"{_NAMES}{', '.join(RULES)}; or module:attribute",
               "Who pays whom for contributions."),
    _mechanism("rate", "rate", "finite", "How strongly the rule pays.", symbol="κ, β or γ",
               unit="currency per unit of contribution"),
    _mechanism("balanced", "balanced form", "true or false",
               "Whether redistribution pays out what it takes in; false is the published form."),
    _mechanism("intensity", "intensity", "damage, rivalry, a number, a matrix or a .csv file",
               "What redistribution pays for.", symbol="ρ"),
    _mechanism("alpha", "share of the externality", "in [0, 1]",
               "How much of the externality `partial-pigou` pays.", symbol="α", unit="1"),
    _mechanism("shares", "shares", "numbers of at least 0 that sum to 1, one per organization",
               "How a rule divides among organizations; equal if left out."),
    _mechanism("fees", "fees", f"{_NAMES}{', '.join(FEES)}",
               "Lump sums on top of the rule, which move nobody."),
    _mechanism("outside_option", "outside option", f"{_NAMES}{', '.join(OUTSIDE_OPTIONS)}",
               "What fees and participation are measured against."),
    _mechanism("power", "power", f"{_NAMES}{', '.join(POWERS)}; or a number per organization",
               "How the fees `nash` and `almost-ideal` share a surplus."),
    _row("mechanism.settings.NAME", "settings of a custom rule", None,
         "a number, a word, true or false, or a list of them",
         "An argument of a rule that is named module:attribute."),
    _row("oracle.kind", "kind of oracle", REQUIRED, f"{_NAMES}{', '.join(KINDS)}",
         "Where measured gains come from."),
    _oracle("ledger", "ledger", "a file name, or false for none", "Keeps every evaluation, and "
            "answers what it has; NAME.ledger.sqlite beside NAME.toml if left out."),
    _oracle("dataset", "data set", f"{_NAMES}{', '.join(DATASETS)}, a folder with a slash",
            "What the federations learn."),
    _oracle("alpha", "label skew of the deal", f"finite and at least {LEAST_ALPHA}",
            "Dirichlet parameter of the deal: small is skewed.", symbol="α"),
    _oracle("local_rows", "rows dealt out", f"{_COUNT}1", "Among all; all but the test "
            "rows if left out."),
    _oracle("own_test", "own test rows", "true or false", "Whether the test rows are dealt out "
            "too: everybody's own gain is measured, and is the game."),
    _oracle("rounds", "rounds of training", f"{_COUNT}1", "How often models are averaged."),
    _oracle("epochs", "epochs", f"{_COUNT}1", "Local epochs of each round of training."),
    _oracle("jobs", "processes", f"{_COUNT}1", "How many train at the same time."),
    _oracle("cluster", "cluster", "the address of a Dask scheduler",
            "Where trainings run, instead of `oracle.jobs`."),
    _oracle("retries", "retries", f"{_COUNT}0", "How often what failed is asked again."),
    _oracle("on_failure", "on failure", f"{_NAMES}{', '.join(POLICIES)}",
            "What is done then: stop, go on without it, or train it with another seed."),
    _oracle("max_failures", "most failures", f"{_COUNT}1", "How many are skipped or reseeded."),
    _oracle("design", "design of the measurement", f"{_NAMES}{', '.join(DESIGNS)}",
            "Whether profiles are fixed beforehand or chosen one after the other."),
    _oracle("profiles", "profiles", f"{_COUNT}5", "Contributions measured for a fixed design."),
    _oracle("seeds", "seeds", f"{_COUNT}2", "Trainings per profile of a fixed design."),
    _oracle("holdout_seeds", "held-out seeds", f"0, or {_COUNT}2",
            "Other seeds, on which the answer is verified at first; 0 verifies nothing."),
    _oracle("target_regret", "target regret", _POSITIVE,
            "Where an adaptive design of one curve stops, as a share of the payoff."),
    _oracle("trainings", "trainings", f"{_COUNT}1", "At most, for an adaptive design; 3N + 5 "
            "if left out."),
    _oracle("python", "interpreter", "a path", "From the environment of Flower or FLARE."),
    _oracle("api", "FLARE's interface", f"{_NAMES}{', '.join(APIS)}",
            "Which one of NVIDIA FLARE is used."),
    _oracle("command", "command", "a list of texts", "The program of a `process`."),
    _oracle("env", "environment variables", "a list of names", "Which of ours a `process` gets."),
    _oracle("url", "address", "a text", "Where an `http` oracle is."),
    _oracle("token_env", "token", "the name of a variable", "Holds the bearer token of `http`."),
    _oracle("timeout", "time limit", _POSITIVE, "For one question as a whole.", unit="seconds"),
    _oracle("plugin", "plug-in", "the name of one that is installed",
            "Which `plugin` is the oracle."),
    _row("oracle.settings.NAME", "settings of a plug-in", None,
         "a text, a number, true or false, or a list of them", "What a plug-in gets."),
)  # fmt: skip
PARAMETERS: Mapping[str, ScenarioParameter] = MappingProxyType({row.path: row for row in _ROWS})


def check_path(path: str, organizations: Sequence[str], doing: str) -> None:
    """Refuse what names no parameter of a scenario, with the nearest path that does.

    Parameters
    ----------
    doing
        What cannot be done then, such as "cannot vary".

    Raises
    ------
    InvalidInputError
        If there is no such parameter.
    """
    first, _, rest = path.partition(".")
    if first == "organization":
        name, _, key = rest.rpartition(".")
        if key in COLUMNS and (name == ALL or name in organizations):
            return
    elif first == "competition" and pair_of(rest.partition(".")[2], organizations):
        if rest.partition(".")[0] in MATRICES:
            return
    elif path not in LABELS and (path in PARAMETERS or (first == "gain" and rest)):
        return  # a custom family of gains has its own keys
    elif any(path.startswith(f"{table}.") for table in FREE):
        return
    raise unknown(path, known_paths(organizations), doing)


def parameter_words(path: str, currency: str, *, factor: bool = False) -> tuple[str, str]:
    """Return what people call a parameter of a scenario, and its unit; "" if it has none.

    Examples
    --------
    >>> parameter_words("organization.North.value", "EUR")
    ('value p of North', 'EUR per unit of gain')
    >>> parameter_words("competition.damage", "EUR", factor=True)
    ('common factor of damage ρ', '')
    """
    table, _, key = path.partition(".")
    who = ""
    if table == "organization":
        name, _, key = key.rpartition(".")
        path, who = f"{table}.{ALL}.{key}", " of all" if name == ALL else f" of {name}"
    elif table == "competition" and "." in key:
        kind, _, pair = key.partition(".")
        path, who = f"{table}.{kind}", f" of {pair}"
    known = PARAMETERS.get(path)
    if known is None:  # of a custom gain, rule or plug-in
        return _last(path).replace("_", " "), ""
    said = f"{known.label} {known.symbol}".rstrip() + who
    unit = "" if known.unit == "1" else known.unit.replace("currency", currency)
    return (f"common factor of {said}", "") if factor else (said, unit)


def pair_of(said: str, organizations: Sequence[str]) -> tuple[int, int] | None:
    """Return the places of two organizations that are named with a dot between; None if none are.

    Examples
    --------
    >>> pair_of("St. Mary.North", ["North", "St. Mary"])
    (1, 0)
    """
    place = {name: n for n, name in enumerate(organizations)}
    splits = ((said[:k], said[k + 1 :]) for k, letter in enumerate(said) if letter == ".")
    pairs = ((place[a], place[b]) for a, b in splits if a in place and b in place and a != b)
    return next(pairs, None)


def known_paths(organizations: Iterable[str]) -> list[str]:
    """Return the paths of all parameters, those of every organization too."""
    own = [f"organization.{name}.{key}" for key in COLUMNS for name in organizations]
    return [*PARAMETERS, *own]


def unknown(path: str, known: Sequence[str], doing: str) -> InvalidInputError:
    """Return the error for a path that is not known: with the nearest, or how paths look."""
    near = nearest(path, known)
    hint = f": did you mean {near}?" if near else ": a parameter is TABLE.KEY of the scenario, "
    rest = "" if near else "such as competition.damage or organization.North.value"
    return InvalidInputError(f"{doing} {path!r:.60}: there is no such parameter{hint}{rest}")


def nearest(path: str, known: Sequence[str]) -> str:
    """Return the known path that somebody may have meant, "" if none is near.

    One that holds all words of what was written comes first, then one that is spelled alike.

    Examples
    --------
    >>> paths = ["competition.damage", "mechanism.rate", "organization.North.value"]
    >>> [nearest(said, paths) for said in ("damage", "value:North", "mechanism.rat", "size")]
    ['competition.damage', 'organization.North.value', 'mechanism.rate', '']
    """
    words = set(path.replace(":", ".").split("."))
    holding = [one for one in known if words <= set(one.split("."))]
    if holding:
        return min(holding, key=len)
    alike = did_you_mean(path, known) or did_you_mean(path, {_last(one): one for one in known})
    said = alike.removeprefix(": did you mean ").removesuffix("?")
    return next((one for one in known if said in (one, _last(one))), "") if said else ""


def _last(path: str) -> str:
    return path.rpartition(".")[2]
