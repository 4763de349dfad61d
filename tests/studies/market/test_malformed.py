"""Markets that are wrong: one sentence each, with the file, line and column where there is one."""

from pathlib import Path

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.studies.market.market_table import read_market

FILES = {
    "firms.csv": "name,units,price,margin,margin_sd\n"
    "North,1200,5,2,0.2\nSouth,2300,5,2,0.2\nEast,300,5,2,0.2\n",
    "survey.csv": "customers of,North,South,East,none\n"
    "North,,35,5,60\nSouth,20,,5,75\nEast,8,26,,66\n",
    "shares.csv": "customers of,North,South,East\nNorth,,.35,.05\nSouth,.20,,.05\nEast,.08,.26,\n",
}
SURVEY = {"firms": "firms.csv", "second_choice": "survey.csv", "wtp": 1.0}
SHARES = {"firms": "firms.csv", "diversion": "shares.csv", "wtp": 1.0}
LOGIT = {"firms": "firms.csv", "outside": 0.3, "wtp": 1.0}
BOTH = SURVEY | {"method": "reconcile"}
MARGINS = SURVEY | {"method": "margins"}
NAMES = ("North", "South", "East")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # so that sentences name files as a person would
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Path()


def change(file: str, old: str, new: str) -> None:
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new) if (old, new) == (",", ";") else text.replace(old, new, 1)
    Path(file).write_text(changed, encoding="utf-8")


def test_the_files_are_right_before_they_are_made_wrong(folder: Path) -> None:
    markets = [read_market(table, folder, NAMES) for table in (SURVEY, SHARES, BOTH, LOGIT)]
    np.testing.assert_array_equal(markets[0].damage, markets[1].damage)
    assert markets[2].test is not None
    assert markets[3].kept.round(2).tolist() == [0.39, 0.52, 0.32]


@pytest.mark.parametrize(
    ("file", "old", "new", "table", "said"),
    [
        ("shares.csv", ".35,.05", "35,5", SHARES, "shares.csv, line 2 (North) must sum to at most "
         "1, got 40: are they percent? 0.35 is 35 %"),
        ("shares.csv", ".35", ".97", SHARES, "line 2 (North) must sum to at most 1, got 1.02"),
        ("shares.csv", ".35", "35%", SHARES, "line 2 (North): `South` must be a number, got '35%'"),
        ("shares.csv", ".35", "0,35", SHARES, "line 2 must have 4 cells as the first line, got 5: "
         "decimals have a point"),
        ("shares.csv", ".35", "nan", SHARES, "line 2 (North): `South` must be a finite number"),
        ("shares.csv", ",East\n", ",East,none\n", SHARES, "line 1 has the unknown firm 'none'"),
        ("firms.csv", "5,2,", "5,-2,", MARGINS, "line 2 (North): `margin` must be finite and "
         "positive, got -2"),
        ("firms.csv", "5,2,", "5,6,", MARGINS, "line 2 (North): `margin` must be below the price "
         "5, in the same money, got 6"),
        ("firms.csv", "5,2,", "5,5,", MARGINS, "must be below the price 5"),
        ("firms.csv", "2,0.2", "2,0", BOTH, "line 2 (North): `margin_sd` must be finite and posit"),
        ("firms.csv", "2,0.2", "2,", BOTH, "line 2 (North): `margin_sd` is blank: give all or no"),
        ("firms.csv", ",margin,", ",pass_through,", SURVEY, "`pass_through` must be in (0, 1]"),
        ("firms.csv", "price,margin,", "wtp_sd,pass_through,", SURVEY, "`pass_through`"),
        ("firms.csv", "name,units,price", "name,units,wtp_sd", SURVEY, "the column `wtp_sd` needs "
         "the column `wtp`"),
        ("firms.csv", "name,units,price", "name,units,wtp", SURVEY, "give `wtp`, the money that a "
         "unit of gain is worth to a customer, once"),
        ("firms.csv", "name,units", "name,price", SURVEY, "line 1 has two columns `price`"),
        ("firms.csv", "East,300,5,2,0.2\n", "", SURVEY, "must have each organization, East is mis"),
        ("firms.csv", "East", "Est", SURVEY, "has 'Est', which is no organization: East is mis"),
        ("firms.csv", "East", "Ea\u200bst", SURVEY, "must be written as the organization"),
        ("firms.csv", "South", "Nor\u200bth", SURVEY, "lines 2 and 3 must have distinct names"),
        ("firms.csv", "1200", "0", SURVEY, "line 2 (North): `units` must be finite and positive"),
        ("firms.csv", "1200", "", SURVEY, "line 2 (North): `units` is blank: give all or none"),
        ("firms.csv", "1200", "1 200", SURVEY, "`units` must be a number, got '1 200'"),
        ("firms.csv", "1200", "1200 EUR", SURVEY, "`units` must be a number, got '1200 EUR'"),
        ("firms.csv", ",", ";", SURVEY, "this looks like a semicolon file, columns are separated"),
        ("firms.csv", "name,", "firm,", SURVEY, "line 1 needs the column `name`"),
        ("survey.csv", "East,8,26,,66\n", "", SURVEY, "survey.csv has no row for East"),
        ("survey.csv", ",none\n", "\n", SURVEY, "line 1 has no column for none: of whom was no "
         "second choice counted?"),
        ("survey.csv", ",none", ",None", SURVEY, "line 1 has the unknown firm 'None': did you mean "
         "none?"),
        ("survey.csv", "East,8", "Est,8", SURVEY, "line 4 has the unknown firm 'Est': did you mean "
         "East?"),
        ("survey.csv", ",35,5,60", ",0,0,0", SURVEY, "nobody answered of the customers of North"),
        ("survey.csv", ",", ";", SURVEY, "this looks like a semicolon file"),
        ("survey.csv", ",35,", ",35 %,", SURVEY, "line 2 (North): `South` must be a number"),
        ("survey.csv", ",35,5,60", ",.35,.05,.60", SURVEY, "counts of North must be whole numbers, "
         "got 0.35: for shares leave out the column none"),
        ("survey.csv", "North,,", "North,7,", SURVEY, "line 2 (North): `North` must be blank or 0"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_sentence(
    folder: Path, file: str, old: str, new: str, table: dict[str, object], said: str
) -> None:
    change(file, old, new)
    with pytest.raises(InvalidInputError) as caught:
        read_market(table, folder, NAMES)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert file in str(caught.value) or "[market]" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (SURVEY | {"diversion": "shares.csv"}, "give `second_choice` or `diversion`, not both"),
        (SURVEY | {"outside": 0.2}, "`outside` goes with `method` = logit, not second-choice"),
        (SURVEY | {"method": "logit", "outside": 0.2}, "leave out `second_choice`"),
        (SURVEY | {"method": "magic"}, "`method` must be one of second-choice, margins, reconcile"),
        (SHARES | {"method": "reconcile"}, "`method` = reconcile needs `second_choice`"),
        (LOGIT | {"method": "margins"}, "`method` = margins needs `second_choice` or `diversion`"),
        ({"firms": "firms.csv", "wtp": 1.0}, "`method` = logit needs `outside`"),
        (LOGIT | {"outside": 30}, "`outside` must be in [0, 1)"),
        (LOGIT | {"outside": [0.6, 0.3]}, "`outside` must be [low, high], got [0.6, 0.3]"),
        ({"firms": "firms.csv", "second_choice": "survey.csv"}, "give `wtp`"),
        (SURVEY | {"wtp": 0}, "`wtp` of North must be positive, got 0"),
        (SURVEY | {"wtp": "much"}, "`wtp` must be a number or 3 numbers, got 'much'"),
        (SURVEY | {"wtp": True}, "`wtp` must be a number or 3 numbers, got True"),
        (SURVEY | {"wtp": [1, 2, 3]}, "`wtp` must be (mean, sd)"),
        (SURVEY | {"wtp": [1, -2]}, "`wtp_sd` of North must be at least 0, got -2"),
        (SURVEY | {"prices": "free"}, "must be fixed, linear, logit, or a pass-through in (0, 1]"),
        (SURVEY | {"prices": "logit"}, "`prices` = logit goes with `method` = logit"),
        (SURVEY | {"prices": 2}, "a pass-through must be in (0, 1], got 2"),
        (SURVEY | {"prices": 10**400}, "`prices` must be a number or 3 numbers, got 1000"),
        (SURVEY | {"prices": True}, "`prices` must be a number or 3 numbers, got True"),
        (MARGINS | {"prices": "linear"}, "`method` = margins is for prices that stay"),
        (SURVEY | {"firms": "nowhere.csv"}, "cannot read nowhere.csv"),
        (SURVEY | {"wpt": 1.0}, "[market] has the unknown key `wpt`: did you mean `wtp`?"),
        ({"second_choice": "survey.csv"}, "[market] needs the key `firms`"),
    ],
)
def test_a_wrong_table_is_one_sentence(folder: Path, table: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_market(table, folder, NAMES)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_doubtful_is_a_warning(folder: Path) -> None:
    change("survey.csv", ",35,5,60", ",35,0,65")
    change("firms.csv", "2300,", "23000000,")
    few, *_, mixed = read_market(SURVEY, folder, NAMES).warnings
    assert few == "none of 100 customers of North named East: up to 0.03 of all may (95 %)"
    assert mixed.startswith("units sold differ by a factor of 7.67e+04: are all counted in the")
