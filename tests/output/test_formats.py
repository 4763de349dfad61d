"""Columns of numbers as people read them: near what they are, apart where they differ, signed."""

from itertools import combinations
from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.output.formats import COLUMN, ROW, SAME, decimals_of, formatted
from coopetition.output.html import html
from coopetition.output.latex import latex
from coopetition.output.table import Column, Table
from coopetition.output.terminal import aligned, terminal_text
from tests.campaign import draws

NUMBERS = st.one_of(
    st.floats(-1e12, 1e12, allow_nan=False),
    st.integers(-(10**6), 10**6).map(float),
    st.integers(1, 999).map(lambda n: n / 1000),
)


def read(text: str) -> float:
    """Return the number that a text says."""
    return float(text.replace(",", ""))


@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_a_number_reads_as_what_it_is(values: list[float]) -> None:
    texts, largest = formatted(values), max(map(abs, values))
    for value, text in zip(values, texts, strict=True):
        if text == "0":
            assert abs(value) <= max(COLUMN * largest, 5e-13)
        else:
            assert read(text) == pytest.approx(value, rel=0.05)
            assert (text[0] == "-") == (value < 0)


@given(st.lists(NUMBERS, min_size=2, max_size=6, unique=True))
def test_numbers_that_differ_look_different(values: list[float]) -> None:
    texts, largest = formatted(values), max(map(abs, values))
    for (a, said), (b, other) in combinations(zip(values, texts, strict=True), 2):
        if abs(a - b) > SAME * largest and largest > 1e-6:
            assert said != other


@given(st.lists(NUMBERS, min_size=1, max_size=5), st.integers(0, 6))
def test_decimals_are_as_many_as_are_asked(values: list[float], decimals: int) -> None:
    for value, text in zip(values, formatted(values, decimals=decimals), strict=True):
        if text != "0":
            assert len(text.partition(".")[2]) == decimals
            assert abs(read(text) - value) <= 0.5 * 10.0**-decimals + 1e-15 * abs(value)


def test_rounding_beside_a_large_number_of_its_row_is_nothing_and_more_is_something() -> None:
    just, more = 0.99 * ROW * 4e7, 1.01 * ROW * 4e7
    assert formatted([just, -just, more], scales=[4e7] * 3)[:2] == ["0", "0"]
    assert formatted([more], scales=[4e7]) != ["0"]
    columns = (Column("n", "n", ["A"], kind="name"), Column("w", "w", [4e7], "EUR"),
               Column("d", "d", [just], "EUR"), Column("share", "share", [just]))  # fmt: skip
    deficit, pure = Table("", columns).cells().rows[0][2:]
    assert deficit == "0"
    assert read(pure) == pytest.approx(just, rel=0.01)  # a pure number has no scale of money


def test_cents_end_where_they_say_nothing() -> None:
    assert formatted([99_999.25]) == ["99,999.25"]
    assert formatted([100_000.25]) == ["100,000"]
    assert decimals_of([100_000.25, 100_000.5]) == 1  # but tell two apart
    assert formatted([9.87654]) == ["9.877"]
    assert formatted([float("nan"), float("inf"), None, 1.0]) == ["–", "–", "–", "1"]


def a_table(rng: np.random.Generator) -> Table:
    size, many = int(rng.integers(1, 6)), int(rng.integers(1, 12))
    names = ["名" * int(rng.integers(1, 20)) if rng.random() < 0.3 else f"name {n} " + "x" * n * 5
             for n in range(size)]  # fmt: skip
    numbers = rng.standard_normal((many, size)) * 10.0 ** rng.integers(-3, 10, (many, 1))
    columns = [Column(f"c{k}", f"column {k}", row.tolist(), "EUR" * (k % 2), rank=k % 4)
               for k, row in enumerate(numbers)]  # fmt: skip
    notes = Column("note", "note", ["a note " * int(rng.integers(0, 9))] * size, kind="note")
    return Table("A title", (Column("name", "name", names, kind="name"), *columns, notes))


@pytest.mark.parametrize("seed", range(draws(15, 300)))
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_and_what_is_left_out_is_said(seed: int, width: int) -> None:
    from rich.cells import cell_len

    table = a_table(np.random.default_rng(seed))
    lines = terminal_text(table, width).splitlines()
    assert max(map(cell_len, lines)) <= width
    head = lines[1]
    said = " ".join(" ".join(lines).split())
    for column in table.columns:
        if column.known and column.kind == "number":
            left_out = f"{column.head}," in said or f"{column.head}." in said
            assert (column.head in head) != left_out
    whole = terminal_text(table, 10_000).splitlines()
    assert all(column.head in whole[1] for column in table.columns if column.known)


def test_a_row_of_every_form_says_the_same_numbers() -> None:
    table = a_table(np.random.default_rng(3))
    for row in table.cells().rows:
        for text in row[1:]:
            if isfinite(read(text)) and "e" not in text:
                assert text.removeprefix("-") in terminal_text(table)
                assert text.removeprefix("-") in html(table)
                assert text.removeprefix("-").replace(",", "{,}") in latex(table) or (
                    text in latex(table)
                )


PAYOFFS = Table(
    "Payoffs",
    (
        Column("organization", "organization", ["North", "A much longer name than that"],
               kind="name"),
        Column("payoff", "payoff", [10.5, 1200.25], "EUR"),
        Column("verdict", "verdict", ["holds", "fails"], kind="text", rank=1),
        Column("share", "share", [0.5, None], kind="share", rank=2),
    ),
)  # fmt: skip


def test_words_stand_left_numbers_right_and_units_below_their_heads() -> None:
    assert terminal_text(PAYOFFS).splitlines() == [
        "Payoffs",
        "organization                    payoff  verdict  share",
        "                                   EUR",
        "North                            10.50  holds      0.5",
        "A much longer name than that  1,200.25  fails        –",
    ]
    bare = Table("", (PAYOFFS.columns[0], PAYOFFS.columns[3]))
    assert terminal_text(bare).splitlines()[:2] == [
        "organization                  share",
        "North                           0.5",
    ]


def test_a_table_that_just_fits_is_whole_and_one_that_just_does_not_says_what_is_gone() -> None:
    whole = terminal_text(PAYOFFS)
    width = max(map(len, whole.splitlines()))
    assert terminal_text(PAYOFFS, width) == whole
    narrow = terminal_text(PAYOFFS, width - 11)  # names are cut before a column goes
    assert "share" not in narrow.splitlines()[1]
    assert "Left out for want of width: share." in " ".join(narrow.split())
    assert "Left out" not in whole


def test_notes_stand_behind_their_rows_or_below() -> None:
    notes = Column("note", "note", ["said of one", None], kind="note")
    table = Table("", (*PAYOFFS.columns[:2], notes))
    assert terminal_text(table).splitlines()[2] == (
        "North                            10.50  said of one"
    )
    assert terminal_text(table, 45).splitlines()[-1] == "North: said of one."


def test_rows_are_aligned_by_their_widest() -> None:
    assert aligned([("a", "bb", "c"), ("dddd", "e", "f")]).splitlines() == [
        "  a     bb  c", "  dddd  e   f",
    ]  # fmt: skip


def test_an_error_is_known_to_two_digits_and_small_numbers_to_four() -> None:
    assert formatted([0.2134, 12.0], kind="error") == ["0.21", "12"]
    assert formatted([0.2134, 12.0], kind="error", decimals=3) == ["0.213", "12.000"]
    assert formatted([0.012345]) == ["0.01235"]  # four digits of the largest
    assert formatted([0.012345, 0.00071]) == ["0.01235", "0.00071"]
    assert formatted([12.5, 0.00071]) == ["12.50000", "0.00071"]  # two of the smallest
    assert decimals_of([None]) == 0
