"""A scenario's content as the text of a file."""

import json
from collections.abc import Mapping
from typing import Any


def toml_text(content: Mapping[str, Any]) -> str:
    r"""Return TOML that says what a scenario's content says: tables, rows, lists and plain values.

    Examples
    --------
    >>> print(toml_text({"name": "two", "competition": {"damage": [[0.0, 0.1], [0.2, 0.0]]},
    ...     "organization": [{"name": "North", "value": 5.0}]}), end="")
    name = "two"
    <BLANKLINE>
    [competition]
    damage = [[0.0, 0.1], [0.2, 0.0]]
    <BLANKLINE>
    [[organization]]
    name = "North"
    value = 5.0
    """
    lines = [f"{_key(key)} = {_value(value)}" for key, value in content.items() if _plain(value)]
    for key, value in content.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{_key(key)}]", *_rows(value)]
        elif not _plain(value):
            for row in value:
                lines += ["", f"[[{_key(key)}]]", *_rows(row)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _plain(value: Any) -> bool:
    rows = isinstance(value, list | tuple) and value and isinstance(value[0], Mapping)
    return not isinstance(value, Mapping) and not rows


def _rows(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()
    return key if bare else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):  # JSON's escapes are TOML's, but for one
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
