"""The table of parameters: complete, true to what is read, and what its page shows."""

import tomllib
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from coopetition.games.coopetition.columns import COLUMNS, LARGEST
from coopetition.games.coopetition.gain import ExponentialGain, LogarithmicGain, PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.oracle_kinds import OracleSettings
from coopetition.studies.scenario.parameters import (
    PARAMETERS,
    REQUIRED,
    check_path,
    nearest,
)
from coopetition.studies.scenario.scenario import parse_scenario
from tests.instances import SYMMETRIC
from tests.studies.command import TWO

INSIDE = {"own", "start_timeout", "arguments"}  # fields of settings that are no keys by that name


def test_every_key_of_the_settings_has_a_row() -> None:
    for table, settings in (("mechanism", MechanismSettings()), ("oracle", OracleSettings())):
        for one in fields(settings):
            row = PARAMETERS.get(f"{table}.{one.name}")
            if one.name in INSIDE | {"settings"}:
                continue
            assert row is not None, one.name
            assert row.default in (getattr(settings, one.name), REQUIRED)
    for family in (PowerGain, ExponentialGain, LogarithmicGain):
        assert {f"gain.{one.name}" for one in fields(family)} <= PARAMETERS.keys()
    columns = {path for path in PARAMETERS if path.startswith("organization.")}
    assert columns == {f"organization.*.{key}" for key in COLUMNS}


def content_with(path: str, value: Any) -> dict[str, Any]:
    """Return a scenario's content with one key set, in a table that may have it."""
    content: dict[str, Any] = tomllib.loads(TWO)
    table, _, key = path.rpartition(".")
    if table == "oracle":
        del content["gain"]
        kinds = {"command": "process", "env": "process", "url": "http", "token_env": "http",
                 "plugin": "plugin", "python": "flower", "api": "nvflare"}  # fmt: skip
        content["oracle"] = {"kind": kinds.get(key, "reference")}
        if key == "timeout":
            content["oracle"] = {"kind": "flower"}
        if key in ("target_regret", "trainings"):
            content["oracle"]["design"] = "adaptive"
        if content["oracle"]["kind"] == "process":
            content["oracle"]["command"] = ["true"]
        if content["oracle"]["kind"] == "http":
            content["oracle"]["url"] = "http://localhost"
    if table == "gain" and key in ("data", "gains"):
        content["gain"] = {"family": "tabulated", "data": [0, 1e5, 2e5], "gains": [0, 1, 1]}
    if table == "mechanism":
        rules = {"alpha": "partial-pigou", "shares": "pool-shares", "power": "none"}
        content["mechanism"] = {"rule": rules.get(key, "redistribution"), "rate": 0.1}
        if key in rules:
            del content["mechanism"]["rate"]
        if key == "power":
            content["mechanism"]["fees"] = "nash"
    if table == "organization.*":
        for row in content["organization"]:
            row[key] = value
        return content
    inner = content.setdefault(table, {}) if table else content
    inner[key] = value
    return content


@pytest.mark.parametrize("path", [path for path in PARAMETERS if "NAME" not in path])
def test_the_reader_knows_every_path_and_refuses_nonsense_by_its_name(path: str) -> None:
    """A key without a reader would be unknown; one that is not checked would be taken."""
    with pytest.raises(InvalidInputError) as refused:
        parse_scenario(content_with(path, {"no": "sense"}))
    said = str(refused.value)
    assert "unknown key" not in said
    assert path.rpartition(".")[2] in said


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_refused_outside_their_range_and_read_at_its_ends(name: str) -> None:
    row = COLUMNS[name]
    inside = [row.most if row.most < LARGEST else 5.0, 0.5 * row.least + 0.25]
    outside = [row.least - 1e-9, np.nan, np.inf]
    outside += [row.most * (1 + 1e-9)] * (row.most < LARGEST) + [row.least] * row.above
    for value in inside:
        assert getattr(SYMMETRIC.replace(**{name: value}), name)[0] == value
    for value in outside:
        with pytest.raises(InvalidInputError, match=f"`{name}` of"):
            SYMMETRIC.replace(**{name: value})
    if row.default is not None:
        content = tomllib.loads(TWO)
        for one in content["organization"]:
            one.pop(name, None)
        assert (getattr(parse_scenario(content).round(), name) == row.default).all()
    assert name in {one.name for one in fields(CoopetitionRound)}


def test_the_nearest_path_is_suggested() -> None:
    known = [*PARAMETERS, "organization.North.value", "organization.South.value"]
    for said, meant in (
        ("damage", "competition.damage"),
        ("value", "organization.*.value"),
        ("value:South", "organization.South.value"),
        ("rate", "mechanism.rate"),
        ("personal_weight", "personal_gain.weight"),
        ("mecanism.rate", "mechanism.rate"),
        ("competition.dammage", "competition.damage"),
        ("zebra", ""),
    ):
        assert nearest(said, known) == meant, said
    for path in ("name", "organization.North", "organization.East.value", "competition", ""):
        with pytest.raises(InvalidInputError, match="cannot vary"):
            check_path(path, ["North"], "cannot vary")
    for path in ("seed", "mechanism.settings.rate", "gain.of_a_custom_family"):
        check_path(path, ["North"], "cannot vary")
