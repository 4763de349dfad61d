"""Pictures of payments and of two players: texts have their places, gray prints can be read."""

import csv
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, InvalidInputError, PowerGain
from coopetition.output.pictures.labels import short
from coopetition.output.pictures.series import picture_data
from coopetition.studies import MechanismSettings, Study, parse_scenario, run_study
from coopetition.studies.compare.result import Comparison, Row
from coopetition.studies.pictures import draw
from coopetition.studies.pictures.payments import Payments, draw_payments, payments_of
from tests.campaign import CAMPAIGN
from tests.studies.command import NO_PURE, THREE, TWO, coopetition, written
from tests.studies.drawing import figure_of, readable

pytest.importorskip("matplotlib")
SORTS = "North South Great Little General Royal".split()


def solved(size: int, letters: int = 3, money: float = 1.0, **mechanism: Any) -> Study:
    """Return a study of organizations with names of so many letters."""
    rng = np.random.default_rng(size)
    names = [f"The {SORTS[k % 6]} Hospital, Region {k:02d}"[-letters:] for k in range(size)]
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=rng.uniform(300, 3000, size),
        max_contribution=4000.0,
        value=money * rng.uniform(500, 1500, size),
        unit_cost=money * rng.uniform(0.0005, 0.004, size),
        quadratic_cost=2e-6 * money,
        damage=0.02 * rng.uniform(0.3, 1.7, (size, size)) * (1 - np.eye(size)),
        organizations=[name if len(name) == letters else name + "." for name in names],
    )
    if mechanism["rule"] == "redistribution":
        mechanism["rate"] = 0.03 * money
    return run_study(game, MechanismSettings(**mechanism))


@cache
def drawn(picture: str, kind: str, size: int, letters: int = 3, money: float = 1.0) -> Any:
    """Return a picture; it is drawn once for all tests."""
    study = solved(size, letters, money, **KINDS[kind])
    return draw(study, picture, name="hospitals", currency="EUR")


KINDS: Mapping[str, Mapping[str, Any]] = {
    "pairs": {"rule": "bilateral-prices"},
    "fees": {"rule": "redistribution", "fees": "equal-gain"},
    "pool": {"rule": "pool-shares"},
}


@pytest.mark.parametrize(
    ("picture", "kind", "size", "letters", "money"),
    [
        ("payments", "fees", 7, 30, 1e-6),
        ("payments", "pairs", 12, 30, 1e4),
        ("payments", "pairs", 60, 30, 1e7),
        ("payments", "pool", 60, 30, 1e-6),
        ("best-responses", "fees", 2, 30, 1e-6),
        ("potential", "fees", 2, 30, 1e7),
    ],
)  # all of them: below
def test_no_text_stands_on_another(
    picture: str, kind: str, size: int, letters: int, money: float
) -> None:
    readable(drawn(picture, kind, size, letters, money))


@pytest.mark.skipif(not CAMPAIGN, reason="540 pictures")
@pytest.mark.campaign
def test_no_text_stands_on_another_whatever_is_drawn() -> None:
    for size, letters, kind in product((2, 3, 7, 12, 25, 60), (3, 30), KINDS):
        for money in (1e-6, 1e-3, 1.0, 1e4, 1e7):  # payoffs are a thousand times that
            study = solved(size, letters, money, **KINDS[kind])
            for picture in ("payments", "best-responses", "potential"):
                readable(draw(study, picture, name="hospitals", currency="EUR"))


def amounts(axes: Any) -> Mapping[tuple[str, str], float]:
    """Return who pays whom how much, as the data beside a picture say it."""
    table = picture_data(axes)
    rows = zip(*(column.values for column in table.columns), strict=True)
    return {(s, at): value for _, s, at, value, _ in rows if s.startswith("paid by") and value}


def test_the_data_beside_are_the_payments() -> None:
    study = solved(7, 30, 1e-6, **KINDS["fees"])
    found, paid = amounts(drawn("payments", "fees", 7, 30, 1e-6)), payments_of(study)
    for n, name in enumerate(study.game.players):
        out = sum(value for (who, _), value in found.items() if who == f"paid by {name}")
        into = sum(value for (_, whom), value in found.items() if whom == name)
        to_fees = found.get((f"paid by {name}", "fees"), 0.0)
        from_fees = max(float(paid.pool[n]), 0.0)
        assert to_fees == pytest.approx(max(-float(paid.pool[n]), 0.0))
        assert into + from_fees - out == pytest.approx(study.transfer[n] + study.fee[n])


def test_an_arrow_goes_from_who_pays_and_is_as_thick_as_the_amount() -> None:
    paid = Payments(("A", "B", "C"), np.array([[0, 4, 0], [-4, 0, -2], [0, 2, 0]]), np.zeros(3))
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyArrowPatch

    from coopetition.output.pictures.units import Scale
    from coopetition.studies.pictures.payment_arrows import draw_arrows

    axis = Figure(figsize=(6, 5)).add_subplot()
    draw_arrows(axis, paid.ordered(12), Scale())
    texts = [text for text in axis.texts if text.get_text()[0] in "ABC"]
    assert [text.get_text() for text in texts] == ["B\npays 6", "C\nreceives 2", "A\nreceives 4"]
    squares, circles = axis.get_lines()
    assert (squares.get_marker(), circles.get_marker()) == ("s", "o")  # in gray, too
    assert circles.get_markerfacecolor() == "white"
    arrows = [patch for patch in axis.patches if isinstance(patch, FancyArrowPatch)]
    (payer,) = np.asarray(squares.get_xydata())
    for arrow in arrows:
        assert vars(arrow)["_posA_posB"][0] == pytest.approx(tuple(payer))
    thick = [vars(arrow.get_arrowstyle())["tail_width"] for arrow in arrows]
    assert thick[0] == pytest.approx(2 * thick[1])


def test_what_has_no_number_is_said() -> None:
    axes = drawn("payments", "pairs", 12, 30, 1e4)
    numbers = [text.get_text() for text in axes.texts if text.get_text()[0].isdigit()]
    said = figure_of(axes).get_supxlabel().replace("\n", " ")
    assert f"{len(numbers)} of 66 amounts have a number" in said
    axes = drawn("payments", "pairs", 60, 30, 1e7)
    assert "The 24 of 60 that move most money are named" in figure_of(axes).get_supxlabel()
    assert "36 others" in [label.get_text() for label in axes.get_yticklabels()]


def test_nothing_to_pay_is_said_too() -> None:
    axes = draw_payments(solved(3, rule="none"))
    assert "Nobody pays anybody on balance." in figure_of(axes).get_supxlabel()


def test_who_needs_money_from_outside_is_seen() -> None:
    study = solved(3, rule="full-pigou")
    axes = draw_payments(study)
    readable(axes)
    (pool,) = [text.get_text() for text in axes.texts if text.get_text().startswith("pool")]
    assert pool == f"pool\nneeds {float(f'{study.deficit:.3g}'):,.6g}"


def luminance(color: Any) -> float:
    red, green, blue = color[:3]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_shades_are_in_order_in_gray() -> None:
    matrix = drawn("payments", "pairs", 60, 30, 1e7)
    heights = drawn("potential", "fees", 2, 30, 1e7)
    for axis, darker in ((matrix, True), (heights, False)):
        cmap = (axis.images or axis.collections)[0].get_cmap()
        shades = [luminance(cmap(share)) for share in np.linspace(0, 1, 12)]
        steps = [b - a for a, b in pairwise(shades)]
        assert all(step < -0.01 if darker else step > 0.01 for step in steps)


def test_curves_meet_in_the_equilibrium_and_differ_by_their_dashes() -> None:
    study = solved(2, 30, 1e-6, **KINDS["fees"])
    axes = drawn("best-responses", "fees", 2, 30, 1e-6)
    lines = {line.get_label(): line for line in axes.get_lines()}
    first, second = (lines[f"{short(name, 20)} answers"] for name in study.game.players)
    assert first.get_linestyle() != second.get_linestyle()
    x, y = (float(value[0]) for value in lines["equilibrium"].get_data())
    assert [x, y] == pytest.approx(study.contribution.tolist())
    assert np.interp(y, first.get_ydata(), first.get_xdata()) == pytest.approx(x, rel=1e-2)
    assert np.interp(x, second.get_xdata(), second.get_ydata()) == pytest.approx(y, rel=1e-2)
    marks = {lines[name].get_marker() for name in ("equilibrium", "planner", "without a rule")}
    assert len(marks) == 3


def test_the_path_ends_at_the_equilibrium() -> None:
    study = solved(2, 30, 1e7, **KINDS["fees"])
    axes = drawn("potential", "fees", 2, 30, 1e7)
    (path,) = [line for line in axes.get_lines() if line.get_label() == "best replies in turn"]
    assert path.get_xydata()[0].tolist() == [0.0, 0.0]
    assert path.get_xydata()[-1] == pytest.approx(study.contribution, rel=2e-2)


def test_axes_may_be_given() -> None:
    from matplotlib.figure import Figure

    axes = Figure(figsize=(10, 5), layout="constrained").subplots(1, 2)
    study = solved(3, **KINDS["fees"])
    for picture, ax in zip(("payments", "best-responses"), axes, strict=True):
        assert draw(study, picture, ax) is ax
    readable(axes)
    assert not axes[0].figure.get_suptitle()


# Verbs


def test_a_verb_draws_what_is_asked(tmp_path: Path) -> None:
    path, out = written(tmp_path, THREE), tmp_path / "a.png"
    answer = coopetition("solve", path, "--out", out, "--picture", "payments", "--data")
    assert answer.code == 0, answer.err
    assert out.read_bytes().startswith(b"\x89PNG")
    assert "paid by North" in (tmp_path / "a.csv").read_text()


def test_two_may_be_chosen_and_are_refused_before_anything_is_solved(tmp_path: Path) -> None:
    path, out = written(tmp_path, THREE), tmp_path / "a.svg"
    common = ("solve", path, "--out", out, "--picture", "best-responses", "--between")
    assert coopetition(*common, "West", "North").code == 0
    assert "West answers" in out.read_text()
    answer = coopetition(*common, "West", "East")
    assert answer.code == 2
    assert "`--between` must be two of North, South, West, got 'West' and 'East'" in answer.err
    answer = coopetition("solve", path, "--picture", "payments")
    assert (answer.code, "`--picture` needs a picture" in answer.err) == (2, True)


def test_a_design_is_drawn(tmp_path: Path) -> None:
    path, out = written(tmp_path, THREE), tmp_path / "a.png"
    answer = coopetition("design", path, "--out", out, "--picture", "potential")
    assert answer.code == 0, answer.err
    out.unlink()
    answer = coopetition("design", path, "--guarantee", "1e9", "--out", out)
    assert (answer.code, out.exists()) == (1, False)
    tune = ("design", path, "--tune", "mechanism.rate=0:0.1", "--out", out, "--picture")
    answer = coopetition(*tune, "design")
    assert answer.code == 2
    assert "`--picture` with --tune must be one of payments" in answer.err


def test_names_of_pictures_are_checked() -> None:
    content = tomllib.loads(THREE)
    scenario = parse_scenario(content)
    study = run_study(scenario.round(), scenario.mechanism)
    with pytest.raises(Exception, match=r"`picture` of a Study must be one of results, .*payments"):
        draw(study, "arrows")


# Shares of the attainable gain


def test_shares_are_measured_from_nobody_to_the_planner(tmp_path: Path) -> None:
    path = written(tmp_path, TWO.replace("unit_cost = 0.001", "unit_cost = 0.01"))
    asked = ("--picture", "attainable", "--data", "--rule", "proportional", "--json")
    answer = coopetition("compare", path, "--out", tmp_path / "a.png", *asked)
    assert answer.code == 0, answer.err
    rows = {row["rule"]: row for row in json.loads(answer.out)["rows"]}
    best, nobody = rows["planner"]["welfare"], rows["VCFL"]["welfare"]
    with (tmp_path / "a.csv").open() as file:
        drawn = [row for row in csv.DictReader(file) if row["series"].startswith("share")]
    assert len(drawn) == len(rows)
    for row in drawn:
        welfare = rows[row["at"]]["welfare"]
        if row["value"]:
            share = (welfare - nobody) / (best - nobody)
            assert float(row["value"]) == pytest.approx(share, abs=1e-6)


def compared(*rows: tuple[str, str, float, float | None]) -> Comparison:
    numbers = dict.fromkeys(("total_contribution", "deficit", "payments"), 0.0)
    common: Mapping[str, Any] = numbers | {"note": ""}
    return Comparison(
        tuple(
            Row(rule=name, kind=kind, welfare=welfare, attainable_share=share, **common)
            for name, kind, welfare, share in rows
        )
    )


def test_bars_end_where_shares_do() -> None:
    table = compared(
        ("planner", "bound", 100.0, 1.0),
        ("a rule", "rule", 94.0, 0.4),
        ("a bad rule", "rule", 40.0, -5.0),
        ("an unknown one", "rule", float("nan"), None),
        ("VCFL", "baseline", 90.0, 0.0),
    )
    axes = draw(table, "attainable", name="hospitals", currency="EUR")
    readable(axes)
    assert sorted(bar.get_width() for bar in axes.patches) == [-5.0, 0.0, 0.4, 1.0]
    said = [text.get_text() for text in axes.texts]
    assert "◂ −5" in said
    assert "not known" in said
    assert "Bars with ◂ go on beyond −0.5." in figure_of(axes).get_supxlabel()
    bars = [c.patches[0] for c in axes.containers]
    for one, other in combinations(bars, 2):  # in gray, too
        apart = abs(luminance(one.get_facecolor()) - luminance(other.get_facecolor()))
        assert one.get_hatch() != other.get_hatch() or apart > 0.2


def test_where_nothing_can_be_attained_no_share_is_drawn() -> None:
    table = compared(("planner", "bound", 90.0, None), ("VCFL", "baseline", 90.0, None))
    with pytest.raises(InvalidInputError, match="no attainable gain"):
        draw(table, "attainable")


def test_what_is_no_equilibrium_is_not_called_one(tmp_path: Path) -> None:
    path, out = written(tmp_path, NO_PURE), tmp_path / "a.svg"
    answer = coopetition("solve", path, "--out", out, "--picture", "best-responses")
    assert answer.code == 1, answer.err
    assert ">no equilibrium" in out.read_text().replace("> ", ">")
    assert "no equilibrium was found" in out.read_text()
    scenario = parse_scenario(tomllib.loads(NO_PURE))
    study = run_study(scenario.round(), scenario.mechanism)
    labels = {line.get_label(): line for line in draw(study, "best-responses").get_lines()}
    assert np.isnan(labels["North answers"].get_xdata()).any()  # it jumps
