"""Models of other packages to ours and back: dimod, networkx, Matlab files, scikit-learn, rbms.

Temperature is one everywhere: p = e^{-H}/Z. Nothing of these packages is imported before a function needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .dimod_models import from_dimod as from_dimod
    from .dimod_models import to_dimod as to_dimod
    from .graphs import from_networkx as from_networkx
    from .graphs import to_networkx as to_networkx
    from .matlab import from_mat as from_mat
    from .matlab import to_mat as to_mat
    from .rbms_models import from_rbms as from_rbms
    from .rbms_models import to_rbms as to_rbms
    from .sklearn_models import from_sklearn as from_sklearn
    from .sklearn_models import to_sklearn as to_sklearn

_MODULE_OF = {
    "from_dimod": "dimod_models",
    "from_mat": "matlab",
    "from_networkx": "graphs",
    "from_rbms": "rbms_models",
    "from_sklearn": "sklearn_models",
    "to_dimod": "dimod_models",
    "to_mat": "matlab",
    "to_networkx": "graphs",
    "to_rbms": "rbms_models",
    "to_sklearn": "sklearn_models",
}

__all__ = sorted(_MODULE_OF)

__getattr__, __dir__ = lazy_names(__name__, _MODULE_OF)
