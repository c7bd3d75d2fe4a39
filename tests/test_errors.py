"""The typed errors: what they are, what they carry, and that they travel between processes."""

from __future__ import annotations

import pickle

import pytest

from exactrg import errors
from exactrg.errors import EnumerationTooLarge, ExactRGError, NotExactRGError, ZeroWeightError

ALL = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, ExactRGError)]


def test_one_base_class() -> None:
    assert len(ALL) > 10
    for name in ("InputError", "CouplingError", "SiteError", "SpinError", "LatticeError", "NotPositiveError"):
        assert issubclass(getattr(errors, name), ValueError)
    assert issubclass(errors.MixedKindsError, errors.CouplingError)
    assert issubclass(EnumerationTooLarge, MemoryError) and issubclass(errors.FloatOverflowError, OverflowError)


@pytest.mark.parametrize("n", [1, 10, 40, 63, 1600, 16384, 10**7])
def test_enumeration_too_large_carries_the_sizes(n: int) -> None:
    error = EnumerationTooLarge(n, 26, bytes_per_entry=8, what="a sum", instead="Use less.")
    assert (error.n, error.limit) == (n, 26)
    assert len(str(error)) < 300 and str(error).startswith(f"a sum over {n} spins has 2**{n}")
    assert str(error).endswith("the limit is 26 spins. Use less.")
    if n < 10**5:
        assert error.configurations == 2**n and error.bytes == 8 * 2**n


def test_sizes_in_words() -> None:
    assert "= 1,099,511,627,776 entries and would take 8 TiB" in str(EnumerationTooLarge(40, 26, instead="Less."))
    assert "about 10**18, entries and would take 65,536 PiB" in str(
        EnumerationTooLarge(63, 26, bytes_per_entry=8, instead="Less.")
    )
    assert "would take 512 bytes" in str(EnumerationTooLarge(6, 4, instead="Less."))


def test_an_alternative_must_be_named() -> None:
    with pytest.raises(TypeError, match="instead"):
        EnumerationTooLarge(40, 20)  # type: ignore[call-arg]


def test_pickling() -> None:
    for error in (
        EnumerationTooLarge(40, 20, what="a table", instead="Less."),
        NotExactRGError("no", {0: 1}, 3),
        ZeroWeightError("zero", [{0: 1}]),
        *(kind("text") for kind in ALL if kind not in (EnumerationTooLarge, NotExactRGError)),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error) and again.__dict__ == error.__dict__
        with pytest.raises(type(error)):
            raise again
