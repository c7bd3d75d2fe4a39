"""``exactrg train``: a deep belief network on a file of samples, by contrastive divergence (section IV, appendix A)."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from .commands_streams import say
from .errors import OutputExistsError
from .progress import Bar

_EXAMPLES = """\
examples:
  exactrg sample --size 40 --coupling 0.408 --count 40000 --out ising.npz
  exactrg train ising.npz --sizes 400 100 25 --out network.safetensors
  exactrg train ising.npz --sizes 400 --recipe paper --epochs 20 --seed 1 --out rbm.npz --json

Ctrl-C (or worse) loses no finished epoch: the same command goes on from FILE.checkpoint.*, to the same bits.
In Python: exactrg.load("network.safetensors") is a DBN in the paper's sign and +-1 units.

exit codes: 0 written; 2 bad arguments, or a file that cannot be read or written; 130 interrupted
"""


def add_train(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "train",
        help="train a deep belief network on samples",
        description="Train RBMs by contrastive divergence, each on the hidden units of the one below, and save the stack.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", metavar="SAMPLES", help="file of `exactrg sample`")
    parser.add_argument("--sizes", type=int, nargs="+", required=True, metavar="N", help="hidden units of each layer")
    parser.add_argument(
        "--out", required=True, metavar="FILE", help="model to write, .safetensors or .npz; must not exist"
    )
    parser.add_argument(
        "--recipe",
        choices=("compact", "paper"),
        default="compact",
        help="paper: as printed; compact (default): stronger L1, smaller initial weights, 50 epochs",
    )
    parser.add_argument("--epochs", type=int, help="of each layer; default 50 (compact) or 200 (paper)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (default 0)")
    parser.add_argument("--threads", type=int, help="default all usable cores, 4 at most; no bit depends on it")
    parser.add_argument("--json", action="store_true", help="print what was trained as JSON")
    parser.set_defaults(run=run_train)


def run_train(arguments: argparse.Namespace) -> int:
    """Train, with a bar on stderr if that is a terminal, and say on stdout what was written."""
    from approx import fit_dbn, read_samples
    from approx.recipes import recipe_of

    from . import save
    from .files.atomic import as_path, require_writable

    out = as_path(arguments.out)
    if os.path.lexists(out):
        raise OutputExistsError(f"{out} exists: write another --out, or remove it")
    checkpoint = f"{out}.checkpoint"
    for path in (out, f"{checkpoint}.0"):
        require_writable(path, overwrite=True)
    changes = {} if arguments.epochs is None else {"epochs": arguments.epochs}
    recipe = recipe_of(arguments.recipe, **changes)
    samples = read_samples(arguments.data)
    with Bar("training", recipe.epochs * len(arguments.sizes)) as bar:
        try:
            stack = fit_dbn(
                samples,
                (samples.n_sites, *arguments.sizes),
                recipe=recipe,
                rng=arguments.seed,
                checkpoint=checkpoint,
                threads=arguments.threads,
                progress=lambda record: bar.advance(str(record)),
            )
            if stack.interrupted:
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            say(f"finished epochs are in {checkpoint}.*; the same command goes on from them")
            raise
    save(stack.dbn, out)
    for path in out.parent.glob(f"{out.name}.checkpoint.*"):
        path.unlink()
    layers = [
        {
            "visible": layer.rbm.n_visible,
            "hidden": layer.rbm.n_hidden,
            "epochs": len(layer.history),
            "reconstruction_error": layer.history[-1].reconstruction_error if layer.history else None,
            "seconds": round(sum(record.seconds for record in layer.history), 3),
        }
        for layer in stack.layers
    ]
    if arguments.json:
        print(
            json.dumps(
                {"file": str(out), "recipe": recipe.to_json(), "seed": arguments.seed, "layers": layers}, indent=1
            )
        )
        return 0
    print(
        f"{out}: {' - '.join(map(str, (samples.n_sites, *arguments.sizes)))}, recipe {recipe.name}, seed {arguments.seed}"
    )
    for number, layer in enumerate(layers, start=1):
        error = layer["reconstruction_error"]
        shown = "" if error is None else f", reconstruction error {error:.5f}"
        print(f"  layer {number}: {layer['hidden']} units, {layer['epochs']} epochs in {layer['seconds']:.1f} s{shown}")
    return 0
