"""Who pays whom as arrows on a ring: payers at the left, those who receive at the right."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import legend, named
from coopetition.output.pictures.style import BLUE, DARK, GRAY, LIGHT, VERMILLION
from coopetition.output.pictures.units import Scale
from coopetition.studies.pictures.payments import Payments

BROAD = 9.0  # points: the arrow of the largest amount
NODE = 9.0  # points across a mark
APART = 3.0  # points between texts
ALONG = (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78)  # where an amount may stand
BEND = 0.12  # of an arrow's length
ALL, SHARE = 21, 0.8  # so many arrows, or those that make up so much, have color and a number


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle in points, from the middle of the panel."""

    x: float
    y: float
    width: float
    height: float

    def touches(self, other: "_Box") -> bool:
        across = abs(self.x - other.x) < 0.5 * (self.width + other.width) + APART
        return across and abs(self.y - other.y) < 0.5 * (self.height + other.height) + APART


def draw_arrows(axis: Any, paid: Payments, scale: Scale) -> str:
    """Draw up to about 12 organizations, and return what a caption says of the amounts.

    Everything is placed in points, so that texts can be kept apart: the panel must have its final
    size.
    """
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)
    frame = axis.get_window_extent()
    size = np.array([frame.width, frame.height]) * 72 / axis.figure.dpi
    axis.set_xlim(-size[0] / 2, size[0] / 2)
    axis.set_ylim(-size[1] / 2, size[1] / 2)
    angles = _angles(paid)
    texts = [named(name) for name in paid.organizations]
    for n, net in enumerate(paid.net):
        if net:
            texts[n] += f"\n{'receives' if net > 0 else 'pays'} {amount(scale, abs(net))}"
    if paid.pool.any():
        texts.append(_pool_text(paid, scale))
    places, taken = _place_names(axis, texts, angles, size)
    _draw_nodes(axis, paid, places)
    return _draw_amounts(axis, paid, places, taken, scale)


def amount(scale: Scale, value: float) -> str:
    """Return an amount in the picture's unit, with three digits."""
    return scale.text(float(f"{value:.3g}"))


def _pool_text(paid: Payments, scale: Scale) -> str:
    if not paid.deficit or abs(paid.deficit) <= 1e-9 * np.abs(paid.pool).sum():
        return paid.pool_name
    word = "needs" if paid.deficit > 0 else "keeps"
    return f"{paid.pool_name}\n{word} {amount(scale, abs(paid.deficit))}"


def _angles(paid: Payments) -> Array:
    """Return where each stands, radians: payers at the left, from above; the pool is last.

    A pool between which and everybody all is paid stands in the middle: NaN.
    """
    size, lonely = len(paid.organizations), bool(paid.pool.any()) and not paid.flows.any()
    among = bool(paid.pool.any()) and not lonely
    step = 2 * np.pi / (size + among)
    payers = int((paid.net < 0).sum())
    receivers = size - payers
    if among:  # below, between the last payer and the last who receives
        left = 1.5 * np.pi - step * (payers - np.arange(payers))
        right = 1.5 * np.pi + step * (1 + np.arange(receivers))
        return np.concatenate((left, right, [1.5 * np.pi]))
    left = np.pi + step * (np.arange(payers) - (payers - 1) / 2)
    right = step * (np.arange(receivers) - (receivers - 1) / 2)
    return np.concatenate((left, right, [np.nan] * lonely))


def _place_names(
    axis: Any, texts: list[str], angles: Array, size: Array
) -> tuple[Array, list[_Box]]:
    """Put names outside of the largest ring for which they fit; return marks and what is taken."""
    figure = axis.figure
    across, up = np.nan_to_num(np.cos(angles)), np.nan_to_num(np.sin(angles))
    side = np.where(np.abs(across) < 0.15, 0, np.sign(across)).astype(int)
    aligned = {0: "center", 1: "left", -1: "right"}
    shown, sizes = [], []
    for n, text in enumerate(texts):
        middle = np.isnan(angles[n])
        artist = axis.text(
            0, 0, text, fontsize=8.5, color=DARK, linespacing=1.1,
            ha="center" if middle else aligned[side[n]], va="center", zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )  # fmt: skip
        box = artist.get_window_extent()
        shown.append(artist)
        sizes.append((box.width * 72 / figure.dpi, box.height * 72 / figure.dpi))
    room, gap = size / 2, NODE
    radius = room - gap
    for n, (width, height) in enumerate(sizes):
        if np.isnan(angles[n]):
            continue
        beyond = width if side[n] else width / 2
        above = height / 2 + abs(up[n]) * height / 2 if side[n] else height
        if abs(across[n]) > 1e-9 and side[n]:
            radius[0] = min(radius[0], (room[0] - gap - beyond) / abs(across[n]))
        if abs(up[n]) > 1e-9:
            radius[1] = min(radius[1], (room[1] - gap - above) / abs(up[n]))
    radius = np.maximum(radius, 0.15 * size)
    places = np.column_stack((radius[0] * across, radius[1] * up))
    taken = []
    for n, (artist, (width, height)) in enumerate(zip(shown, sizes, strict=True)):
        x, y = places[n]
        if np.isnan(angles[n]):
            y -= gap + height / 2
        elif side[n]:
            x, y = x + side[n] * gap, y + up[n] * height / 2
        else:
            y += np.sign(up[n]) * (gap + height / 2)
        artist.set_position((x, y))
        middle = x + (side[n] * width / 2 if not np.isnan(angles[n]) else 0.0)
        taken += [
            _Box(middle, y, width, height),
            _Box(float(places[n, 0]), float(places[n, 1]), NODE, NODE),
        ]
    return places, taken


def _draw_nodes(axis: Any, paid: Payments, places: Array) -> None:
    size, net = len(paid.organizations), paid.net
    kinds = (
        ("pays on balance", net < 0, {"marker": "s", "color": VERMILLION}),
        ("receives on balance", net > 0, {"marker": "o", "mfc": "white", "color": BLUE}),
        ("neither", net == 0, {"marker": ".", "color": GRAY}),
    )
    for name, who, style in kinds:
        if who.any():
            axis.plot(*places[:size][who].T, ls="", ms=NODE, mew=2, zorder=5, label=name, **style)
    if len(places) > size:
        axis.plot(*places[-1], ls="", ms=NODE + 2, marker="D", mfc="white", color=GRAY, zorder=5)
    legend(axis)


def _draw_amounts(axis: Any, paid: Payments, places: Array, taken: list[_Box], scale: Scale) -> str:
    """Draw all arrows, the smaller ones above, and the amounts that find room."""
    from matplotlib.patches import FancyArrowPatch

    payer, payee, amounts = _arrows(paid)
    if not amounts.size:
        return "Nobody pays anybody on balance."
    strong = amounts.size
    if strong > ALL:
        strong = 1 + int(np.argmax(np.cumsum(amounts) >= SHARE * amounts.sum()))
    printed: list[int] = []
    for k, (a, b, value) in enumerate(zip(payer, payee, amounts, strict=True)):
        thick = max(0.8, BROAD * value / amounts[0])
        start, end = places[a], places[b]
        color = GRAY if max(a, b) == len(paid.organizations) else BLUE
        axis.add_patch(FancyArrowPatch(
            start, end, connectionstyle=f"arc3,rad={BEND}", shrinkA=NODE, shrinkB=NODE - 1,
            arrowstyle=f"simple,tail_width={thick},head_width={thick + 5},"
            f"head_length={min(6 + thick, 0.4 * np.hypot(*(end - start)))}",
            mutation_scale=1.0, facecolor=color if k < strong else LIGHT, edgecolor="white",
            lw=0.5 if k < strong else 0.2, alpha=0.85, zorder=(2 if k < strong else 1) + k / 1e3,
        ))  # fmt: skip
        if k < strong and _print(axis, amount(scale, float(value)), start, end, taken):
            printed.append(k)
    left = np.delete(amounts, printed)
    if not left.size:
        return ""
    share = amounts[printed].sum() / amounts.sum()
    return (
        f"{len(printed)} of {len(amounts)} amounts have a number, {100 * share:.0f} % of all that "
        f"is paid; each of the others is at most {amount(scale, float(left[0]))}."
    )


def _print(axis: Any, text: str, start: Array, end: Array, taken: list[_Box]) -> bool:
    """Print an amount on its arrow where there is room; say whether there is."""
    note = axis.text(
        0, 0, text, fontsize=8, color=DARK, ha="center", va="center", zorder=7,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
    )  # fmt: skip
    box = note.get_window_extent()
    width, height = (72 / axis.figure.dpi * side for side in (box.width, box.height))
    for share in ALONG:
        spot = _Box(*_along(start, end, share), width, height)
        if not any(spot.touches(other) for other in taken):
            note.set_position((spot.x, spot.y))
            taken.append(spot)
            return True
    note.remove()
    return False


def _arrows(paid: Payments) -> tuple[Any, Any, Array]:
    """Return payers, payees and amounts, largest first; the pool has the number after the last."""
    size = len(paid.organizations)
    whole = np.zeros((size + 1, size + 1))  # what the row pays the column
    whole[:size, :size] = np.maximum(paid.flows.T, 0.0)
    whole[size, :size], whole[:size, size] = np.maximum(paid.pool, 0), np.maximum(-paid.pool, 0)
    payer, payee = np.nonzero(whole)
    order = np.argsort(-whole[payer, payee], kind="stable")
    return payer[order], payee[order], whole[payer, payee][order]


def _along(start: Array, end: Array, share: float) -> tuple[float, float]:
    """Return a point of matplotlib's arc3: a parabola, its control point beside the middle."""
    across, up = end - start
    control = 0.5 * (start + end) + BEND * np.array([up, -across])
    point = (1 - share) ** 2 * start + 2 * share * (1 - share) * control + share**2 * end
    return float(point[0]), float(point[1])
