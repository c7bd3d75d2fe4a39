"""The entry point that hypothesis calls when it is imported: afterwards ``st.from_type(RBM)`` draws what ours do.

It loads nothing: a type that is defined later is registered when it is (`drawable`), and what draws it is imported when
it is asked for.
"""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")

_types: list[type] = []
_hypothesis_is_here = False


def drawable(cls: type[T]) -> type[T]:
    """Mark a class that `exactrg.strategies` draws; hypothesis prints it as code, not by its fields."""
    cls._repr_pretty_ = _print  # type: ignore[attr-defined]
    _types.append(cls)
    if _hypothesis_is_here:
        _register(cls)
    return cls


def register() -> None:
    """Register the types that exist and those to come; hypothesis calls this, once, at the end of its import."""
    global _hypothesis_is_here
    _hypothesis_is_here = True
    for cls in _types:
        _register(cls)


def _print(self: object, printer: Any, cycle: bool) -> None:
    """Protocol of the pretty printers of IPython and hypothesis: a summary of a large object is no falsifying example."""
    whole = getattr(self, "as_code", self.__repr__)
    printer.text(whole() if type(printer).__module__.startswith("hypothesis") else repr(self))


def _register(cls: type) -> None:
    from hypothesis import strategies as st

    st.register_type_strategy(cls, _strategy)


def _strategy(cls: type) -> Any:
    from .strategies.types import strategy_of

    return strategy_of(cls)
