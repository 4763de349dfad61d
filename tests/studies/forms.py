"""The form of every JSON answer, and the JSON Schemas in docs/schemas made of it.

A form is a type, a list of one form, a set of words, a tuple of alternatives, or a dictionary of
forms by key. A key that ends with `?` may be absent, and `*` stands for any key. After a change:
`python -m tests.studies.forms docs/schemas`.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from coopetition.oracles.gains.skill import SkillVerdict
from coopetition.solvers import Status
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.replication.claims import VERDICTS as VERDICTS_OF_CLAIMS
from coopetition.studies.verification.verification import VERDICTS

ANY = object
MAYBE = (float, None)  # null also stands for what is not finite
TEXT = (str, None)
FLAG = (bool, None)
HOW = {"proved", "checked", "estimated"}
CLAIM = ({*HOW}, None)
EACH, NAMES = [float], [str]
FRACTIONS = [(float, str)]  # texts such as "1/3" where arithmetic is exact

MECHANISM = {
    "rule": str,
    "rate?": float,
    "balanced?": bool,
    "intensity?": (str, float, EACH, [EACH]),
    "alpha?": float,
    "shares?": EACH,
    "settings?": {"*": ANY},
    "fees": str,
    "outside_option": str,
    "power?": (str, EACH),
}
ORIGIN = {
    "version": str,
    "command": str,
    "digest": TEXT,
    "seed": (int, None),
    "mechanism": (MECHANISM, None),
}
HEAD = ORIGIN | {
    "digest": str,
    "seed": int,
    "mechanism": MECHANISM,
    "scenario": str,
    "currency": str,
    "overrides": {"*": {"scenario": ANY, "used": ANY}},
    "notes": [str],
}
CERTIFICATE = {
    "epsilon": MAYBE,
    "claim": HOW,
    "regret": [MAYBE],
    "tolerance": EACH,
    "method": str,
}
STATUS = {status.word for status in Status}
OUTSIDE = {
    f"{name}{'' if option.always else '?'}": (EACH, None)
    for name, option in OUTSIDE_OPTIONS.items()
}

# Measured gains, of `solve` and `compare`.
SEARCH = {
    "claim": HOW,
    "trainings": int,
    "target": float,
    "reached": bool,
    "contribution": EACH,
    "regret": [MAYBE],
    "bound": [MAYBE],
    "noise": MAYBE,
    "heterogeneity": MAYBE,
    "curve_misfit": EACH,
}
COUNT = (int, None)  # null where nobody can say
STAGE = {
    "stage": str,
    "what": str,
    "least": int,
    "most": COUNT,
    "from_ledger": COUNT,
    "to_train": [COUNT],
    "seconds": MAYBE,
}
PLAN = {
    "stages": [STAGE],
    "to_train": [COUNT],
    "seconds_each": MAYBE,
    "seconds": MAYBE,
    "jobs": int,
    "ledger": TEXT,
}
PLANNED = HEAD | {"plan": PLAN}
DONE = {"planned": ([COUNT], None), "trained": int, "from_ledger": int, "seconds": float}
TRAININGS = {"*": DONE}
TRAINED = {"measured?": {"trainings": TRAININGS}}
FAILURES = {
    **dict.fromkeys(("failed", "recovered", "skipped", "reseeded"), int),
    "last": TEXT,
}
MEASURED = {
    "oracle": {"kind": str, "metric": str, "*": ANY},
    "fingerprint": str,
    "ledger": TEXT,
    "trainings": TRAININGS,
    "failures": FAILURES,
    "local_data": EACH,
    "skew": EACH,
    "quality": EACH,
    "family": str,
    "parameters": {"*": float},
    "parameter_standard_errors": ({"*": MAYBE}, None),
    "held_out_error": {"*": MAYBE},
    "skill": {"value": MAYBE, "verdict": set(get_args(SkillVerdict)), "how": str},
    "refused": {"*": str},
    "shape": str,
    "profiles": [EACH],
    "mean": EACH,
    "standard_error": ([MAYBE], None),
    "fitted_minus_measured": EACH,
    "search": (SEARCH, None),
    "autarky": ({"claim": HOW, "contribution": EACH, "gain": EACH}, None),
}
SKILL = {"value": MAYBE, "verdict": set(get_args(SkillVerdict)), "how": str}
RACER = {"family": str, "contribution": EACH, "gain": EACH, "welfare": float}
OWN_GAINS = {
    **{key: MEASURED[key] for key in ("oracle", "fingerprint", "ledger", "trainings", "failures")},
    "autarky": MEASURED["autarky"],
    "local_data": EACH,
    "baselines": EACH,
    "family": str,
    "members": [SKILL | {"family": str, "worst": str}],
    "skill": SKILL | {"worst": str},
    "skills": [SKILL],
    "curve_skill": SKILL,
    "held_out_error": [MAYBE],
    "seeds": ([int], None),
    "profiles": [EACH],
    "mean": [EACH],
    "standard_error": ([EACH], None),
    "test_error": ([EACH], None),
    "fitted_minus_measured": [EACH],
    "search": ({"claim": HOW, "trainings": int, "chosen": [str], "race": [RACER]}, None),
}
EFFECTS = {
    "organizations": NAMES,
    "contributions": {
        "mean": [[MAYBE]],
        "standard_error": [[MAYBE]],
        "verdict": [[{"helps", "hurts", "none", "undecided"}]],
    },
    "together": (
        {
            "mean": [MAYBE],
            "standard_error": [MAYBE],
            "verdict": [{"gains", "loses", "none", "undecided"}],
        },
        None,
    ),
}
ESTIMATE = {
    "value": float,
    "seeds_error": float,
    "test_error": MAYBE,
    "interval": EACH,
    "seeds": int,
}
CHECK = {
    "claim": HOW,
    "deviation": EACH,
    "gain": [ESTIMATE],
    "regret": [MAYBE],
    "share_of_payoff": [MAYBE],
}
VERIFICATION = {
    "claim": HOW,
    "first_seed": int,
    "seeds": [int],
    "trainings": int,
    "welfare": {"*": ESTIMATE | {"fitted": float}},
    "share_of_best_found": MAYBE,
    "short_of_best_found": ESTIMATE,
    "benefit": ESTIMATE,
    "benefit_range": (
        {"regret": float, **dict.fromkeys(("interval", "without_rule", "with_rule"), EACH)},
        None,
    ),
    "payoff": [ESTIMATE],
    "payoff_fitted_minus_trained": [MAYBE],
    "alone": [ESTIMATE],
    "participation": [ESTIMATE | {"organization": str, "verdict": set(VERDICTS.values())}],
    "slack_without_rule": [ESTIMATE],
    "surplus": (ESTIMATE, None),
    "equal_fees": (EACH, None),
    "unknown": TEXT,
}
RIVAL = {"family": str, "contribution": EACH, "total_contribution": float, "payoff": EACH}
SPREAD = ([MAYBE], None)
UNCERTAINTY = {
    "claim": HOW,
    "method": str,
    "seeds": int,
    "reason": TEXT,
    **dict.fromkeys(("contribution", "transfer", "fee", "payoff", "autarky"), SPREAD),
    "largest_misfit": float,
    "families": [RIVAL],
}

ONE = {
    "contribution": EACH,
    "payoff": EACH,
    "welfare": float,
    "deficit": float,
    "epsilon": MAYBE,
    "continuum": TEXT,
    "chosen": bool,
}
SOLVE = HEAD | {
    "organizations": NAMES,
    **dict.fromkeys(("contribution", "gain", "payoff", "transfer", "fee"), EACH),
    "payoff_before_transfers": EACH,
    "welfare": float,
    "deficit": float,
    "status": STATUS,
    "unique": FLAG,
    "equilibria": ([ONE], None),
    "without_rule": {"contribution": EACH, "payoff": EACH, "welfare": float, "status": STATUS},
    "outside": OUTSIDE,
    "weights": (EACH, None),
    "potential": MAYBE,
    "planner": {
        "contribution": EACH,
        "payoff": EACH,
        "welfare": float,
        "nobody": MAYBE,
        "gap": MAYBE,
        "concave": bool,
        "known": str,
    },
    "efficiency": MAYBE,
    "attainable_share": MAYBE,
    "welfare_gap": float,
    "certificate": CERTIFICATE,
    "properties": {"*": {"holds": FLAG, "claim": CLAIM, "witness": TEXT, "assumptions": [str]}},
    "remarks": [str],
    "solver": str,
    "reason": str,
    "over_nobody?": ({"customers": float, "members": float}, None),
    "measured?": (
        MEASURED
        | {
            "verification": (VERIFICATION, None),
            "check": (CHECK, None),
            "uncertainty": (UNCERTAINTY, None),
        },
        OWN_GAINS
        | {"verification": (VERIFICATION, None), "check": (CHECK, None), "uncertainty": None},
    ),
}
ROW = {
    "rule": str,
    "kind": {"baseline", "rule", "bound"},
    "welfare": MAYBE,
    "welfare_standard_error": MAYBE,
    "efficiency": MAYBE,
    "attainable_share": MAYBE,
    "total_contribution": MAYBE,
    "deficit": MAYBE,
    "payments": MAYBE,
    "slack_autarky": MAYBE,
    "slack_exit": MAYBE,
    "slack_sub_coalition": MAYBE,
    "epsilon": MAYBE,
    "budget_balance": TEXT,
    "optimum_is_equilibrium": TEXT,
    "potential_kept": TEXT,
    "individual_rationality": TEXT,
    "assumptions": {"*": [str]},
    "note": str,
    "mechanism": (MECHANISM, None),
}
COMPARE = HEAD | {
    "organizations": NAMES,
    "rows": [ROW],
    "remarks": [str],
    "measured?": (MEASURED, OWN_GAINS),
}

PROPERTY = {
    "verdict": str, "holds": FLAG, "claim": CLAIM, "witness": TEXT, "assumptions": [str]
}  # fmt: skip
IDENTITY = {
    "kind": {"split", "merge"},
    "organizations": NAMES,
    "share": MAYBE,
    "before": float,
    "after": float,
    "change": float,
    "without_rule": float,
}
PARTS = {
    "worth": str,
    "values": [MAYBE],
    "autarky": [MAYBE],
    "option": [MAYBE],
    "partners": [NAMES],
}
JOINT = {
    "tried": int,
    "largest": int,
    "members": (NAMES, None),
    "contribution": (EACH, None),
    "gains": (EACH, None),
}
AUDIT = (
    HEAD
    | {
        "organizations": NAMES,
        "contribution": EACH,
        "payoff": EACH,
        "welfare": float,
        "planner": {"welfare": float},
        "efficiency": MAYBE,
        "attainable_share": MAYBE,
        "deficit": float,
        "properties": {"*": PROPERTY},
        "subcoalitions": (PARTS, None),
        "identities": ({"cases": [IDENTITY], "unsolved": [str]}, None),
        "collateral": ({"amount": [MAYBE], "profiles": [EACH], "how": HOW, "looked": int}, None),
        "joint_deviations": (JOINT, None),
        "worth": {"equilibrium", "optimum"},
    }
    | TRAINED
)

VALUE = (float, str, bool)
SWEEP = (
    HEAD
    | {
        "seed": ANY,
        "mechanism": {f"{key.rstrip('?')}?": form for key, form in MECHANISM.items()},
        "vary": [{"parameter": str, "values": [VALUE]}],
        "organizations": NAMES,
        "rows": [
            {
                "cell": int,
                "values": [VALUE],
                "seed": (int, None),
                "status": {"converged", "refused", "failed", *STATUS},
                "note": str,
                **dict.fromkeys(
                    ("contribution", "payoff", "transfer", "fee", "outside"), (EACH, None)
                ),
                **dict.fromkeys(("welfare", "planner.welfare", "efficiency"), MAYBE),
                **dict.fromkeys(("attainable_share", "deficit", "slack", "epsilon"), MAYBE),
            }
        ],
    }
    | TRAINED
)

EFFECT = {
    "outcome": str,
    "organization": TEXT,
    "today": MAYBE,
    "left": MAYBE,
    "right": MAYBE,
    "elasticity": MAYBE,
    "direction": str,
}
EVENT = {"value": MAYBE, "changes": [[str]], "searched": MAYBE, "note": str}
PARAMETER = {
    "parameter": str,
    "unit": str,
    "value": float,
    "prices": str,
    "method": str,
    "effects": [EFFECT],
    "below": EVENT,
    "above": EVENT,
}
STATICS = HEAD | {"margin": MAYBE, "closest": TEXT, "kink": TEXT, "statics": [PARAMETER]} | TRAINED

WORTH = {"value": MAYBE, "standard_error": MAYBE}
CONTRACT = {
    "solved": int,
    **{key: [[MAYBE]] for key in ("contribution", "transfer", "payoff")},
    "welfare": [MAYBE],
    "participation_fails": [MAYBE],
    "everybody": MAYBE,
}
UNCERTAIN = HEAD | {
    "organizations": NAMES,
    "draws": int,
    "quantiles": EACH,
    "contracts": dict.fromkeys(("without", "fixed", "remade"), CONTRACT),
    "fees": EACH,
    "fees_for": TEXT,
    "inputs": [
        {"input": str, "welfare": [MAYBE], "sobol_total": MAYBE, "information": (WORTH, None)}
    ],
    "information": WORTH,
    "answers": {"*": WORTH},
    "odds": [{"rule": str, "other": str, "more": MAYBE, "less": MAYBE}],
}

MONEY = str  # to the cent
PLAYED = {
    "round": int,
    "family": str,
    "measured_seeds": ([int], None),
    "training_seed": (int, None),
    "solved": EACH,
    "contribution": EACH,
    "skill": MAYBE,
    "gain_predicted": MAYBE,
    "gain_realized": MAYBE,
    "gain": EACH,
    "gain_error": EACH,
    "payoff_before_transfers": EACH,
    "payoff_error": EACH,
    "transfer": EACH,
    "fee": EACH,
    "payment": [MONEY],
    "payoff": EACH,
    "balance": MONEY,
}
TOTAL = {
    "rounds": int,
    "mean_contribution": EACH,
    "gain": EACH,
    "payoff": EACH,
    "received": [MONEY],
    "paid": [MONEY],
    "payment": [MONEY],
    "balance": MONEY,
}
DEPOSITS = {
    "amount": [MONEY],
    "how": TEXT,
    "forfeited": [[MONEY]],
    "unpaid": [[MONEY]],
    "left": [[MONEY]],
    "returned": [MONEY],
}
PLAY = (
    HEAD
    | {
        "organizations": NAMES,
        "rounds": [PLAYED],
        "total": TOTAL,
        "deposits": (DEPOSITS, None),
    }
    | TRAINED
)

BEST = {"contribution": EACH, "welfare": float}
TARGET = (
    HEAD
    | {
        "outside_option": str,
        "organizations": NAMES,
        "objective": str,
        "value": MAYBE,
        "known": str,
        "contribution": EACH,
        "welfare": float,
        "attainable_share": MAYBE,
        "planner": BEST,
        "outside": EACH,
        "feasible": bool,
        "remarks": [str],
    }
    | TRAINED
)
DESIGNED = TARGET | {
    "gap": MAYBE,
    "floor_price": MAYBE,
    "held_back": bool,
    "box": MAYBE,
    "draws": int,
    "robust": TEXT,
}
CONFLICT = DESIGNED | {
    "conflict": [str],
    "smallest": bool,
    "minimal": bool,
    "shortfall": float,
    "elsewhere_open": bool,
}
FOUND = DESIGNED | {
    "price": EACH,
    "prices": [EACH],
    "sharpening": EACH,
    "transfer": EACH,
    "fee": EACH,
    "payment": EACH,
    "flows": ([EACH], None),
    "moved": float,
    "contracts": ANY,
    "payoff": EACH,
    "costs": {"*": MAYBE},
    "shadow": {"*": MAYBE},
    "certificate": CERTIFICATE,
    "sample_regret": MAYBE,
}
TUNED = TARGET | {
    "tuned": {"*": float},
    "missed": float,
    "payoff": EACH,
    "transfer": EACH,
    "fee": EACH,
    "deficit": float,
    "certificate": CERTIFICATE,
}

CELL = {
    "text": str,
    "held": int,
    "proved": int,
    "failed": int,
    "unknown": int,
    "notes": [str],
    "round": (int, None),
    "witness": TEXT,
}
MATRIX = ORIGIN | {
    "rounds": [{"kind": str, "organizations": int}],
    "seed": int,
    "properties": {"*": str},
    "rules": {"*": {"*": CELL}},
}
LISTED = ORIGIN | {"rules": [dict.fromkeys(("rule", "t_n", "parameters", "source"), str)]}

ANSWER = {
    "kind": str,
    "holds": FLAG,
    "claim": CLAIM,
    "tolerance": float,
    "deviation": MAYBE,
    "players": NAMES,
    "weights": (FRACTIONS, None),
    "components": [NAMES],
    "separable": NAMES,
    "potential": ANY,
    "witness": ({"reason": str, "*": ANY}, None),
}
NEAREST = {
    "kind": str,
    "norm": str,
    "distance": MAYBE,
    "upper_bound": bool,
    "weights": [MAYBE],
}
FINITE = ORIGIN | {
    "game": str,
    "players": NAMES,
    "exact_arithmetic": bool,
    "potentials": {"*": ANSWER},
    "nearest": {"*": (NEAREST, None)},
}
SMOOTH = {
    "game": str,
    "players": NAMES,
    "kind": str,
    "holds": FLAG,
    "claim": CLAIM,
    "weights": (FRACTIONS, None),
    "potential": TEXT,
    "witness": ({"reason": str, "gap": MAYBE, "cycles": [ANY]}, None),
    "components": [NAMES],
    "points": int,
    "residual": MAYBE,
    "uncertainty": MAYBE,
    "reason": str,
}
SYMBOLIC = {
    "positive": [str],
    "obstacle": TEXT,
    "first_order": [str],
    "solutions": [{"*": str}],
    "own_concave": FLAG,
}
PURE = {"profile": NAMES, "payoffs": EACH, "payoffs_exact?": [str], "dominated": FLAG}
MIXED = {
    "profile": [EACH],
    "profile_exact?": [[str]],
    "supports": [NAMES],
    "words": [str],
    "payoffs": EACH,
    "payoffs_exact?": [str],
    "regret": EACH,
    "margins": ({"probability": MAYBE, "loss": MAYBE}, None),
    "known": str,
}
SUMS = ("optimum", "worst", "best", "anarchy", "stability", "gap_worst", "gap_best")
EQUILIBRIA = ORIGIN | {
    "game": str,
    "players": NAMES,
    "strategies": [NAMES],
    "exact": bool,
    "pure": {"known": str, "epsilon": float, "equilibria": [PURE]},
    "mixed": (
        {
            "method": str,
            "complete": bool,
            "degenerate": FLAG,
            "timed_out": bool,
            "note": str,
            "subsets": ([ANY], None),
            "components": ([[int]], None),
            "equilibria": [MIXED],
        },
        None,
    ),
    "anarchy": {
        "kind": {"payoff", "cost"},
        "equilibrium_class": str,
        "equilibria": int,
        **dict.fromkeys(("optimal_profile", "worst_profile", "best_profile"), (NAMES, None)),
        **dict.fromkeys(SUMS, MAYBE),
    },
}

CHANGE = {
    "organization?": str,
    "player?": str,
    "contribution?": (float, EACH),
    "strategy?": str,
    "gain": MAYBE,
}
VERIFIED = {"holds": bool, "certificate": CERTIFICATE, "deviation": (CHANGE, None)}
RECHECKED = {
    "certificate_file": str,
    "proved": bool,
    "epsilon": MAYBE,
    "relative_epsilon": MAYBE,
    "tolerance": (EACH, None),
    "holds": FLAG,
}

CLAIMED = {
    "claim": str,
    "kind": str,
    "rule": str,
    "against": TEXT,
    "measured": ANY,
    "effect": MAYBE,
    "half_width": MAYBE,
    "seeds": int,
    "verdict": {*VERDICTS_OF_CLAIMS.values(), "no effect", "not tested"},
    "better_off": MAYBE,
    "by_alpha": [{"alpha": float, "effect": MAYBE, "half_width": MAYBE, "seeds": int}],
}
LEDGER = {
    "fingerprint": str,
    "organizations": NAMES,
    "metric": str,
    "unit": str,
    "evaluations": {"*": int},
    "seconds": float,
    "first": TEXT,
    "last": TEXT,
}
PLUGIN = {
    "name": str,
    "distribution": str,
    "version": str,
    "target": str,
    "where": str,
    "fault": TEXT,
}
FINDING = {"name": str, "verdict": {"pass", "warn", "fail", "skip"}, "detail": str}
DIVIDED = ORIGIN | {
    "players": NAMES,
    "total": float,
    "claims": (EACH, None),
    "divisions": [
        {
            "rule": str,
            "values": EACH,
            "how": HOW,
            "error": float,
            "note": str,
            "in_core": FLAG,
            "excess": MAYBE,
            "leaving": (NAMES, None),
        }
    ],
    "refused": {"*": str},
    "core": (
        {
            "allocation": EACH,
            "epsilon": float,
            "lower": float,
            "weights": [ANY],
            "how": HOW,
            "empty_core": FLAG,
        },
        None,
    ),
}

CALIBRATED = ORIGIN | {
    "organizations": NAMES,
    "method": str,
    "value": EACH,
    "damage": [EACH],
    "weights": EACH,
    "kept": EACH,
    "consumers": MAYBE,
    "test": ({"deviance": float, "degrees_of_freedom": int, "p": float}, None),
    "warnings": [str],
}
REVEALED = HEAD | {
    "organizations": NAMES,
    "of": str,
    "rounds": int,
    "low": [MAYBE],
    "high": [MAYBE],
    "slack": EACH,
    "least_slack": [MAYBE],
    "stated": EACH,
    "explained": bool,
}
CROSSING = {"value": float, "low": float, "high": float, "below": str, "above": str}
BROKEN_EVEN = HEAD | {
    "target": str,
    "parameter": str,
    "stated": MAYBE,
    "low": float,
    "high": float,
    "first": str,
    "crossings": [CROSSING],
    "unknown": [{"low": float, "high": float, "reason": str}],
    "step": float,
}
FORMS: Mapping[str, Any] = {
    "breakeven": BROKEN_EVEN,
    "calibrate": CALIBRATED,
    "reveal": REVEALED,
    "solve": (SOLVE, PLANNED),
    "compare": (COMPARE, PLANNED),
    "audit": (AUDIT, PLANNED),
    "statics": (STATICS, PLANNED),
    "sweep": (SWEEP, PLANNED),
    "uncertainty": (UNCERTAIN, PLANNED),
    "design": (FOUND, CONFLICT, TUNED, PLANNED),
    "divide": DIVIDED,
    "play": (PLAY, PLANNED),
    "verify": (
        HEAD | {"profile_digest": TEXT, "note": TEXT} | VERIFIED,
        ORIGIN | {"game": str} | VERIFIED,
        HEAD | RECHECKED,
        ORIGIN | {"game?": str} | RECHECKED,
        PLANNED,
    ),
    "potential": (FINITE, ORIGIN | SMOOTH, ORIGIN | SMOOTH | SYMBOLIC, HEAD | SMOOTH, PLANNED),
    "equilibria": EQUILIBRIA,
    "rules": (LISTED, MATRIX),
    "replicate": (
        ORIGIN | {"study": str, "design": ANY, "claims": [CLAIMED], "failures": [str]},
        ORIGIN | {"plan": PLAN},
    ),
    "ledger show": ORIGIN | {"ledger": str, "oracles": [LEDGER]},
    "oracle list": ORIGIN | {"kinds": [{"kind": str, "what": str}], "plugins": [PLUGIN]},
    "oracle check": (
        HEAD
        | {"passed": bool, "evaluations": int, "findings": [FINDING], "effects": (EFFECTS, None)},
        PLANNED,
    ),
}
MEANING = {  # of the keys that all answers, or all of scenarios, begin with
    "version": "Of coopetition.",
    "command": "As it was typed.",
    "digest": "Names what was solved, options and the code of custom rules included: 16 digits.",
    "seed": "Of all that is drawn at random.",
    "mechanism": "The table [mechanism] that was in force, all of it; what is varied or designed "
    "stands elsewhere. Null where there is none.",
    "scenario": "Its name.",
    "currency": "Of all money.",
    "overrides": "What an option replaced: the scenario's value and the one used.",
    "notes": "What was taken without being stated, such as blank cells.",
}
_TYPES = {None: "null", str: "string", int: "integer", float: "number", bool: "boolean"}


def schema(form: Any) -> dict[str, Any]:
    """Return the JSON Schema of a form.

    Examples
    --------
    >>> schema({"regret": [(float, None)], "note?": {"a", "b"}})
    {'type': 'object',
     'properties': {'regret': {'type': 'array', 'items': {'type': ['number', 'null']}},
                    'note': {'enum': ['a', 'b']}},
     'required': ['regret'], 'additionalProperties': False}
    """
    if form is ANY:
        return {}
    if isinstance(form, tuple):
        if all(one is None or (isinstance(one, type) and one is not ANY) for one in form):
            return {"type": [_TYPES[one] for one in form]}
        return {"anyOf": [schema(one) for one in form]}
    if isinstance(form, list):
        return {"type": "array", "items": schema(form[0])}
    if isinstance(form, set):
        return {"enum": sorted(form)}
    if not isinstance(form, dict):
        return {"type": _TYPES[form]}
    return {
        "type": "object",
        "properties": {k.rstrip("?"): schema(v) for k, v in form.items() if k != "*"},
        "required": [key for key in form if key != "*" and not key.endswith("?")],
        "additionalProperties": schema(form["*"]) if "*" in form else False,
    }


def schema_of(verb: str) -> dict[str, Any]:
    """Return the JSON Schema of what a verb prints with `--json`, such as `oracle check`."""
    made = schema(FORMS[verb])
    for one in made.get("anyOf", [made]):
        for key, meaning in MEANING.items():
            if key in one["properties"]:
                one["properties"][key] = {"description": meaning} | one["properties"][key]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return head | {"title": f"coopetition {verb} --json"} | made


def write_schemas(folder: Path) -> None:
    """Write every verb's schema into a folder."""
    for verb in FORMS:
        text = json.dumps(schema_of(verb), indent=1) + "\n"
        (folder / f"{verb.replace(' ', '-')}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
