"""Structure-aware damage to JSON texts: every kind of thing that can be wrong with one."""

import json
import random
from copy import deepcopy
from typing import Any

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, -0.0, 0.5, 1e308, 1e-320, 10**30, 2**63, -(2**63), float("nan"),
    float("inf"), float("-inf"), "", "0.5", "<b>1</b>", "\x1b[31mred", "\ud800", "\u202ename",
    "x" * 500, [], {}, [[]], [None], {"": 1}, ["a", 1], "ok", "banana", [1e400], {"gain": {}},
)  # fmt: skip
RAW = (
    "", " ", "\ufeff{}", "[]", "null", "{}{}", '{"a":1,}', "{'a':1}", "[" * 5000, "NaN", "{" * 999
)  # fmt: skip
KEYS = ("extra", "\x07", "\ud800", "seed ", "GAIN")


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            found += _places(part, (*path, key))
    return found


def damaged(text: str, rng: random.Random) -> str:
    """Return a JSON text with a few things changed, in what it means or how it is written."""
    if rng.random() < 0.05:
        return rng.choice(RAW)
    body = json.loads(text)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        path = rng.choice(_places(body)[1:] or [()])
        if not path:
            continue
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        what = rng.random()
        if what < 0.6:
            holder[path[-1]] = deepcopy(rng.choice(NASTY))
        elif what < 0.75:
            del holder[path[-1]]
        elif isinstance(holder, dict):
            holder[rng.choice(KEYS)] = deepcopy(rng.choice(NASTY))
        else:
            holder += [deepcopy(rng.choice(NASTY))] * rng.choice((1, 3, 100))
    said = json.dumps(body, ensure_ascii=rng.random() < 0.7)
    what = rng.random()
    if what < 0.04:
        return said[: rng.randrange(len(said) + 1)]
    if what < 0.08 and '":' in said:  # a key that occurs twice
        return said.replace("{", '{"status": "ok", "status": "ok", ', 1)
    if what < 0.12:
        k = rng.randrange(len(said) + 1)
        return said[:k] + rng.choice('"{}[],:\\\x00\x1bé0') + said[k:]
    return said
