"""Command lines of all verbs, with options that are right, wrong, missing or given twice."""

from pathlib import Path
from random import Random

from coopetition.mechanisms import RULES
from coopetition.studies.division.divide import OF_CLAIMS
from coopetition.studies.division.divide import RULES as DIVISIONS
from tests.fuzzing.files import (
    write_certificate,
    write_game,
    write_market,
    write_pie,
    write_profile,
    write_scenario,
)
from tests.fuzzing.mutate import garble

VERBS = {
    "solve": 20, "verify": 20, "equilibria": 10, "potential": 10, "audit": 8, "design": 8,
    "sweep": 10, "statics": 6, "play": 6, "compare": 1, "rules": 0.5, "oracle": 0.5, "ledger": 1,
    "divide": 6, "calibrate": 6,
}  # fmt: skip
FLOATS = ["0", "1e-9", "0.01", "0.1", "0.5", "1", "100"]
WHOLES = ["1", "2", "3"]
ODD = ["x", "", "-1", "-0.0", "nan", "inf", "-inf", "1e300", "1.5", "0", "\x1b[2J", "=1", "a:b"]
AXES = [
    "competition.damage=0,0.1", "competition.damage=0:0.3:3", "organization.*.value=100:900:3",
    "organization.*.max_contribution=0,9", "gain.scale=1:100:3:log", "seed=1,2", "draws=2,3",
    "mechanism.rule=none,walker", "mechanism.fees=none,nash", "mechanism.rate=0,0.01",
    "gain.exponent=0.1:0.9:3", "personal_gain.weight=0,0.1", "organization.N.unit_cost=0,0.01",
]  # fmt: skip
ODD_AXES = [
    "competition.damage=nan,1", "competition.damage=1e31,0", "organization.N.value=-1,500",
    "a.b=0:1:x", "organization.X.value=1,2", "gain.family=power,exponential", "name=a,b", "=", "a",
    "a=", "a=1,,2", "a.b=0:1:1", "competition=1,2", "organization=1,2", "organization.*.name=a,b",
    "gain=1,2", "organization.*.value=-0.0,1", "mechanism.power=1,2", "competition.damage.a=1,2",
    "", "\x1b=1,2",
]  # fmt: skip
PARAMETERS = [
    "competition.damage", "competition.rivalry", "organization.N.value", "organization.S.value",
    "gain.scale", "gain.exponent", "mechanism.rate", "organization.N.unit_cost",
    "organization.N.quadratic_cost", "competition.damage.N.S",
]  # fmt: skip
ENDINGS = [".json", ".csv", ".md", ".tex"]


class Words:
    """The words of a command line, as they are chosen: all sensible, or some odd."""

    def __init__(self, rng: Random, *words: str) -> None:
        """Begin with some words."""
        self.rng, self.words, self.wild = rng, list(words), rng.random() < 0.3

    def pick(self, values: list[str], odd: list[str] = ODD) -> str:
        """Return one of the values, an odd one once in a while."""
        return self.rng.choice(odd if self.wild and self.rng.random() < 0.3 else values)

    def may(self, name: str, values: list[str], odd: list[str] = ODD, chance: float = 0.3) -> None:
        """Add an option, or not; once in a while twice."""
        while self.rng.random() < chance:
            self.words += [name, self.pick(values, odd)]
            chance = 0.1 if self.wild else 0

    def flag(self, name: str, chance: float = 0.4) -> None:
        """Add a flag, or not."""
        self.words += [name] * (self.rng.random() < chance)

    def finish(self, name: str, endings: list[str]) -> list[str]:
        """Add outputs and --json; change or drop a word of an odd line once in a while."""
        rng = self.rng
        odd = ["s", "p", "x" * 300, name + "/o", "o\udcff", "=o", ".", ""]
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            ending = self.pick(endings, [".txt", "", ".JSON", ".parquet", ".nosuch"])
            self.words += ["--out", self.pick(["o", "a", "new/o"], odd) + ending]
        self.flag("--json")
        at = rng.randrange(len(self.words))
        if self.wild and rng.random() < 0.1:
            self.words[at] = garble(rng, self.words[at]).replace("\0", "")  # no shell passes it
        elif self.wild and rng.random() < 0.1:
            del self.words[at]
        return self.words


def command_line(rng: Random, folder: Path) -> list[str]:
    """Write what a command reads into an empty folder, and return its words."""
    verb = rng.choices(list(VERBS), weights=list(VERBS.values()))[0]
    if verb in ("rules", "oracle", "ledger"):
        return _look(Words(rng, verb), folder)
    if verb == "verify":
        return _verify(Words(rng, verb), folder)
    if verb == "divide":
        return _divide(Words(rng, verb, write_pie(rng, folder)), folder)
    if verb == "calibrate":
        return Words(rng, verb, write_market(rng, folder)).finish("m.toml", [*ENDINGS, ".toml"])
    if verb in ("equilibria", "potential") and rng.random() < 0.9:
        return _finite(Words(rng, verb, write_game(rng, folder)))
    line = Words(rng, verb, write_scenario(rng, folder, rng.choice([1, 2, 2, 2, 3])))
    return _scenario(line, verb)


def _look(line: Words, folder: Path) -> list[str]:
    """`rules`, `oracle list` and `ledger show`."""
    verb = line.words[0]
    line.words += {"rules": [], "oracle": ["list"], "ledger": ["show"]}[verb]
    if verb == "ledger":
        line.words.append(write_game(line.rng, folder))
    line.may("--rounds", WHOLES, chance=0.1)
    return line.finish("x", ENDINGS)


def _verify(line: Words, folder: Path) -> list[str]:
    rng, size = line.rng, line.rng.choice([1, 2, 2, 3])
    finite = rng.random() < 0.5
    if rng.random() < 0.3:
        line.words += ["--certificate", write_certificate(rng, folder)]
        if rng.random() < 0.5:
            line.words.append(write_game(rng, folder))
        line.may("--tolerance", FLOATS)
        return line.finish("c.json", [".json"])
    name = write_game(rng, folder) if finite else write_scenario(rng, folder, size)
    line.words += [name, "--profile", write_profile(rng, folder, finite, size)]
    line.may("--tolerance", FLOATS)
    line.may("--rigor", ["float", "interval", "rational"], chance=0.5)
    if line.words[-1] in ("interval", "rational") or line.wild:
        line.may("--save", ["c.json"], [name, "p.json", ""])
    if not finite:
        _rule(line)
    return line.finish(name, [".json"])


def _finite(line: Words) -> list[str]:
    if line.words[0] == "equilibria":
        line.may("--epsilon", FLOATS)
        line.may("--kind", ["payoff", "cost"])
        line.flag("--mixed")
    else:
        line.may("--kind", ["exact", "weighted", "ordinal", "generalized-ordinal", "best-response"])
        line.may("--tol", FLOATS)
    return line.finish(line.words[1], ENDINGS)


def _divide(line: Words, folder: Path) -> list[str]:
    claims = b"claim" in (folder / line.words[1]).read_bytes()
    line.may("--rule", [*(OF_CLAIMS if claims else DIVISIONS)], ["nosuch", "", "talmud"])
    line.may("--estate", ["0", "100", "1/3"], chance=0.9 if claims else 0.05)
    line.may("--weights", ["A=2,B=1,C=1/2", "A=1,B=1,C=1"], ["A=2", "A=0,B=1,C=1", "A", "=", "D=1"])
    return line.finish(line.words[1], ENDINGS)


def _rule(line: Words) -> None:
    line.may("--rule", list(RULES), ["nosuch", "nosuch:thing", "os:system", "a b:c", ":"], 0.15)
    line.may("--rate", FLOATS, chance=0.1)
    line.may("--seed", WHOLES, chance=0.1)


def _scenario(line: Words, verb: str) -> list[str]:
    name = line.words[1]
    if verb in ("solve", "compare", "statics", "audit"):
        _rule(line)
    if verb == "compare":
        line.may("--sort", ["welfare", "deficit", "of planner"], ["nosuch", "", "rule"])
    if verb == "statics":
        line.words += [
            "--wrt",
            line.pick(PARAMETERS, ["", "nosuch", "organization.", ".", "gain.", "value:N", "\x1b"]),
        ]
        line.may("--prices", ["fixed", "anew"])
        line.may("--span", FLOATS)
    if verb == "audit":
        line.may("--worth", ["equilibrium", "optimum"])
    if verb == "design":
        for option in ("--guarantee", "--most", "--pair", "--subsidy", "--robust"):
            line.may(option, FLOATS, chance=0.15)
        for option in ("--contracts", "--draws"):
            line.may(option, WHOLES, chance=0.1)
        line.may("--objective", ["welfare", "contribution", "gain"])
        line.may("--aim", ["least", "fair"])
        line.may("--outside", ["autarky", "exit", "sub-coalition"])
    if verb == "play":
        line.words += ["--rounds", line.pick(WHOLES)]
        line.may("--journal", ["j.sqlite"], [name, ".", ""])
    if verb == "sweep":
        line.words += ["--jobs", "1", "--vary", line.pick(AXES, ODD_AXES)]
        line.may("--vary", AXES, ODD_AXES, chance=0.15)
        line.may("--store", ["w.sqlite"], [name, ".", ""])
    return line.finish(name, ENDINGS)
