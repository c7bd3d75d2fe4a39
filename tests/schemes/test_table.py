"""The table of the docs: bounds on the right side in every row, and the page is what the command prints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exactrg import infinite
from exactrg.schemes import table

PAGE = Path(__file__).parents[2] / "docs" / "schemes.md"


@pytest.fixture(scope="module")
def rows() -> list[table.Row]:
    return list(table.rows(slow=False))


def test_bounds_are_on_the_right_side(rows: list[table.Row]) -> None:
    assert {row.bound for row in rows} == {"above", "below", None}
    for row in rows:
        assert row.respects_bound
        if row.bound:
            assert row.sides == {row.bound}
            wrong = replace(row, errors={K: -error for K, error in row.errors.items()})
            assert not wrong.respects_bound


def test_ledger_couplings() -> None:
    assert table.ledger_couplings("square") == (0.3, 0.408, float(infinite.critical_coupling()), 0.5)


def test_the_page_is_up_to_date(rows: list[table.Row]) -> None:
    """All lines but those of bond dimension 16, which take a minute."""
    page = PAGE.read_text(encoding="utf-8").splitlines()
    for line in table.markdown(rows).splitlines():
        assert line in page


@pytest.mark.slow
def test_the_whole_page() -> None:
    assert table.markdown(list(table.rows())) == PAGE.read_text(encoding="utf-8")
