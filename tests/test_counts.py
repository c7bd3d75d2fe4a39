"""Counts that a caller gives."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from exactrg.counts import require_count
from exactrg.errors import InputError


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3)])
def test_a_count_is_an_int(value: Any) -> None:
    for least, most in ((0, None), (3, None), (3, 3)):
        count = require_count("n", value, least, most)
        assert count == 3 and type(count) is int


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None, 4, -1])
def test_anything_else_is_refused(value: Any) -> None:
    for least, most, text in ((5, None, "of at least 5"), (0, 3, "from 0 to 3")):
        with pytest.raises(InputError, match=re.escape(f"n must be an int {text}, got {value!r}")):
            require_count("n", value, least, most)
