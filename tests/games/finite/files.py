"""Random games and .nfg files in every spelling, with the payoffs that each must be read as."""

from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import strategies as st

from coopetition.games.finite.game import FiniteGame

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1)


@st.composite
def games(draw: st.DrawFn, names: st.SearchStrategy[str] = NAMES) -> FiniteGame:
    """Draw a game of 1 to 3 players, of fractions or of floats, with any names."""
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    size = len(shape) * int(np.prod(shape))
    numbers = draw(
        st.sampled_from(
            [
                st.fractions(max_denominator=50),
                st.integers(-(10**20), 10**20).map(Fraction),
                st.floats(-1e300, 1e300).map(lambda x: x + 0.0),  # no −0
            ]
        )
    )
    flat = np.empty(size, dtype=object)
    flat[:] = draw(st.lists(numbers, min_size=size, max_size=size))
    players = draw(st.lists(names, min_size=len(shape), max_size=len(shape), unique=True))
    lists = [draw(st.lists(names, min_size=k, max_size=k, unique=True)) for k in shape]
    title = draw(st.one_of(st.just(""), names))
    return FiniteGame(flat.reshape(len(shape), *shape), players, lists, title=title)


def same(one: FiniteGame, other: FiniteGame) -> bool:
    """Say whether two games are equal in everything, titles too."""
    return (
        (one.tensor.dtype, one.shape, one.players, one.strategies, one.title)
        == (other.tensor.dtype, other.shape, other.players, other.strategies, other.title)
    ) and bool((one.tensor == other.tensor).all())


def comes_back(read: FiniteGame, written: FiniteGame) -> bool:
    """Say whether a file's game is the one that was written: exact, and floats where those were."""
    return read.exact and same(read if written.exact else read.to_floats(), written)


def spelled(rng: np.random.Generator) -> tuple[str, Fraction]:
    """Draw a number in some spelling, and what it is."""
    whole, part = int(rng.integers(-99, 100)), int(rng.integers(0, 100))
    sign = -1 if whole < 0 else 1
    return [
        (f"{whole}", Fraction(whole)),
        (f"{whole}/{part + 1}", Fraction(whole, part + 1)),
        (f"{whole}.{part:02d}", whole + sign * Fraction(part, 100)) if whole else ("0", Fraction()),
        (f".{part:02d}", Fraction(part, 100)),
        (f"{whole}.", Fraction(whole)),
        (f"{whole}e2", Fraction(whole * 100)),
        (f"{whole}.5E-3", (whole + sign * Fraction(1, 2)) / 1000) if whole else ("0", Fraction()),
        (f"{part}E+1", Fraction(part * 10)),
    ][rng.integers(8)]


def nfg_file(seed: int) -> tuple[str, dict[tuple[int, ...], list[Fraction]]]:
    """Draw a .nfg file of any variant, and the payoffs at each profile, by a plain double loop."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 4, rng.integers(1, 4)).tolist()
    size, gap = len(shape), ["\n", " ", "\t", "\r\n", "\n\n "]
    players = " ".join(f'"P\\"{n}"' for n in range(size))
    head = f'NFG 1 {"RD"[rng.integers(2)]} "a \\"title\\""{gap[rng.integers(5)]}{{ {players} }}'
    if rng.random() < 0.5:
        head += f" {{ {' '.join(map(str, shape))} }}"
    else:
        lists = ("{ " + " ".join(f'"s {a}"' for a in range(k)) + " }" for k in shape)
        head += f"{gap[rng.integers(5)]}{{ {' '.join(lists)} }}"
    if rng.random() < 0.5:
        head += ' "a comment, { 1 2 }"'
    profiles = [here[::-1] for here in product(*(range(k) for k in reversed(shape)))]
    if rng.random() < 0.5:
        drawn = [[spelled(rng) for _ in range(size)] for _ in profiles]
        body = gap[rng.integers(5)].join(text for row in drawn for text, _ in row)
        payoffs = [[value for _, value in row] for row in drawn]
    else:
        table = [[spelled(rng) for _ in range(size)] for _ in range(rng.integers(1, 5))]
        between = [", ", " ", ","]
        outcomes = (
            f'{{ "" {between[rng.integers(3)].join(text for text, _ in row)} }}' for row in table
        )
        chosen = rng.integers(0, len(table) + 1, len(profiles)).tolist()
        body = f"{{ {gap[rng.integers(5)].join(outcomes)} }}\n{' '.join(map(str, chosen))}"
        rows = [[Fraction(0)] * size, *([value for _, value in row] for row in table)]
        payoffs = [rows[k] for k in chosen]
    return f"{head}\n{body}\n", dict(zip(profiles, payoffs, strict=True))
