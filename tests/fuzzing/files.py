"""Valid files of every kind that the command line reads, to be changed."""

import json
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import coopetition as co
from coopetition.games.checker import FORMAT, digest
from coopetition.mechanisms import FEES, RULES
from tests.fuzzing.mutate import damaged, garble, mutate, toml
from tests.studies.command import MEASURED

GAINS: list[dict[str, Any]] = [
    {"family": "power", "ceiling": 1.0, "scale": 2.0, "exponent": 0.35, "offset": 1.0},
    {"family": "exponential", "ceiling": 1.0, "scale": 3000.0},
    {"family": "logarithmic", "ceiling": 0.1, "scale": 100.0, "offset": 100.0},
    {"family": "tabulated", "data": [0, 1000, 4000, 20_000], "gains": [0, 0.4, 0.7, 0.9]},
]
COLUMNS = ["local_data", "max_contribution", "value", "unit_cost", "quadratic_cost", "quality"]
NFG = 'NFG 1 R "game" { "A" "B" } { 2 2 }\n\n1 -1 -1 1 -1 1 1/2 0.5\n'
GAME: dict[str, Any] = {
    "title": "game",
    "players": ["A", "B"],
    "strategies": [["share", "keep"], ["share", "keep"]],
    "payoffs": [[[2, 0], [3, "1/2"]], [[2, 3], [0, 1.5]]],
}
TABLE = "A,B,payoff A,payoff B\nx,l,1,0\nx,r,0,1/2\ny,l,0,1\ny,r,2,1e-3\n"
PIES = [
    "coalition,value\nA,0\nB,0\nC,1/3\nA+B,1\nA+C,0.1\nB+C,0\nA+B+C,1e2\n",
    "player,claim\nA,100\nB,200\nC,1/3\n",
]
CERTIFICATE: dict[str, Any] = {
    "format": FORMAT, "kind": "finite", "shape": [2, 2], "profile": [0, 0],
    "payoffs": [["1", "-1", "-1", "1"], ["-1", "1", "1", "-1"]], "regret": ["0", "2"],
}  # fmt: skip


def scenario(rng: Random, size: int) -> dict[str, Any]:
    """Return a valid scenario's content, mostly."""
    rows = [
        {
            "name": f"org {n}" if rng.random() < 0.2 else "NSWE"[n],
            "local_data": rng.choice([0, 500, 900, 1500]),
            "max_contribution": rng.choice([0, 10, 4000]),
            "value": rng.choice([0.0, 800.0, 1000]),
            "unit_cost": rng.choice([0.0, 0.001, 0.03]),
            "quadratic_cost": rng.choice([0.0, 2e-6, 1e-3]),
        }
        | ({"quality": 0.8, "skew": 1.0, "fixed_cost": 3.0} if rng.random() < 0.3 else {})
        for n in range(size)
    ]
    content: dict[str, Any] = {"name": "fuzz", "draws": 4, "gain": dict(rng.choice(GAINS))}
    content["organization"] = rows
    if rng.random() < 0.7:
        full = [
            [0 if n == m else rng.choice([0, 0.1, 2.5]) for m in range(size)] for n in range(size)
        ]
        content["competition"] = {
            "damage": rng.choice([0.08, 0, full]),
            "rivalry": rng.choice([0, 5]),
        }
    if rng.random() < 0.3:
        content["personal_gain"] = {"weight": 0.05}
    if rng.random() < 0.7:
        rule = {"rule": rng.choice(list(RULES))}
        needs = {key: 0.01 for key in RULES[rule["rule"]].needs}
        fees = {"fees": rng.choice(list(FEES)), "outside_option": rng.choice(["autarky", "exit"])}
        content["mechanism"] = rule | needs | fees
    return content


def write_scenario(rng: Random, folder: Path, size: int) -> str:
    """Write a scenario, changed in 0 to 3 places; return its file's name."""
    content = scenario(rng, size)
    if rng.random() < 0.15:
        rows = content.pop("organization")
        header = ["name", *COLUMNS]
        lines = [",".join(header), *(",".join(str(row.get(k, "")) for k in header) for row in rows)]
        text = "\n".join(lines) + "\n"
        if rng.random() < 0.3:
            text = text.replace(",", rng.choice([";", "\t", ", ", ",,"]))
        (folder / "people.csv").write_bytes(damaged(rng, maybe_garbled(rng, text)))
        content["organizations"] = "people.csv"
    for _ in range(rng.choice([0, 0, 0, 0, 0, 0, 1, 1, 2, 3])):
        content = mutate(rng, content)
        if not isinstance(content, dict):
            content = {"a": content}
    text = MEASURED if rng.random() < 0.01 else toml(content)
    (folder / "s.toml").write_bytes(damaged(rng, text))
    return "s.toml"


def maybe_garbled(rng: Random, text: str) -> str:
    """Return a text, garbled half the time."""
    return garble(rng, text) if rng.random() < 0.3 else text


def write_game(rng: Random, folder: Path) -> str:
    """Write a finite game, changed or not; return its file's name."""
    kind = rng.choice(["g.nfg", "g.json", "g.json", "g.csv"])
    if kind == "g.json":
        content = GAME
        for _ in range(rng.choice([0, 0, 1, 2])):
            content = mutate(rng, content, surrogates=True)
        text = json.dumps(content)
    else:
        text = maybe_garbled(rng, NFG if kind == "g.nfg" else TABLE)
    (folder / kind).write_bytes(damaged(rng, text))
    return kind


MARKET = {
    "firms": "firms.csv",
    "second_choice": "survey.csv",
    "method": "second-choice",
    "wtp": 0.02,
    "prices": "fixed",
}
FIRMS = "name,units,price,margin,margin_sd\nN,100,5,2,0.2\nS,200,5,2,0.2\nW,30,5,2,0.3\n"
SURVEY = "of,N,S,W,none\nN,,35,5,60\nS,20,,5,75\nW,8,26,,66\n"


def write_market(rng: Random, folder: Path) -> str:
    """Write a market with its files, changed or not; return its file's name."""
    method = rng.choice(["second-choice", "margins", "reconcile", "logit"])
    table: Any = MARKET | {"method": method}
    if method == "logit":
        table |= {"outside": rng.choice([0.3, [0.2, 0.4]]), "prices": "logit"}
        del table["second_choice"]
    for _ in range(rng.choice([0, 0, 1, 2])):
        table = mutate(rng, table)
    for name, text in (("firms.csv", FIRMS), ("survey.csv", SURVEY)):
        (folder / name).write_bytes(damaged(rng, maybe_garbled(rng, text)))
    (folder / "m.toml").write_bytes(damaged(rng, toml({"market": table})))
    return "m.toml"


def write_pie(rng: Random, folder: Path) -> str:
    """Write the values of coalitions, or claims, changed or not; return the file's name."""
    name, text = "d.csv", rng.choice(PIES)
    if rng.random() < 0.4:
        head, *rows = (line.split(",") for line in text.splitlines())
        content: Any = [dict(zip(head, row, strict=True)) for row in rows]
        for _ in range(rng.choice([0, 0, 1, 2])):
            content = mutate(rng, content, surrogates=True)
        name, text = "d.json", json.dumps(content)
    else:
        text = maybe_garbled(rng, text)
    (folder / name).write_bytes(damaged(rng, text))
    return name


def write_profile(rng: Random, folder: Path, finite: bool, size: int) -> str:
    """Write a profile, changed or not; return its file's name."""
    content: Any = {"strategies": ["share", "keep"]} if finite else {}
    if not finite:
        content = {"contribution": [rng.choice([0, 1.5, 4000]) for _ in range(size)]}
        if rng.random() < 0.2:
            content["organizations"] = list("NSWE"[:size])
    for _ in range(rng.choice([0, 0, 1, 2])):
        content = mutate(rng, content, surrogates=True)
    (folder / "p.json").write_bytes(damaged(rng, json.dumps(content)))
    return "p.json"


@cache
def round_certificate() -> dict[str, Any]:
    """Return the certificate of a round's profile."""
    game = co.CoopetitionRound(
        gain=co.PowerGain(1, 2, 0.35), local_data=[1500, 900], max_contribution=4000,
        value=[1000, 800], unit_cost=0.001, quadratic_cost=2e-6, damage=0.08,
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.json"
        co.prove(game, [10.0, 20.0], rigor="interval").save(path)
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def write_certificate(rng: Random, folder: Path) -> str:
    """Write a certificate file, changed or not, with a digest that is right or not."""
    content: Any = CERTIFICATE if rng.random() < 0.5 else round_certificate()
    for _ in range(rng.choice([0, 1, 1, 2])):
        content = mutate(rng, content, surrogates=True)
    if isinstance(content, dict) and rng.random() < 0.9:
        content["digest"] = digest(content)
    (folder / "c.json").write_bytes(damaged(rng, json.dumps(content)))
    return "c.json"
