"""The models behind tests/golden; `python tests/files/golden_models.py VERSION` writes the files of a new version.

Files of old versions are kept for good: they have to load for ever.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sympy

from exactrg import DBN, RBM, RGOperator, SpinPolynomial, decimation, exp, ising, majority, ring, save

GOLDEN = Path(__file__).parent.parent / "golden"
J, K = sympy.Symbol("J", real=True), sympy.Symbol("K", positive=True)
LOG = sympy.log(sympy.Rational(3, 2))


def models():
    """Each model by the name of its file, without version and suffix."""
    half = sympy.log(1 + sympy.sqrt(2)) / 2
    cosh = sympy.log(sympy.cosh(2 * J)) / 2
    return {
        "polynomial-float": SpinPolynomial({(0, 1): -0.1, ("a",): 1 / 3, (): 1e-300}, sites=["a", 1, 0, (2, ("b", 3))]),
        "polynomial-exact": SpinPolynomial({(0, 1): -half, (0,): LOG / 3}),
        "polynomial-symbols": SpinPolynomial({(0, 1): -J + cosh, (0,): K / 2, (1,): sympy.atanh(sympy.tanh(J) ** 2)}),
        "polynomial-integers": SpinPolynomial({(0, 1): -(10**25), (): 3}),
        "rbm-float": RBM([[0.1, -0.2], [1 / 3, 5e-324], [7, -1e300]], [0.5, 0], [0, 1, 2], -0.25),
        "rbm-exact": RBM([[LOG, -LOG]], [0, half], visible=["v"]),
        "rbm-symbols": RBM([[J, 0], [K, -J]], [0, J / 2], constant=-2 * sympy.log(2)),
        "dbn-float": DBN([RBM([[0.5], [-0.25]], [0.125]), RBM([[2.0, 3.0]])]),
        "dbn-symbols": DBN([RBM([[J], [K]]), RBM([[J]])]),
        "operator-energy": RGOperator.from_energy(RBM([[J], [0], [J]], [K]), ising(ring(3), J)),
        "operator-polynomial": RGOperator.from_energy(SpinPolynomial({(0, "h"): 0.5}), ising(ring(2), 0.25)),
        "operator-zeros": decimation([0, 1, 2], [1]),
        "operator-majority": majority([[0, 1], [2, 3]]),
        "weight-float": exp(SpinPolynomial({(0, 1): 0.5, (1,): -1000.0})),
        "weight-symbols": exp(-ising(ring(3), J)),
    }


def same(left, right):
    """Whether two models are equal, kinds, sites and the order of sites included."""
    if type(left) is not type(right) or repr(left) != repr(right):
        return False
    if isinstance(left, DBN):
        return left.layers == right.layers and all(map(same, left.rbms, right.rbms))
    if isinstance(left, RGOperator):
        if left.parts is not None:
            return right.parts is not None and all(map(same, left.parts, right.parts))
        return right.parts is None and same(left.weight, right.weight) and left.visible == right.visible
    if left.sites != right.sites or left.kind != right.kind or left != right:
        return False
    if isinstance(left, RBM):
        pairs = zip((left.w, left.b, left.c), (right.w, right.b, right.c), strict=True)
        return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs if a.dtype != object)
    return True


def write(version):
    """Write all files of a version; existing ones are never touched."""
    for name, model in models().items():
        for suffix in ("npz", "safetensors"):
            path = GOLDEN / f"{name}-{version}.{suffix}"
            if not path.exists():
                save(model, path)
    print(f"{len(list(GOLDEN.iterdir()))} files, {sum(p.stat().st_size for p in GOLDEN.iterdir())} bytes")


if __name__ == "__main__":
    write(int(sys.argv[1]))
