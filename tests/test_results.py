"""Every class of results that there is says itself in every form: found, not listed, and made."""

import inspect
import math
import pkgutil
import re
import warnings
from collections.abc import Callable, Iterator
from enum import Enum
from html.parser import HTMLParser
from importlib import import_module
from typing import Any, get_args

import numpy as np
import pytest

import coopetition
from coopetition import FiniteGame, InvalidInputError
from coopetition.games import Competition, GainCurve, Game, SymbolicGame
from coopetition.output import Result, shown
from coopetition.output.frame import LONG
from coopetition.studies.pictured import names_of
from tests.results import NAMES as ORGANIZATIONS
from tests.results import OF_GAMES, RESULTS, result
from tests.test_api import public

pandas = pytest.importorskip("pandas")
Figure = pytest.importorskip("matplotlib.figure").Figure
NAMES = [*OF_GAMES, *RESULTS]

# What public functions return that is no result, and why; functions of profiles, such as rules,
# and what is played or learned from, are none either.
OTHERS = {
    "Axis": "what is varied", "Evaluation": "an oracle's answer", "Plugin": "what is installed",
    "Deposits": "of a play", "RoundRecord": "a row of a play's journal",
    "ImprovementGraph": "a sparse matrix over profiles", "OracleServer": "a running server",
    "Look": "of a picture", "Scale": "of a picture", "Table": "what results become",
    "Proposal": "what a search is told", "Result": "any of them", "Scenario": "what is asked",
    "Setting": "what is known of a situation", "Textbook": "a game with its known answers",
    "TypeProblem": "a game of reports", "UtilityOracle": "what is asked",
}  # fmt: skip
PLAYED = (Game, FiniteGame, SymbolicGame, GainCurve, Competition)
SHARED = {"ManyCells", "Pictured", "Shown"}  # of several kinds, each of which is made here


def leaves(hint: Any) -> Iterator[type]:
    """Yield the classes of a return type: those of a tuple's places, and without None."""
    if isinstance(hint, type) and not get_args(hint):
        yield hint
    for part in get_args(hint):
        yield from leaves(part)


def returned() -> set[type]:
    """Return our classes that public functions return."""
    found: set[type] = set()
    for _, _, thing in public():
        if inspect.isfunction(thing):
            hint = thing.__annotations__.get("return")
            hint = eval(hint, thing.__globals__) if isinstance(hint, str) else hint
            found |= {one for one in leaves(hint) if one.__module__.startswith("coopetition")}
    return found


def defined() -> Iterator[type]:
    """Yield all classes of results, wherever they are."""
    for found in pkgutil.walk_packages(coopetition.__path__, "coopetition."):
        if found.name.endswith("__main__") or ".flower" in found.name or ".nvflare" in found.name:
            continue
        for thing in vars(import_module(found.name)).values():
            if inspect.isclass(thing) and issubclass(thing, Result) and thing is not Result:
                yield thing


def test_every_class_of_results_has_the_protocol_and_an_instance() -> None:
    silent = [
        one.__name__
        for one in returned()
        if not issubclass(one, (Result, Enum, *PLAYED))
        and "__call__" not in dir(one)
        and one.__name__ not in {*OTHERS, *OF_GAMES}
    ]
    assert silent == [], "make it a `Result`, or say in OTHERS why it is none"
    assert {one.__name__ for one in defined()} - SHARED == set(RESULTS)
    assert all(type(result(name)).__name__ == name for name in RESULTS)


@pytest.fixture(scope="module")
def frames() -> dict[str, Any]:
    return {name: result(name).to_frame(scenario="one") for name in NAMES}


def test_long_frames_of_all_results_are_stacked(frames: dict[str, Any]) -> None:
    types = {name: "string" for name in LONG} | {"value": "float64"}
    for name, frame in frames.items():
        assert list(frame.columns) == list(LONG), name
        assert {key: str(kind) for key, kind in frame.dtypes.items()} == types, name
        assert len(frame), name
        assert frame["variable"].notna().all(), name
        assert (frame["value"].notna() ^ frame["text"].notna()).all(), name
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stacked = pandas.concat(frames.values())
    assert list(stacked.columns) == list(LONG)
    assert len(stacked) == sum(map(len, frames.values()))
    assert set(stacked["scenario"]) == {"one"}


def numbers(value: Any) -> Iterator[float]:
    """Yield all numbers of a JSON form."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield float(value)


DERIVED = {  # sums and differences of what JSON lists
    "Divided": {"sum"},
    "Sweep": {"total_contribution", *(f"slack.{name}" for name in ORGANIZATIONS)},
    "Measured": {"total_contribution"},
    "Verification": {"fitted_minus_trained"},
    "Play": {
        "mean_contribution",
        "received",
        "paid",
        "total_payoff",
        "total_payoff_before_transfers",
    },
    "Design": {"payoff_over_outside"},
    "Tuned": {"payoff_over_outside"},
}


@pytest.mark.parametrize("name", NAMES)
def test_wide_frames_are_the_main_table_and_their_numbers_those_of_json(name: str) -> None:
    found = result(name)
    frame, table = found.to_frame(wide=True), found.tables()[0]
    assert list(frame.columns) == table.header
    known = set(numbers(dict(found.to_dict())))
    for key in set(frame.columns) - {"cell", *DERIVED.get(name, ())}:
        for value in frame[key]:
            if isinstance(value, (int, float)) and math.isfinite(value):
                assert float(value) in known, key


class Tags(HTMLParser):
    """Follows tags: what is open, what was met, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.met: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Open a tag."""
        self.met.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last tag that was opened, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


TAGS = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "small", "br"}


@pytest.mark.parametrize("name", NAMES)
def test_html_is_well_formed_and_latex_balanced(name: str) -> None:
    found = result(name)
    tags = Tags()
    tags.feed(found._repr_html_())
    tags.close()
    assert tags.open == []
    assert tags.met <= TAGS
    tables = found.tables()
    said = {str(v) for t in tables for c in t.columns if c.kind == "name" for v in c.values}
    assert all(" ".join(each.split()) in tags.text for each in said - {"None"})
    text, stack = found.to_latex(), []
    for what, environment in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if what == "begin":
            stack.append(environment)
        else:
            assert stack.pop() == environment
    assert stack == []
    rows = text.partition("\\midrule\n")[2].partition("\n\\bottomrule")[0].splitlines()
    assert len(rows) == len(tables[0].cells().rows)
    assert all(row.endswith(r"\\") for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_drawn_or_says_why_not(name: str) -> None:
    found = result(name)
    if names := names_of(name):  # of the index: each has a test of its own
        assert tuple(found.pictures()) == names
    elif not found.pictures():
        with pytest.raises(InvalidInputError, match="has no picture: it has no numbers by"):
            found.plot()
    else:
        axes = found.plot(ax=Figure().subplots())
        assert [text.get_text() for text in axes.get_yticklabels()]


def test_a_picture_by_organization_shows_the_column_asked_for() -> None:
    found = result("Collateral")
    axes = found.plot("amount", ax=Figure().subplots())
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == found.to_dict()["amount"]
    with pytest.raises(InvalidInputError, match="no picture 'amuont': did you mean amount"):
        found.plot("amuont")


def test_what_is_shown_is_the_result_itself() -> None:
    made = OF_GAMES["Certificate"]()
    assert shown(made).to_dict() == made.to_dict()
    assert str(shown(made)) == str(made)
    again = shown(made)
    assert shown(again) is again
    with pytest.raises(InvalidInputError, match=r"takes a result such as Certificate, .* got int"):
        shown(3)


def test_a_writer_of_every_ending_takes_every_result(tmp_path: Any) -> None:
    make: Callable[[str], Any] = lambda ending: tmp_path / f"it{ending}"  # noqa: E731
    for ending in (".json", ".csv", ".md", ".tex", ".html"):
        for name in NAMES:
            result(name).write(make(ending))
            assert make(ending).stat().st_size, (name, ending)
