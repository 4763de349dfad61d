"""A checker of the part of JSON Schema that docs/schemas uses."""

from typing import Any

KINDS: dict[str, type | tuple[type, ...]] = {
    "null": type(None),
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
KNOWN = {"$schema", "title", "description", "type", "enum", "anyOf", "items"}
KNOWN |= {"properties", "required", "additionalProperties"}


def faults(value: Any, schema: Any, where: str = "$") -> list[str]:
    """Return what a value breaks of a schema, empty if nothing; unknown keywords are an error."""
    if isinstance(schema, bool):
        return [] if schema else [f"{where} is not allowed"]
    assert schema.keys() <= KNOWN, schema
    if "anyOf" in schema:
        tried = [faults(value, one, where) for one in schema["anyOf"]]
        return min(tried, key=len)
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{where} is {value!r}"]
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_is(value, name) for name in names):
            return [f"{where} is {value!r:.60}, not {' or '.join(names)}"]
    found = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [
            f"{where}.{key} is missing" for key in schema.get("required", ()) if key not in value
        ]
        for key, part in value.items():
            found += faults(
                part, known.get(key, schema.get("additionalProperties", True)), f"{where}.{key}"
            )
    if isinstance(value, list) and "items" in schema:
        for k, part in enumerate(value):
            found += faults(part, schema["items"], f"{where}[{k}]")
    return found


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, KINDS[name])
