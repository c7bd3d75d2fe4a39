"""The content of tests/golden; `python tests/files/golden_models.py VERSION` writes the files of a new version.

A new version of the kernels has its number before that of the format: ``chains_wolff_KERNELS-VERSION.npz``.
Files of old versions are kept for good: they have to load for ever.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import sympy

from approx import Recipe, fit_rbm, sample, start_chains, write_chains, write_samples
from approx.kernel_versions import SAMPLING, TRAINING
from exactrg import (
    DBN,
    RBM,
    RGOperator,
    SpinPolynomial,
    decimation,
    exp,
    ising,
    majority,
    rectangle,
    ring,
    save,
    square,
)

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


def chains():
    """Chains by each sampler and kernel, after five steps; their files hold what the kernels of a version make."""
    glass = SpinPolynomial({(0, 1): -0.5, (1, 2): 0.75, (0, 2): 1.0, (0, 1, 3): 0.25, ("a",): -0.125, (): 2.0})
    magnet = SpinPolynomial({(0, 1): -0.5, (1, 2): -0.25, (0, 2): -1.0, (3,): 0.5, (2, 3): -0.375})
    cases = {
        "metropolis_lattice": (ising(square(3), 0.375, 0.125), "metropolis"),
        "heat_bath_lattice": (ising(rectangle(3, 2, periodic=False), -0.5), "heat_bath"),
        "metropolis": (glass, "metropolis"),
        "heat_bath": (glass, "heat_bath"),
        "wolff": (magnet, "wolff"),
        "swendsen_wang": (magnet, "swendsen_wang"),
        "tempering": (glass, "tempering"),
        "block_gibbs": (
            RBM([[0.5, -0.25], [1.0, 0.75], [-1.5, 0.0]], [0.125, 0.0], [0.0, 0.5, 0.0], 1.0),
            "block_gibbs",
        ),
    }
    return {name: start_chains(H, 2026, method=method, threads=1).run(1, thin=5) for name, (H, method) in cases.items()}


def samples():
    """Draws of the whole of `approx.sample`: exact ones, and chains with a pilot run."""
    cases = {"perfect": (ising(square(3), 0.125), "perfect"), "wolff": (ising(square(3), 0.5), "wolff")}
    return {name: sample(H, 20, 2026, method=method, packed=True) for name, (H, method) in cases.items()}


def training(path, epochs=2):
    """Train for a few epochs, or go on with the checkpoint; `path` is the checkpoint."""
    spins = np.where(np.random.default_rng(1).random((12, 4)) < 0.5, -1, 1)
    return fit_rbm(spins, 2, recipe=Recipe(batch_size=6, epochs=epochs, l1=0.001), rng=3, threads=1, checkpoint=path)


def write(version):
    """Write all files of a version; existing ones are never touched."""
    for name, some in chains().items():
        path = GOLDEN / f"chains_{name}_{SAMPLING}-{version}.npz"
        if not path.exists():
            write_chains(path, some)
    for name, some in samples().items():
        path = GOLDEN / f"samples_{name}_{SAMPLING}-{version}.npz"
        if not path.exists():
            write_samples(path, some)
    path = GOLDEN / f"training_{TRAINING}-{version}.npz"
    if not path.exists():
        training(path)
    for name, model in models().items():
        for suffix in ("npz", "safetensors"):
            path = GOLDEN / f"{name}-{version}.{suffix}"
            if not path.exists():
                save(model, path)
    print(f"{len(list(GOLDEN.iterdir()))} files, {sum(p.stat().st_size for p in GOLDEN.iterdir())} bytes")


if __name__ == "__main__":
    write(int(sys.argv[1]))
