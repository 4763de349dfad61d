"""Panels hold all data, say what they show, and no text stands on another."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.unknown import Unknown
from coopetition.oracles import Ledger
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Query
from coopetition.output.pictures.labels import wrapped
from coopetition.studies import Study, run_study
from coopetition.studies.measured.words import words_of
from coopetition.studies.pictures.study import draw_study
from coopetition.studies.scenario.scenario import parse_scenario
from tests.studies.command import GAIN, THREE, organization, written
from tests.studies.drawing import Figures, beyond, draw, flat, readable, spy, words
from tests.studies.playing import CURVE, PLAYED, scenario_of

pytest.importorskip("matplotlib")
ROOT = Path(__file__).parents[3]
UNIT = "synthetic rows, rounded to whole numbers"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Return the figures that are drawn."""
    return spy(monkeypatch)


def study_of(text: str) -> Study:
    scenario = scenario_of(text)
    return run_study(scenario.round(), scenario.mechanism)


# Solved rounds


@pytest.mark.parametrize("name", ["three", "hospitals"])
def test_no_text_of_an_example_stands_on_another(tmp_path: Path, drawn: Figures, name: str) -> None:
    text = (ROOT / "examples" / f"{name}.toml").read_text(encoding="utf-8")
    if name == "hospitals":  # the same words, with few trainings
        pytest.importorskip("sklearn")
        for old, few in (
            ("rounds = 10", "rounds = 2"),
            ("own_test = true\n", ""),
            ("trainings = 60", "trainings = 14"),
            ("holdout_seeds = 8", "holdout_seeds = 2"),
        ):
            assert old in text
            text = text.replace(old, few)
    draw("solve", written(tmp_path, text))
    (picture,) = drawn
    readable(picture.axes)
    assert picture.get_suptitle().endswith(" under bilateral-prices with equal-gain fees")
    labels = [flat(axis.get_xlabel()) for axis in picture.axes]
    if name == "three":
        assert labels == ["synthetic samples", "EUR more than in autarky"]
    else:
        metric = "decrease of the log-loss on held-out digits, nats"
        assert labels[:2] == [UNIT, "EUR more than in autarky"]
        assert flat(picture.axes[2].get_ylabel()) == metric


def test_bars_are_gains_over_autarky() -> None:
    study = study_of(THREE)
    made, axis = draw_study(study, currency="EUR")
    alone = study.outside["autarky"]
    assert isinstance(alone, np.ndarray)
    heights = [[bar.get_width() for bar in group] for group in axis.containers]
    for bars, payoffs in zip(
        heights, (study.free.payoffs, study.payoff_before, study.payoff), strict=True
    ):
        np.testing.assert_allclose(bars, payoffs - alone)
    np.testing.assert_allclose(heights[2], heights[2][0])  # equal-gain fees: bars of one height
    low, high = axis.get_xlim()
    assert low <= 0 < np.max(heights) < high
    assert words(axis) == ["without a rule", "before transfers", "after transfers and fees"]
    assert [label.get_text() for label in made.get_yticklabels()] == list(study.game.players)
    *beside, header = (text.get_text() for text in axis.texts)
    assert flat(header) == "in autarky, EUR"
    said = [float(text.replace(",", "")) for text in beside]
    np.testing.assert_allclose(said, alone, rtol=1e-2)


def test_where_nobody_is_alone_bars_are_gains_over_no_rule() -> None:
    scenario = scenario_of(THREE.replace('fees = "equal-gain"', ""))
    study = run_study(
        scenario.round(), scenario.mechanism, alone=Unknown("nobody was trained alone")
    )
    _, axis = draw_study(study, currency="EUR")
    heights = [[bar.get_width() for bar in group] for group in axis.containers]
    np.testing.assert_allclose(heights[0], study.payoff_before - study.free.payoffs)
    np.testing.assert_allclose(heights[1], study.payoff - study.free.payoffs)
    assert axis.get_title(loc="left") == "Payoff over no rule"
    assert words(axis) == ["before transfers", "after transfers"]
    title = "Contributions and payoffs under redistribution"
    assert axis.figure.get_suptitle() == title


def test_without_a_rule_nothing_is_drawn_twice() -> None:
    study = study_of(GAIN + organization("North") + organization("South"))
    assert [words(axis) for axis in draw_study(study)] == [
        ["without a rule", "planner"],
        ["without a rule"],
    ]


# Plays


def test_all_of_a_play_is_within_its_panels(tmp_path: Path, drawn: Figures) -> None:
    for k, text in enumerate((CURVE, (ROOT / "examples/three.toml").read_text(encoding="utf-8"))):
        draw("play", written(tmp_path, text, f"{k}.toml"), "--rounds", "4")
    for picture in drawn:
        assert not [beyond(axis) for axis in picture.axes if beyond(axis)]
        readable(picture.axes)
        gain, made, payoff = picture.axes
        assert made.get_ylim()[0] == 0
        labels = [axis.get_ylabel() for axis in (gain, made, payoff)]
        assert labels[0].startswith("performance units")
        assert labels[1].endswith("synthetic samples")
        assert labels[2].endswith("EUR")
    assert drawn[0].get_suptitle().endswith(" under redistribution")
    assert drawn[1].get_suptitle().endswith(" under bilateral-prices with equal-gain fees")


def test_a_play_in_which_nobody_contributes_is_drawn(tmp_path: Path, drawn: Figures) -> None:
    text = GAIN + organization("North", unit_cost=9.0) + organization("South", unit_cost=9.0)
    draw("play", written(tmp_path, text), "--rounds", "2")
    assert drawn[0].axes[1].get_ylim() == (0.0, 1.0)


def test_a_play_speaks_its_oracles_words(tmp_path: Path, drawn: Figures) -> None:
    pytest.importorskip("sklearn")
    draw("play", written(tmp_path, PLAYED), "--rounds", "1")
    labels = [flat(axis.get_ylabel()) for axis in drawn[0].axes]
    assert labels == ["decrease of the log-loss on held-out digits, nats", UNIT, "EUR"]
    readable(drawn[0].axes)


# Words


def foreign(extra: str) -> str:
    two = [organization(name, max_contribution=9) for name in ("North", "South")]
    return "\n".join(['name = "two"\n[oracle]', extra, *two])


def test_the_words_of_an_oracle_stand_in_its_ledger(tmp_path: Path) -> None:
    oracle = FunctionOracle(
        function=lambda x: float(x.sum()),
        upper=(9.0, 9.0),
        organizations=("North", "South"),
        metric="accuracy",
        unit="patients' records",
    )
    with Ledger(tmp_path / "gains.sqlite", oracle) as ledger:
        ledger.evaluate([Query((1.0, 2.0))])
    for kind in ("recorded", "process"):
        more = 'command = ["no-such-program"]\n' if kind == "process" else ""
        text = foreign(f'kind = "{kind}"\n{more}ledger = "gains.sqlite"')
        scenario = parse_scenario(tomllib.loads(text), tmp_path)
        words = words_of(scenario)
        assert (words.contribution, words.gain) == ("patients' records", "accuracy")
        assert (words.scenario, words.currency, words.samples) == ("two", "money", "records")
    gone = parse_scenario(
        tomllib.loads(foreign('kind = "process"\ncommand = ["no-such-program"]')), tmp_path
    )
    for scenario in (gone, scenario_of(THREE)):
        assert words_of(scenario) == scenario.words
    assert (gone.words.contribution, gone.words.gain) == ("synthetic samples", "performance units")


@pytest.mark.parametrize(
    "text",
    [
        "accuracy",
        "synthetic rows, rounded to whole numbers",
        "decrease of the held-out squared error, relative to predicting the average",
    ],
)
def test_long_words_are_whole(text: str) -> None:
    lines = wrapped(text).split("\n")
    assert flat(" ".join(lines)) == text
    assert max(map(len, lines)) <= 36
    assert len(lines) <= 3


def test_endless_words_end() -> None:
    lines = wrapped("a very long story " * 40).split("\n")
    assert len(lines) == 3
    assert lines[-1].endswith("…")
