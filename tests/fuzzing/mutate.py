"""Changes of nested content and of texts: types, values, keys, lengths, letters."""

import copy
import json
import math
from collections.abc import Iterator
from random import Random
from typing import Any

NUMBERS: list[Any] = [
    0, -0.0, 1, -1, 0.5, 1.5, 2, 3, -3.25, 1e-300, 1e-12, 1e-9, 1e6, 1e9, 1e12, 1e29, 1e31, -1e30,
    1e300, math.nan, math.inf, -math.inf, 2**63, 10**400, 999_999,
]  # fmt: skip
TEXTS = [
    "", " ", "North", " North ", "North\u200b", "No\u0308rth", "Nörth", "\u00a0", "北京", "=1+1",
    "@x", "-5", "a|b", "$x_1$", "\x1b[2J", "\x9b31m", "\u202eabc", "a\nb", "a\tb", "\x00", "nan",
    "1e5", "none", "nash", "walker", "nosuch:thing", "../x", "x" * 3000, "%s{0}", "/dev/zero",
]  # fmt: skip
OTHERS: list[Any] = [True, False, [], [1], [[1]], [[0, 1], [1, 0]], [1, 2, 3], {}, {"a": 1}, [{}]]
LETTERS = ["\x00", "\x1b", "\ufeff", "'", '"', "\\", "[", "]", "{", "}", "=", ",", ";", "\n", "\r",
           "-", "+", "e", "9", ".", "#", "\t", "é", "\u200b", "inf", "nan", "_", "1/0"]  # fmt: skip

Place = tuple[Any, Any]  # a container, and a key or position in it


def places(content: Any) -> Iterator[Place]:
    """Yield every place of nested content."""
    if isinstance(content, dict | list):
        for key in list(content) if isinstance(content, dict) else range(len(content)):
            yield content, key
            yield from places(content[key])


def value(rng: Random, surrogates: bool = False) -> Any:
    """Return something else."""
    kind = rng.random()
    if surrogates and kind < 0.05:
        return "\ud800x"
    if kind < 0.6:
        return rng.choice(NUMBERS)
    return copy.deepcopy(rng.choice(TEXTS if kind < 0.85 else OTHERS))


def mutate(rng: Random, content: Any, surrogates: bool = False) -> Any:
    """Return nested content with one place changed."""
    content = copy.deepcopy(content)
    found = list(places(content))
    if not found:
        return value(rng, surrogates)
    holder, key = rng.choice(found)
    old, kind = holder[key], rng.randrange(9)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict) and key:
        word = str(key)
        at = rng.randrange(len(word))
        new = rng.choice([word[:at] + word[at + 1 :], word.upper(), word + " ", "nosuch"])
        holder[new] = holder.pop(key)
    elif kind == 2 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(old))
    elif kind == 3:
        holder[key] = [old]
    elif kind in (4, 5) and type(old) in (int, float) and not abs(old) > 1e30:
        holder[key] = rng.choice([-old, old * 10 ** rng.randint(-9, 9), float(old), str(old), 0])
    elif kind == 6 and isinstance(holder, list):
        rng.shuffle(holder)
    else:
        holder[key] = value(rng, surrogates)
    return content


def garble(rng: Random, text: str) -> str:
    """Return a text with a few letters changed."""
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:at] + text[at + rng.choice([1, 3, 20]) :]
        elif kind == 1:
            text = text[:at] + text[max(0, at - rng.choice([1, 10])) :]
        else:
            text = text[:at] + rng.choice(LETTERS) + text[at + (kind == 2) :]
    return text


def damaged(rng: Random, text: str) -> bytes:
    """Return the bytes of a text, garbled or in another encoding once in a while."""
    kind = rng.randrange(60)
    if kind == 0:
        return text.encode("utf-16")
    if kind == 1:
        return text.encode("latin-1", "replace") + b"\xff"
    if kind == 2:
        return text.replace("\n", "\r\n").encode("utf-8-sig", "replace")
    if kind < 6:
        text = garble(rng, text)
    return text.encode("utf-8", "surrogatepass" if rng.random() < 0.2 else "replace")


def toml(content: dict[str, Any]) -> str:
    """Return content as TOML, all tables inline."""
    return "".join(f"{_key(key)} = {_toml(item)}\n" for key, item in content.items())


def _key(key: Any) -> str:
    return json.dumps(str(key), ensure_ascii=False).replace("\x7f", "?")


def _toml(item: Any) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, float):
        return repr(item)
    if isinstance(item, int):
        return str(item)
    if isinstance(item, dict):
        return f"{{{', '.join(f'{_key(key)} = {_toml(part)}' for key, part in item.items())}}}"
    if isinstance(item, list):
        return f"[{', '.join(map(_toml, item))}]"
    return _key(item)
