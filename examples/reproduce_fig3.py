# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
# %% [markdown]
# # Reproduce Fig. 3, at a reduced size
#
# The paper trains a stack of RBMs on samples of the 40 x 40 Ising model at $J = 0.408$ and looks at the receptive fields of
# its units. `exactrg reproduce fig3` does that in minutes. Here everything is smaller (16 x 16 spins, layers of 64, 16 and
# 4 units, 30 epochs), and **this is not the paper's network**; the results at full size, with seeds and controls, are in
# [docs/figure3.md](../docs/figure3.md).

# %%
import tempfile
from pathlib import Path

from approx import run_figure3
from approx.figure3 import summary

folder = tempfile.TemporaryDirectory()
(measures,) = run_figure3("compact", folder.name, quick=True, seeds=[1])
print(summary(measures))

# %% [markdown]
# All numbers come back as JSON values, and lie in the folder beside the figure. A second call with the same folder reads
# them; a run that was killed goes on from its last epoch.

# %%
print(sorted(str(path.relative_to(folder.name)) for path in Path(folder.name).rglob("*.*")))

# %%
from IPython.display import Image

(picture,) = Path(folder.name).rglob("figure3.png")
Image(picture.read_bytes(), width=900)

# %% [markdown]
# ## What is measured
#
# For each unit: where its receptive field is (appendix B, $r_\ell = W_1 W_2 \dots W_\ell$), its radius of gyration on the
# torus and its participation ratio, the number of sites that it effectively covers. A block spin of Kadanoff's would have a
# radius that doubles from layer to layer and a participation ratio that grows fourfold.

# %%
import numpy as np

for number, layer in enumerate(measures["layers"], start=1):
    radius, sites = (np.array(layer[name], dtype=float) for name in ("radius", "participation"))
    medians = f"median radius {np.nanmedian(radius):.2f}, median sites {np.nanmedian(sites):.1f}"
    print(f"layer {number}: {len(radius):3} units, {medians}")

# %%
import matplotlib.pyplot as plt

from approx.plots import plot_radii, plot_training

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
plot_radii([layer["radius"] for layer in measures["layers"]], left)
_ = plot_training(measures["training"], right)
# %% [markdown]
# ## Reconstructions
#
# How much of the magnetisation of a sample that the network has not seen is left after going up and down again, with spins
# $\pm 1$ in the layer above, and with Kadanoff's majority rule on as many blocks:

# %%
for row in measures["reconstructions"]:
    kept = {way: row[way]["magnetization"] for way in ("spins", "majority") if row[way]}
    print(f"{row['units']:3} units, compression {row['compression']:g}:", {way: round(r, 3) for way, r in kept.items()})

# %% [markdown]
# A receptive field that looks like a block does not make the network an exact RG step: see "Is my RBM an RG?".

# %%
folder.cleanup()
