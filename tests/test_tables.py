"""The tables of pages are what the code says."""

import pytest

from tests.tables import TABLES, page


@pytest.mark.parametrize("name", TABLES)
def test_a_page_shows_the_table_that_the_code_says(name: str) -> None:
    stands, wanted = page(name)
    assert stands == wanted
