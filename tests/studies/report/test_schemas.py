"""The schemas in docs/ are those that the tests hold all answers against, and hold them tight."""

import json
from pathlib import Path
from typing import Any

import click
import pytest

from coopetition.cli.command import cli
from tests.studies.command import TWO, coopetition, written
from tests.studies.forms import FORMS, schema, schema_of, write_schemas
from tests.studies.schemas import faults

DOCS = Path("docs/schemas")


def test_the_schemas_in_the_documentation_are_up_to_date(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    made = {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()}
    assert {file.name: file.read_text("utf-8") for file in DOCS.iterdir()} == made


def test_every_verb_that_prints_json_has_one() -> None:
    context, found = click.Context(cli), set[str]()
    for name in cli.list_commands(context):
        verb = cli.get_command(context, name)
        parts = {f" {key}": one for key, one in getattr(verb, "commands", {"": verb}).items()}
        found |= {
            (name + key).strip()
            for key, one in parts.items()
            if any("--json" in part.opts for part in one.params)
        }
    assert found == FORMS.keys()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"welfare": "12"}, "$.welfare is '12', not number"),
        ({"welfare": True}, "$.welfare is True, not number"),
        ({"extra": 1}, "$.extra is not allowed"),
        ({"status": "done"}, "$.status is 'done'"),
        ({"contribution": [1.0, None]}, "$.contribution[1] is None, not number"),
        ({"certificate": {}}, "$.certificate.epsilon is missing"),
        ({"mechanism": {"rule": "none", "fees": "none"}}, "$.mechanism.outside_option is missing"),
    ],
)
def test_what_is_no_answer_of_solve_is_refused(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    answer = coopetition("solve", written(tmp_path, TWO), "--json").document
    assert faults(answer, schema_of("solve")) == []
    assert faults(answer | change, schema_of("solve"))[0] == fault


def test_forms_say_what_json_has() -> None:
    form = {"kind": {"a", "b"}, "note?": str, "value": (float, [int], None)}
    for good in ({"kind": "a", "value": 1}, {"kind": "b", "value": [1], "note": ""}):
        assert faults(json.loads(json.dumps(good)), schema(form)) == []
    for bad in ({"kind": "c", "value": 1}, {"kind": "a"}, {"kind": "a", "value": [0.5]}):
        assert faults(bad, schema(form)) != []
