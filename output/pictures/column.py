"""A column of a table by organization: the picture of a result that has no other."""

from functools import partial
from typing import TYPE_CHECKING, Any

from coopetition.output.formats import plain

if TYPE_CHECKING:
    from coopetition.output.table import Table


def columns_drawn(table: "Table") -> dict[str, Any]:
    """Return a function for each column of numbers, where each row is of an organization."""
    rows = next((c.values for c in table.columns if c.key == "organization"), ())
    if not rows or None in rows or len(set(rows)) < len(rows):
        return {}
    return {
        column.key: partial(_draw, table, column.key)
        for column in table.columns
        if column.kind == "number" and all(_number(value) for value in column.values)
    }


def _number(value: Any) -> bool:
    return isinstance(plain(value), (int, float)) and not isinstance(plain(value), bool)


def _draw(table: "Table", key: str, result: Any, *, ax: Any = None) -> Any:
    import numpy as np

    from coopetition.output.pictures.organizations import Numbers, draw_by_organization, height
    from coopetition.output.pictures.style import axes_for, finish, look

    names, column = (next(c for c in table.columns if c.key == k) for k in ("organization", key))
    axes = axes_for(ax, 1, (7.0, height(len(names.values))))
    group = Numbers(column.head, np.array(column.values, dtype=float), look(0))
    title = f"{column.head[0].upper()}{column.head[1:]}"
    caption, _ = draw_by_organization(
        axes[0], list(map(str, names.values)), [group], column.unit, title=title
    )
    axes[0].get_legend().remove()  # it would say the title again
    return finish(axes, ax is None, table.title, caption)
