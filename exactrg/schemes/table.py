"""The table of schemes: ``python -m exactrg.schemes.table`` prints it as Markdown (docs/schemes.md).

For each scheme its fixed point and exponents, and the free-energy ledger: log Z per site against the exact one at
K = 0.3, 0.408, K_c and 0.5, and on which side of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..infinite import critical_coupling as exact_critical_coupling
from . import tensor
from .checkerboard import Checkerboard
from .fixed_points import FixedPoint, critical_coupling, fixed_points
from .flows import log_partition_function
from .hotrg import HOTRG
from .kadanoff_bound import KadanoffBound
from .kadanoff_optimum import optimal_p, stationary_fixed_point
from .migdal_kadanoff import MigdalKadanoff
from .niemeijer_van_leeuwen import NiemeijerVanLeeuwen
from .reference import exact_log_partition_function
from .scheme import Bound, Scheme
from .tensor import TensorScheme
from .trg import TRG

_COUPLINGS = (0.3, 0.408, 0.5)
_ROUNDING = 1e-14


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    label, lattice : str
    fixed_point : dict
        The couplings K*.
    exponents : dict
    critical_coupling : float
        Of the nearest-neighbour model.
    errors : dict
        By coupling: log Z per site minus the exact one.
    bound : "above", "below", "exact" or None
        What is proven of their sign.
    """

    label: str
    lattice: str
    fixed_point: dict[str, float]
    exponents: dict[str, float]
    critical_coupling: float
    errors: dict[float, float]
    bound: Bound

    @property
    def sides(self) -> set[str]:
        """On which sides of the exact values log Z is."""
        errors = [error for error in self.errors.values() if abs(error) > _ROUNDING]
        return {"above" if error > 0 else "below" for error in errors} or {"exact"}

    @property
    def respects_bound(self) -> bool:
        """Whether every error has the sign that is proven."""
        return self.bound is None or self.sides <= {self.bound, "exact"}


def ledger_couplings(lattice: str) -> tuple[float, ...]:
    """K = 0.3, 0.408, K_c of the lattice and 0.5, in increasing order."""
    return tuple(sorted((*_COUPLINGS, float(exact_critical_coupling(lattice)))))


def coupling_row(scheme: Scheme, lattice: str = "") -> Row:
    """Row of a scheme for couplings."""
    return _row(scheme, lattice or scheme.lattice, _critical_point(scheme), lambda K: log_partition_function(scheme, K))


def kadanoff_row() -> Row:
    """Row of Kadanoff's bound: exponents at p*, log Z with the best p at every coupling."""
    best = stationary_fixed_point()

    def log_z(K: float) -> float:
        return float(log_partition_function(KadanoffBound(optimal_p(K)), K))

    row = _row(KadanoffBound(best.p), "square", best.fixed_point, log_z)
    return replace(row, label=f"Kadanoff bound, p* = {best.p:.5f}")


def tensor_row(scheme: TensorScheme) -> Row:
    """Row of a tensor scheme: exponents 2 - x from the transfer matrix of the 8 x 8 torus at the exact K_c."""
    dimensions = tensor.scaling_dimensions(scheme, exact_critical_coupling("square"), 8)
    y_t, y_h = 2 - dimensions["energy"], 2 - dimensions["spin"]
    exponents = {"y_T": y_t, "nu": 1 / y_t, "y_H": y_h, "delta": y_h / (2 - y_h)}
    errors = _errors("square", lambda K: log_partition_function(scheme, K))
    return Row(scheme.label, "square", {}, exponents, critical_coupling(scheme), errors, None)


def rows(*, slow: bool = True) -> Iterator[Row]:
    """All rows; without the slow ones (tensors of bond dimension 16) in a few seconds."""
    yield coupling_row(MigdalKadanoff(2, 2), "square")
    yield coupling_row(MigdalKadanoff(3, 2), "square")
    yield coupling_row(MigdalKadanoff(2, 2, "decimate first"), "square")
    yield coupling_row(Checkerboard())
    yield kadanoff_row()
    for bond_dimension in (8, 16) if slow else (8,):
        yield tensor_row(TRG(bond_dimension))
        yield tensor_row(HOTRG(bond_dimension))
    yield coupling_row(NiemeijerVanLeeuwen(1))
    yield coupling_row(NiemeijerVanLeeuwen(2))


def _critical_point(scheme: Scheme) -> FixedPoint:
    return next(point for point in fixed_points(scheme) if point.phase == "critical")


def _row(scheme: Scheme, lattice: str, point: FixedPoint, log_z: Callable[[float], float]) -> Row:
    couplings = {name: K for name, K in point.couplings.items() if name not in scheme.odd}
    K_c = critical_coupling(scheme)
    return Row(scheme.label, lattice, couplings, point.exponents, K_c, _errors(lattice, log_z), scheme.bound)


def _errors(lattice: str, log_z: Callable[[float], float]) -> dict[float, float]:
    return {K: log_z(K) - exact_log_partition_function(lattice, K) for K in ledger_couplings(lattice)}


def _exact_row(lattice: str) -> list[str]:
    K_c = float(exact_critical_coupling(lattice))
    values = [f"{exact_log_partition_function(lattice, K):.10f}" for K in ledger_couplings(lattice)]
    return ["exact", "", f"{K_c:.7f}", "1", "1", "1.875", "15", *values, ""]


def _cells(row: Row) -> list[str]:
    """Format a row."""
    couplings = ", ".join(
        f"{value:.5f}" if len(row.fixed_point) > 1 else f"{value:.10f}" for value in row.fixed_point.values()
    )
    exponents = [f"{row.exponents[name]:.4f}" if name in row.exponents else "" for name in ("y_T", "nu", "y_H")]
    delta = f"{row.exponents['delta']:.2f}" if "delta" in row.exponents else ""
    errors = [f"{error:+.1e}" for error in row.errors.values()]
    side = " and ".join(sorted(row.sides))
    verdict = f"{side} (proven)" if row.bound and row.respects_bound else side
    return [row.label, couplings, f"{row.critical_coupling:.5f}", *exponents, delta, *errors, verdict]


def _lines(cells: list[list[str]]) -> Iterator[str]:
    for row in cells:
        yield "| " + " | ".join(row) + " |"


def markdown(table: list[Row]) -> str:
    """Render the page."""
    text = [_HEAD]
    for lattice in ("square", "triangular"):
        here = [row for row in table if row.lattice == lattice]
        heads = ["scheme", "K*", "K_c", "y_T", "nu", "y_H", "delta"]
        heads += [f"K = {K:.4g}" + (" = K_c" if K not in _COUPLINGS else "") for K in ledger_couplings(lattice)]
        cells = [[*heads, "side"], ["---"] * (len(heads) + 1), *map(_cells, here), _exact_row(lattice)]
        text += [f"## The {lattice} lattice\n", *_lines(cells), ""]
    return "\n".join([*text, _FOOT])


_HEAD = """# Renormalization schemes

Made by `python -m exactrg.schemes.table > docs/schemes.md`.

K* are the (even) couplings of the critical fixed point, K_c the coupling at which the nearest-neighbour model turns from
disorder to order in the scheme, and the last columns the error of log Z per site (minus the free energy per site, in kT)
against the exact one, whose value is in the last row. "proven" marks the side of the exact value on which log Z is by a
theorem: a log Z that is too large is a lower bound on the free energy. Without the word, it is what was found.
"""

_FOOT = """## What the columns hide

- **Migdal-Kadanoff, move first**: moving equivalent bonds can only raise log Z (Jensen). **Decimate first** has the same
  exponents at twice the coupling (the two orders are conjugate) and is exact on the diamond lattice; on the square lattice
  it is no bound.
- **Checkerboard**: the sum over every second spin is exact; dropping the four-spin coupling and folding the second
  neighbours into the first is not, and at low temperature log Z grows as 3K instead of 2K. No field: the three-spin
  couplings that a field makes have no place.
- **Kadanoff bound**: K* are the couplings of all pairs (K_nn = K_diag) and of four spins of a plaquette. p* makes log Z
  stationary, at fixed couplings, at the fixed point; the errors are those of the best p at each K, one p for all steps.
  The symmetry K_nn = K_diag is imposed (`symmetric=False` lifts it): the fixed point at p* is unstable against their
  difference. The nearest-neighbour model has the symmetry after one exact checkerboard decimation.
- **Niemeijer-van Leeuwen, order 1** is a lower bound on log Z, `<e^V> >= e^<V>`. Order 2, with K_1, K_2, K_3, is none, and is
  good only near and above the critical temperature. K* of order 1 is log(1 + 2 sqrt 2)/4, which is a proof in the tests.
- **TRG, HOTRG** with bond dimensions 8 and 16 have no couplings. y = 2 - x comes from the transfer matrix of the 8 x 8
  torus at the exact K_c and includes what that size changes; K_c is where the truncated flow turns.
"""


def main() -> None:
    """Print the page."""
    table = list(rows())
    wrong = [row.label for row in table if not row.respects_bound]
    if wrong:
        raise SystemExit(f"on the wrong side of the exact value: {', '.join(wrong)}")
    sys.stdout.write(markdown(table))


if __name__ == "__main__":
    main()
