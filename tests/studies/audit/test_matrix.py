"""The matrix of rules and properties: the documented one, the declared properties, the verb."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import RULES, full_pigou, none, redistribute, revenue_shares
from coopetition.mechanisms.rules.promises import ALWAYS, NEVER
from coopetition.output import export
from coopetition.studies.audit.examine_round import LOOKED_AT, SMALL
from coopetition.studies.audit.random_rounds import KINDS, kind_of, random_round
from coopetition.studies.audit.rules_matrix import AUDITED, ROUNDS, PropertyCounts, rule_matrix
from coopetition.studies.audit.second_differences import judged, pairwise, some_potential
from tests.campaign import draws
from tests.mechanisms.catalogue import FIRMS
from tests.studies.command import coopetition

ROOT = Path(__file__).parents[3]
CONCAVE = "all w_n ≥ 0"


FEW = draws(1, SMALL)  # organizations whose sub-coalitions, halves and mergers are solved
OF_FEW = ("core", "false-name-proof", "merger-proof", "collateral-bounded")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """Run the documented command; return Markdown and JSON."""
    folder = tmp_path_factory.mktemp("matrix")
    outs = [folder / "matrix.md", folder / "matrix.json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coopetition.studies.audit.examine_round.SMALL", FEW)
        assert coopetition("rules", "--matrix", "--out", outs[0], "--out", outs[1]).code == 0
    return outs[0].read_text(encoding="utf-8"), json.loads(outs[1].read_text(encoding="utf-8"))


def cells(table: str) -> dict[tuple[str, str], str]:
    """Return a Markdown table's cells by the names of their row and column."""
    header, _, *rows = ([*map(str.strip, line.split("|"))] for line in table.splitlines())
    return {(row[1], key): text for row in rows for key, text in zip(header, row, strict=True)}


def documented() -> dict[tuple[str, str], str]:
    """Return the cells of the matrix in docs/rules.md."""
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    return cells(page[page.index("| rule | budget-balance |") :].partition("\n\n")[0])


def counts(text: str) -> dict[str, int]:
    """Return on how many rounds a cell says that a property was proved, held or not."""
    said = re.findall(r"(proved|held|fails|unknown) on (\d+)(?: of (\d+))?", text)
    found = {word: int(count) for word, count, _ in said if word in ("fails", "unknown")}
    asked = max(
        (int(whole or count) for word, count, whole in said if word != "unknown"), default=0
    )
    return found | {"asked": asked, "held": asked - found.get("fails", 0)}


@pytest.mark.campaign
def test_the_documented_matrix_is_what_the_command_finds(found: tuple[str, Any]) -> None:
    """All of it in `make explore`; else what is asked of any number of organizations."""
    origin, title, table, *_ = found[0].split("\n\n")
    assert f"{ROUNDS} random rounds" in title
    assert json.loads(origin[5:-4])["seed"] == found[1]["seed"] == 0
    assert len(found[1]["rounds"]) == ROUNDS
    said, here = documented(), cells(table)
    assert said.keys() == here.keys()
    for place, text in here.items():
        assert text == said[place] or (place[1] in OF_FEW and FEW < SMALL), place


def test_of_few_no_count_exceeds_what_is_documented() -> None:
    """On the first rounds, which are of two organizations."""
    said = documented()
    for name, row in rule_matrix(2).cells.items():
        for key in OF_FEW:
            most = counts(said[name, key])
            found = counts(str(row[key]))
            assert all(count <= most.get(word, 0) for word, count in found.items()), (name, key)


@pytest.mark.parametrize("name", RULES)
def test_no_declared_property_is_falsified(name: str, found: tuple[str, Any]) -> None:
    cells, said = found[1]["rules"][name], RULES[name].declared
    for key, declared in (
        ("budget-balance", said.budget_balance),
        ("pairwise-zero-sum", said.pairwise_zero_sum),
        ("potential-kept", said.potential_kept),
        ("optimum-is-equilibrium", said.optimum_is_equilibrium),
    ):
        cell = cells[key]
        assert cell["held"] + cell["failed"] > 0, key
        if declared == ALWAYS:
            assert cell["failed"] == cell["unknown"] == 0, key
        elif declared == CONCAVE:
            kind = None if cell["round"] is None else found[1]["rounds"][cell["round"]]["kind"]
            assert kind in (None, "torn"), key
        elif declared == NEVER:
            assert cell["failed"] > 0, key


def test_conditions_hold_where_they_are_met_and_fail_elsewhere(found: tuple[str, Any]) -> None:
    """The classical table: balanced, optimum held, potential kept, with which weights."""
    rules, rounds = found[1]["rules"], found[1]["rounds"]
    equal = sum(one["kind"] == "alike" for one in rounds)
    meeting = sum(one["kind"] == "paired" and one["organizations"] > 2 for one in rounds)
    assert rules["balanced-pigou"]["budget-balance"]["held"] == meeting
    symmetric = sum(one["kind"] in ("alike", "unlike") for one in rounds)
    assert rules["redistribution (published)"]["budget-balance"]["held"] == symmetric
    for name in ("full-pigou", "balanced-pigou", "marginal-contribution", "pool-shares"):
        assert rules[name]["potential-kept"]["held"] == equal, name
        assert rules[name]["some-potential"]["notes"] == ["1"], name
    assert rules["partial-pigou"]["some-potential"]["notes"] == ["w"]
    assert rules["groves-ledyard"]["potential-kept"]["held"] == equal - 1  # not for two
    assert rules["revenue-shares"]["some-potential"]["held"] == len(rounds)
    assert rules["revenue-shares"]["some-potential"]["notes"] == []


def test_every_failure_has_a_witness_and_nothing_is_a_bare_tick(found: tuple[str, Any]) -> None:
    for name, cells in found[1]["rules"].items():
        for key, cell in cells.items():
            assert (cell["failed"] > 0) == bool(cell["witness"]), (name, key)
            assert any(word in cell["text"] for word in ("on", "not asked")), (name, key)
            if cell["failed"]:
                assert cell["round"] < ROUNDS


def test_weights_of_revenue_shares_are_the_shares_only_without_damage() -> None:
    for game, plain in ((random_round(0, 6), True), (random_round(0, 7), False)):
        rule = revenue_shares(game, shares=[0.5, 0.3, 0.2])
        weights = redistribute(game, rule).weights  # type: ignore[attr-defined]
        assert np.allclose(weights / weights.sum(), rule.shares) == plain
        assert weights == pytest.approx(rule.shares * game.value.sum() - game.harm)
        assert some_potential(game, redistribute(game, rule)).holds


def test_weights_are_recognized() -> None:
    assert some_potential(FIRMS, redistribute(FIRMS, none(FIRMS))).notes == ("w",)
    assert some_potential(FIRMS, redistribute(FIRMS, full_pigou(FIRMS))).notes == ("1",)

    def mixing(game: Any, x: Any) -> Any:
        return x * np.roll(x, 1, axis=-1) ** 2

    verdict = some_potential(FIRMS, redistribute(FIRMS, mixing))
    assert verdict.holds is False
    assert "organization 1 and organization 2" in verdict.witness
    assert pairwise(FIRMS, mixing).holds
    seen = pairwise(FIRMS, lambda game, x: x.prod(axis=-1, keepdims=True) * np.ones(4))
    assert seen.holds is False


def test_margins_leave_a_gap_that_is_open() -> None:
    assert judged(-5.0, 1.0, "").holds
    assert judged(1e-8, 1.0, "").holds
    assert judged(1e-6, 1.0, "").holds is None
    assert judged(1e-4, 1.0, "why").holds is False


def test_cells_say_what_was_counted() -> None:
    assert str(PropertyCounts(held=3, proved=3, failed=0, unknown=1)) == "proved on 3, unknown on 1"
    assert (
        str(PropertyCounts(held=3, proved=2, failed=0, unknown=0, notes=("w",)))
        == "held on 3 of 3 (w)"
    )
    assert str(PropertyCounts(held=3, proved=3, failed=2, unknown=0)) == "fails on 2 of 5"
    assert str(PropertyCounts(held=0, proved=0, failed=0, unknown=2)) == "unknown on 2"
    assert str(PropertyCounts(held=0, proved=0, failed=0, unknown=0)) == "not asked"


def test_rounds_are_what_their_kinds_say() -> None:
    for number in range(50):
        game, kind = random_round(3, number), kind_of(number)
        assert len(game.players) == 2 + number // len(KINDS) % 5
        assert (game.weights[1:] > 0).all()
        assert (game.weights[0] < 0) == (kind == "torn")
        alike = np.ptp(game.value) == np.ptp(game.local_data) == 0
        assert alike == (kind == "alike")
    game = random_round(3, 8)
    corners = np.array([[(k >> n) & 1 for n in range(3)] for k in range(8)])
    signs = (-1.0) ** (3 - corners.sum(axis=1))
    welfare = game.welfare(corners * game.max_contribution)
    assert abs(signs @ welfare) < 1e-9 * np.abs(welfare).sum()
    strict = random_round(3, 7)
    welfare = strict.welfare(corners * strict.max_contribution)
    assert abs(signs @ welfare) > 1e-4 * np.abs(welfare).sum()


def test_a_matrix_is_a_function_of_its_seed() -> None:
    rules = ["redistribution", "walker"]
    first, again = (rule_matrix(6, 4, rules=rules) for _ in range(2))
    assert first.to_dict() == again.to_dict()
    assert list(first.cells) == rules
    assert first.to_dict() != rule_matrix(6, 5, rules=rules).to_dict()


def test_what_cannot_be_audited_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="nobody"):
        rule_matrix(1, rules=["nobody"])
    with pytest.raises(InvalidInputError, match="at least 1"):
        rule_matrix(0)
    with pytest.raises(InvalidInputError, match="negative"):
        random_round(-1, 0)


def test_the_verb_lists_the_rules_and_writes_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = coopetition("rules")
    assert listed.code == 0
    assert all(name in listed.out for name in RULES)
    out = tmp_path / "rules.csv"
    document = coopetition("rules", "--json", "--out", out).document
    assert [one["rule"] for one in document["rules"]] == list(RULES)
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(RULES) + 1
    tex = tmp_path / "matrix.tex"
    answer = coopetition("rules", "--matrix", "--rounds", "1", "--json", "--out", tex)
    assert answer.document["rounds"] == [{"kind": "alike", "organizations": 2}]
    assert set(answer.document["rules"]) == set(AUDITED)
    assert r"\begin{tabular}" in tex.read_text(encoding="utf-8")
    monkeypatch.setattr("coopetition.studies.audit.examine_round.SMALL", 1)
    shown = coopetition("rules", "--matrix", "--rounds", "1")
    assert all(key in shown.out for key in LOOKED_AT)
    assert coopetition("rules", "--rounds", "3").code == 2
    assert coopetition("rules", "--out", tmp_path / "a.png").code == 2
    assert export.ending(tex) == ".tex"
