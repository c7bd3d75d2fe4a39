"""approx: the nouns of exactrg at scale. Every answer is an `Estimate`, a value with an honest error bar.

`sample`, `expectation`, `free_energy`, `kl_divergence`, `delta_f` and `trace_condition` take the positional arguments of
their namesakes in exactrg. Importing this package loads nothing: every public name is imported on first use.
"""

from __future__ import annotations

from exactrg.lazy import lazy_names

_MODULE_OF = {
    "BernoulliRBM": "sklearn_rbm",
    "BothWays": "reverse_annealing",
    "BurnInTooShortError": "errors",
    "DivergedError": "contrastive_divergence",
    "EpochRecord": "training_history",
    "Estimate": "estimate",
    "Exactness": "exactness",
    "FitResult": "fit",
    "Locality": "receptive_fields",
    "MarkovChains": "chains",
    "RECIPES": "recipes",
    "Recipe": "recipes",
    "SamplingPlan": "choice",
    "StackResult": "fit",
    "StoredSamples": "samples_file",
    "StuckChainsError": "errors",
    "TooFewSamplesError": "errors",
    "TraceCondition": "conditions",
    "UnreliableEstimateError": "errors",
    "anneal_both_ways": "reverse_annealing",
    "delta_f": "divergence",
    "exactness_of_stack": "exactness",
    "expectation": "thermodynamics",
    "fit_dbn": "fit",
    "fit_rbm": "fit",
    "free_energy": "thermodynamics",
    "kl_divergence": "divergence",
    "locality": "receptive_fields",
    "plan_sampling": "choice",
    "plot_autocorrelation": "plots",
    "plot_compression": "plots",
    "plot_exactness": "plots",
    "plot_exactness_table": "plots",
    "plot_figure3": "plots",
    "plot_histogram": "plots",
    "plot_layers": "plots",
    "plot_radii": "plots",
    "plot_receptive_fields": "plots",
    "plot_reconstructions": "plots",
    "plot_training": "plots",
    "read_chains": "chains_file",
    "read_samples": "samples_file",
    "reconstruct": "reconstruction",
    "run_figure3": "figure3",
    "sample": "sampling",
    "sample_blocks": "sampling",
    "size_ratios": "receptive_fields",
    "start_chains": "chains",
    "trace_condition": "conditions",
    "write_chains": "chains_file",
    "write_samples": "samples_file",
}

__all__ = sorted(_MODULE_OF.keys() - {"BernoulliRBM"})  # that one needs scikit-learn, an extra

__getattr__, __dir__ = lazy_names(__name__, _MODULE_OF)
