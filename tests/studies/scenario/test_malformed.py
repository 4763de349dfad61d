"""A malformed scenario is refused in one sentence that names the file, the field and the rule."""

from pathlib import Path

import pytest

from tests.studies.command import GAIN, MEASURED, TWO, coopetition, organization, written

RULE = '[mechanism]\nrule = "redistribution"\nrate = 0.01\n'
FULL = TWO + "[competition]\ndamage = 0.08\n" + RULE
HUGE = "1" + "0" * 400
HEADER = "name,local_data,max_contribution,value,unit_cost\n"


def changed(old: str, new: str, text: str = FULL) -> str:
    """Replace the first occurrence, which must exist."""
    assert old in text
    return text.replace(old, new, 1)


def first(key: str, value: str) -> str:
    """Give the first organization one key more, or another value for one it has."""
    return changed('name = "North"\n', f'name = "North"\n{key} = {value}\n')


def other(key: str, value: str) -> str:
    """Change the first value of a key."""
    line = next(line for line in FULL.splitlines() if line.startswith(f"{key} ="))
    return changed(line, f"{key} = {value}")


def tabulated(data: str, gains: str) -> str:
    text = f'[gain]\nfamily = "tabulated"\ndata = {data}\ngains = {gains}\n'
    return text + organization("North")


NORTH = "organization 1 (North)"
RANGE = "finite and at least 0, got -1"

MALFORMED: dict[str, tuple[str, ...]] = {
    # what is there at all
    "empty file": ("", "exactly one of the tables [gain] and [oracle], found neither"),
    "no gain": (organization("North"), "[gain] and [oracle], found neither"),
    "gain and oracle": (FULL + '[oracle]\nkind = "reference"\n', "[oracle], found both"),
    "not TOML": ("name = \n", "is not valid TOML", "line 1"),
    "key twice": ('name = "a"\nname = "b"\n', "is not valid TOML", "line 2"),
    "integer beyond TOML": (other("value", "9" * 5000), "is not valid TOML"),
    "nested too deep": ("a = " + "[" * 5000, "is not valid TOML"),
    "no organizations": (GAIN, "[[organization]]", "`organizations`", "found neither"),
    "empty organizations": ("organization = []\n" + GAIN, "`organization`", "got []"),
    "one bracket": (
        changed("[[organization]]", "[organization]", GAIN + organization("A")),
        "`organization` must be one or more tables [[organization]], got {'name': 'A'",
    ),
    "organizations of numbers": ("organization = [1]\n" + GAIN, "organization 1", "a table, got 1"),
    "tables and CSV": ('organizations = "good.csv"\n' + FULL, "[[organization]]", "found both"),
    # missing and misspelt keys
    "no name": (changed('name = "North"\n', ""), "organization 1 needs the key `name`"),
    "no local_data": (changed("local_data = 1500\n", ""), f"{NORTH} needs the key `local_data`"),
    "no ceiling": (changed("ceiling = 1.0\n", ""), "[gain] needs the key `ceiling`"),
    "no family": (changed('family = "power"\n', ""), "[gain] needs the key `family`"),
    "no weight": (FULL + "[personal_gain]\n", "[personal_gain] needs the key `weight`"),
    "misspelt key": (first("qualty", "0.5"), "unknown key `qualty`: did you mean `quality`?"),
    "misspelt need": (
        changed("unit_cost", "unitcost"),
        f"{NORTH} needs the key `unit_cost` (found `unitcost`)",
    ),
    "misspelt table": (changed("[competition]", "[competiton]"), "did you mean `competition`?"),
    "misspelt gain": (changed("[gain]", "[gian]"), "unknown key `gian`", "`gain`?"),
    "British": (FULL.replace("[[organization]]", "[[organisation]]"), "mean `organization`?"),
    "misspelt damage": (changed("damage", "damge"), "[competition]", "did you mean `damage`?"),
    "misspelt rate": (changed("rate", "rat"), "[mechanism] needs the key `rate` (found `rat`)"),
    "key of another family": (
        changed('"power"', '"exponential"'),
        "[gain] has the unknown key `exponent`",
    ),
    "nothing like it": ("zzz = 1\n" + FULL, "unknown key `zzz` (known: competition, currency"),
    # types
    "text for a number": (other("value", '"1000"'), f"{NORTH}: `value`", "number, got '1000'"),
    "boolean for a number": (other("value", "true"), "`value` must be a finite number, got True"),
    "list for a number": (other("value", "[1]"), "`value` must be a finite number, got [1]"),
    "date for a number": (other("value", "2020-01-01"), "`value` must be a finite number"),
    "boolean scale": (other("scale", "true"), "[gain]: `scale` must be a finite number, got True"),
    "infinite": (other("value", "inf"), "`value` must be a finite number, got inf"),
    "not a number": (other("unit_cost", "nan"), "`unit_cost` must be a finite number, got nan"),
    "huge integer": (other("value", HUGE), "`value` must be at most 1e+30 in size, got 1000"),
    "huge float": (other("max_contribution", "1e300"), "`max_contribution`", "1e+30", "1e+300"),
    "number for a name": (changed('"North"', "5"), "organization 1: `name`", "text", "got 5"),
    "empty name": (changed('"North"', '""'), "organization 1: `name`", "not empty, got ''"),
    "line break in a name": (changed('"North"', '"No\\nrth"'), "`name`", "control characters"),
    "name twice": (changed('"South"', '"North"'), "distinct names, got 'North' twice"),
    "table for a text": ("name = {a = 1}\n" + GAIN, "`name` must be a text", "{'a': 1}"),
    "fractional seed": ("seed = 1.5\n" + FULL, "`seed` must be an integer, got 1.5"),
    "boolean seed": ("seed = true\n" + FULL, "`seed` must be an integer, got True"),
    "negative seed": ("seed = -1\n" + FULL, "`seed` must be at least 0, got -1"),
    "one draw": ("draws = 1\n" + FULL, "`draws` must be at least 2, got 1"),
    "too many draws": (f"draws = {10**12}\n" + FULL, "`draws` must be at most 1000000"),
    "number for a table": ("gain = 1\n" + organization("North"), "[gain] must be a table, got 1"),
    "list for a table": ("mechanism = []\n" + TWO, "[mechanism] must be a table, got []"),
    # ranges
    "negative data": (other("local_data", "-1"), f"{NORTH}: `local_data`", RANGE),
    "negative bound": (
        other("max_contribution", "-1"),
        f"{NORTH}: `max_contribution` must be",
        RANGE,
    ),
    "negative value": (other("value", "-1"), f"{NORTH}: `value`", RANGE),
    "negative cost": (other("unit_cost", "-1"), f"{NORTH}: `unit_cost`", RANGE),
    "negative quadratic": (
        first("quadratic_cost", "-1"),
        f"{NORTH}: `quadratic_cost` must be",
        RANGE,
    ),
    "negative fixed": (first("fixed_cost", "-1"), f"{NORTH}: `fixed_cost`", RANGE),
    "quality 0": (first("quality", "0"), f"{NORTH}: `quality` must be in (0, 1], got 0"),
    "quality above 1": (first("quality", "1.5"), f"{NORTH}: `quality`", "(0, 1], got 1.5"),
    "skew above 2": (first("skew", "3"), f"{NORTH}: `skew` must be in [0, 2], got 3"),
    "negative weight": (FULL + "[personal_gain]\nweight = -1\n", "[personal_gain]: `weight`", "-1"),
    # competition
    "matrix of one row": (other("damage", "[[0, 0.1]]"), "`damage`", "2 × 2 matrix", "(1, 2)"),
    "matrix too large": (other("damage", "[[0,1,1],[1,0,1],[1,1,0]]"), "2 × 2", "(3, 3)"),
    "ragged matrix": (other("damage", "[[0, 0.1], [0.1]]"), "`damage`", "[[0.0, 0.1], [0.1]]"),
    "list for a matrix": (other("damage", "[0.1, 0.1]"), "`damage`", "2 × 2 matrix", "(2,)"),
    "diagonal": (other("damage", "[[0, 1], [1, 0.5]]"), "zero diagonal, got 0.5 for South"),
    "negative damage": (other("damage", "-0.08"), "`damage`", "at least 0, got -0.08"),
    "negative entry": (other("damage", "[[0, -0.1], [0, 0]]"), "`damage`", "got -0.1"),
    "nan entry": (other("damage", "[[0, nan], [0, 0]]"), "[competition]: `damage`", "got nan"),
    "boolean entry": (other("damage", "[[0, true], [0, 0]]"), "`damage`", "matrix", "got True"),
    "text entry": (other("damage", "[[0, 'x'], [0, 0]]"), "`damage`", "matrix", "got 'x'"),
    "huge damage": (other("damage", HUGE), "`damage` must be at most 1e+30 in size"),
    "huge entry": (other("damage", f"[[0, {HUGE}], [0, 0]]"), "`damage`", "1e+30 in size"),
    "infinite rivalry": (changed("damage = 0.08", "rivalry = inf"), "`rivalry`", "got inf"),
    # mechanism
    "unknown rule": (other("rule", '"redistributon"'), "`rule`", "did you mean redistribution?"),
    "number for a rule": (other("rule", "5"), "`rule` must be one of none, redist", "got 5"),
    "no rate": (changed("rate = 0.01\n", ""), "[mechanism] needs the key `rate`"),
    "rate without a use": (other("rule", '"bilateral-prices"'), "bilateral-prices takes no `rate`"),
    "rate without a rule": (changed('rule = "redistribution"\n', ""), "none takes no `rate`"),
    "infinite rate": (other("rate", "inf"), "[mechanism]: `rate`", "finite number, got inf"),
    "balanced 1": (FULL + "balanced = 1\n", "`balanced` must be true or false, got 1"),
    "unknown intensity": (FULL + "intensity = 'x'\n", "[mechanism]: `intensity`", "got 'x'"),
    "boolean intensity": (FULL + "intensity = true\n", "[mechanism]: `intensity`", "got True"),
    "misshapen intensity": (FULL + "intensity = [[0, 1]]\n", "`intensity`", "2 × 2", "(1, 2)"),
    "huge intensity": (FULL + f"intensity = {HUGE}\n", "`intensity`", "1e+30 in size"),
    "no rivalry to use": (FULL + "intensity = 'rivalry'\n", "`intensity`", "round has none"),
    "unknown fees": (FULL + "fees = 'equal'\n", "`fees`", "did you mean equal-gain?"),
    "unknown option": (FULL + "outside_option = 'leave'\n", "`outside_option`", "autarky, exit"),
    "almost ideal over autarky": (
        FULL + "fees = 'almost-ideal'\noutside_option = 'autarky'\n",
        "almost-ideal fees are measured against exit: `outside_option` must be exit or left out",
    ),
    "power without a use": (
        FULL + "fees = 'shapley'\npower = 'data'\n",
        "fees shapley take no `power`",
    ),
    "power of no fees": (FULL + "power = 'equal'\n", "the fees none take no `power`"),
    "unknown power": (FULL + "fees = 'nash'\npower = 'fame'\n", "`power`", "equal, value, data"),
    "power for three": (FULL + "fees = 'nash'\npower = [1, 2, 3]\n", "`power` must hold 2 numbers"),
    "negative power": (FULL + "fees = 'nash'\npower = [1, -2]\n", "`power` must be at least 0"),
    "no power at all": (FULL + "fees = 'nash'\npower = [0, 0]\n", "`power` must not all be 0"),
    "boolean power": (FULL + "fees = 'nash'\npower = [1, true]\n", "`power`", "got True"),
    "number for power": (
        FULL + "fees = 'nash'\npower = 1\n",
        "`power`",
        "number for each",
        "got 1",
    ),
    # gain
    "unknown family": (other("family", '"powr"'), "`family`", "did you mean power?"),
    "negative exponent": (other("exponent", "-0.35"), "[gain]: `exponent`", "positive, got -0.35"),
    "zero scale": (other("scale", "0"), "[gain]: `scale` must be finite and positive, got 0"),
    "negative offset": (other("exponent", "1\noffset = -1"), "[gain]: `offset`", "got -1"),
    "infinite at no data": (
        FULL.replace("local_data = 1500", "local_data = 0"),
        "`gain` is infinite without data and `local_data` is 0 everywhere",
        "`offset`",
    ),
    "infinite for one, alone": (
        changed("local_data = 1500", "local_data = 0") + "fees = 'equal-gain'\n",
        "`fees` = equal-gain needs the outside option autarky",
        "autarky of North",
        "infinite without data",
        "`offset`",
    ),
    "convex points": (tabulated("[0, 10, 20, 9999]", "[0, 0.1, 0.5, 0.6]"), "[gain]", "concave"),
    "falling points": (tabulated("[0, 10, 20, 9999]", "[0, 0.5, 0.4, 0.6]"), "must not fall", "20"),
    "range too short": (tabulated("[0, 9, 99]", "[0, 0.5, 0.6]"), "0 to 99", "1500 to 5500"),
    "two points": (tabulated("[0, 9999]", "[0, 0.5]"), "[gain]: `data`", "at least 3"),
    "fewer gains": (tabulated("[0, 9, 99, 9999]", "[0, 1, 2]"), "`gains` must have 4 values"),
    "text point": (tabulated("[0, 'a', 9999]", "[0, 1, 2]"), "[gain]: `data`", "got 'a'"),
    "number as text": (tabulated("[0, '9', 9999]", "[0, 1, 2]"), "[gain]: `data`", "got '9'"),
    "boolean point": (tabulated("[0, 9, 9999]", "[0, true, 2]"), "[gain]: `gains`", "got True"),
    "nested points": (tabulated("[[0], [9, 9]]", "[0, 1, 2]"), "[gain]: `data`", "got [0]"),
    "nan point": (tabulated("[0, 9, 9999]", "[0, nan, 2]"), "[gain]: `gains`", "got nan"),
    "huge point": (tabulated(f"[0, 9, {HUGE}]", "[0, 1, 2]"), "`data`", "1e+30 in size"),
    # oracle
    "unknown kind": (changed('"reference"', '"magic"', MEASURED), "[oracle]: `kind`", "'magic'"),
    "no kind": (changed('kind = "reference"\n', "", MEASURED), "[oracle] needs the key `kind`"),
    "stated skew": (changed("value", "skew = 1.0\nvalue", MEASURED), "`skew` is measured"),
    "one seed": (changed("\nseeds = 2", "\nseeds = 1", MEASURED), "`seeds` must be at least 2"),
    "no rows": (changed("rows = 60", "rows = 0", MEASURED), "`local_rows` must be at least 1"),
    "alpha 0": (changed("rounds", "alpha = 0\nrounds", MEASURED), "`alpha` must be at least"),
    "fractional rounds": (changed("rounds = 2", "rounds = 2.5", MEASURED), "`rounds`", "integer"),
    "unknown data": (changed("breast-cancer", "mnist", MEASURED), "`dataset`", "digits", "'mnist'"),
    "misspelt epochs": (changed("epochs", "epoch", MEASURED), "did you mean `epochs`?"),
    "quality with oracle": (
        changed("value", "quality = 5\nvalue", MEASURED),
        f"{NORTH}: `quality` must be in (0, 1], got 5",
    ),
    "data of one only": (
        changed("value", "local_data = 30\nvalue", MEASURED),
        "organization 2 (South) needs the key `local_data`",
    ),
    "too few rows to deal": (
        changed("rows = 60", "rows = 5", MEASURED),
        "`local_rows` must be in [20,",
    ),
}

CSV: dict[str, tuple[str, ...]] = {
    "bad cell": (HEADER + "A,1,1,1,1\nB,abc,1,1,1\n", "line 3", "`local_data`", "'abc'"),
    "nan cell": (HEADER + "A,nan,1,1,1\n", "line 2 (A): `local_data`", "finite number, got nan"),
    "short row": (HEADER + "A,1,1\n", "line 2 must have 5 cells", "got 3"),
    "long row": (HEADER + "A,1,1,1,1,9\n", "line 2 must have 5 cells", "got 6"),
    "empty cell": (HEADER + "A,,1,1,1\n", "line 2 (A) needs the key `local_data`"),
    "no name": (HEADER.replace("name", "nam") + "A,1,1,1,1\n", "column `name`", "nam, local_data"),
    "unseen name": (HEADER + "\u200b\u00a0,1,1,1,1\n", "line 2: `name`", "can be seen"),
    "minus zero": (HEADER + "A,1,-0,1,1\n", "(A): `max_contribution` must be 0 without a minus"),
    "empty name": (HEADER + ",1,1,1,1\n", "line 2: `name`", "not empty"),
    "unknown column": (
        HEADER.replace("cost", "cst") + "A,1,1,1,1\n",
        "unknown column `unit_cst`: did you mean `unit_cost`?",
    ),
    "column twice": (HEADER.replace("value", "unit_cost") + "A,1,1,1,1\n", "two columns"),
    "header only": (HEADER, "at least one more"),
    "empty": ("", "a line of column names"),
    "after a blank line": (HEADER + "A,1,1,1,1\n\nB,x,1,1,1\n", "line 4", "'x'"),
    "semicolons": (
        HEADER.replace(",", ";") + "A;1;1;1;1\n",
        "column `name`",
        "name;local_data",
        "a semicolon file",
    ),
    "tabs": (HEADER.replace(",", "\t") + "A\t1\t1\t1\t1\n", "column `name`", "like a tab file"),
    "foreign column": (
        HEADER[:-1] + ",comment\nA,1,1,1,1,hello\n",
        "unknown column `comment`: known",
    ),
    "column without a name": (HEADER[:-1] + ",\nA,1,1,1,1,\n", "has the unknown column ``"),
    "digits apart": (
        HEADER + "A,1_000,1,1,1\n",
        "line 2 (A): `local_data` must be a number, got '1_000'",
    ),
    "names that look the same": (
        HEADER + "Nörd,1,1,1,1\nNo\u0308rd\u200b ,1,1,1,1\n",
        "people.csv, lines 2 and 3 must have distinct names, got 'Nörd' twice",
    ),
    "negative": (
        HEADER + "A,-1,1,1,1\n",
        "people.csv, line 2 (A): `local_data` must be finite",
        "at least 0, got -1",
    ),
    "open quote": (HEADER + '"A,1,1,1,1\n', "is not a CSV file"),
}


def check(folder: Path, name: str, fragments: tuple[str, ...]) -> None:
    answer = coopetition("solve", folder / name, "--json")
    assert answer.code == 2, answer
    assert answer.out == ""
    lines = answer.err.splitlines()
    assert len(lines) == 1, answer.err
    assert lines[0].startswith("coopetition: ")
    assert "Traceback" not in lines[0]
    assert "internal error" not in lines[0]
    for fragment in (str(folder / name), *fragments):
        assert fragment in lines[0]


@pytest.mark.parametrize(
    ("text", "fragments"), [(t, f) for t, *f in MALFORMED.values()], ids=list(MALFORMED)
)
def test_a_malformed_file_is_refused(tmp_path: Path, text: str, fragments: list[str]) -> None:
    written(tmp_path, text)
    check(tmp_path, "scenario.toml", tuple(fragments))


@pytest.mark.parametrize(("text", "fragments"), [(t, f) for t, *f in CSV.values()], ids=list(CSV))
def test_a_malformed_csv_is_refused(tmp_path: Path, text: str, fragments: list[str]) -> None:
    written(tmp_path, text, "people.csv")
    written(tmp_path, 'organizations = "people.csv"\n' + GAIN)
    check(tmp_path, "scenario.toml", tuple(fragments))


@pytest.mark.parametrize("wrong", ["bad cell", "nan cell", "negative", "names that look the same"])
def test_a_sweep_refuses_a_csv_in_the_same_words(tmp_path: Path, wrong: str) -> None:
    written(tmp_path, CSV[wrong][0], "people.csv")
    path = written(tmp_path, 'organizations = "people.csv"\n' + GAIN)
    said = coopetition("sweep", path, "--vary", "competition.damage=0,1").err
    assert said == coopetition("solve", path).err
    assert "people.csv, line" in said


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    check(tmp_path, "missing.toml", ("cannot read", "No such file"))
    check(tmp_path.parent, tmp_path.name, ("cannot read", "directory"))
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    check(tmp_path, "binary.toml", ("not a text file in UTF-8",))
    for source, fragment in (("none.csv", "No such file"), (".", "directory")):
        written(tmp_path, f'organizations = "{source}"\n' + GAIN)
        check(tmp_path, "scenario.toml", ("cannot read", fragment))
    (tmp_path / "people.csv").write_bytes(bytes(range(256)))
    written(tmp_path, 'organizations = "people.csv"\n' + GAIN)
    check(tmp_path, "scenario.toml", ("people.csv is not a text file in UTF-8",))


@pytest.mark.parametrize("verb", ["solve", "compare", "verify"])
def test_every_verb_refuses(tmp_path: Path, verb: str) -> None:
    path = written(tmp_path, other("value", "true"))
    profile = written(tmp_path, '{"contribution": [0, 0]}', "profile.json")
    extra = ["--profile", str(profile)] if verb == "verify" else []
    answer = coopetition(verb, path, "--json", *extra)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert "`value` must be a finite number, got True" in answer.err


def test_a_missing_key_does_not_blame_another_known_one(tmp_path: Path) -> None:
    text = changed("unit_cost = 0.001\n", "fixed_cost = 1\nquadratic_cost = 0\n")
    written(tmp_path, text)
    assert "found" not in coopetition("solve", tmp_path / "scenario.toml").err
    check(tmp_path, "scenario.toml", (f"{NORTH} needs the key `unit_cost`",))
