"""Exact numbers for readers: text, code, LaTeX and what sympy's printers ask for. Long ones are summarised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MAX_SHOWN = 4000


class Printed:
    """The part of `exactrg.numbers.exact.Exact` that prints."""

    __slots__ = ()
    terms: Mapping[Any, Any]
    symbols: Any
    ball: Any
    to_sympy: Any

    def summary(self) -> str | None:
        """Return what is printed instead of an expression of more than 4000 characters; None for shorter ones."""
        from .render import length

        size = length(self.terms)
        if size <= _MAX_SHOWN:
            return None
        symbols = sorted(map(str, self.symbols))
        about = f"in {', '.join(symbols)}" if symbols else f"about {self.ball(32).str(6, radius=False)}"
        return f"a number of some {size} characters, {about}; write .to_sympy() for all of it"

    # What sympy's printers ask for, so that lists, dicts and init_printing render it too.

    def _latex(self, printer: Any) -> str:
        summary = self.summary()
        return str(printer._print(self.to_sympy()) if summary is None else rf"\text{{{summary}}}")

    def _pretty(self, printer: Any) -> Any:
        summary = self.summary()
        return printer._print(self.to_sympy() if summary is None else f"<{summary}>")

    def _sympystr(self, printer: Any) -> str:
        return self.summary() or str(printer._print(self.to_sympy()))

    def _sympyrepr(self, printer: Any) -> str:
        return repr(self)

    def _repr_latex_(self) -> str:
        import sympy

        return f"$\\displaystyle {sympy.latex(self)}$"

    def __str__(self) -> str:
        return self.summary() or str(self.to_sympy())

    def __repr__(self) -> str:
        from .text import write

        return f"<Exact: {self.summary()}>" if self.summary() else f"Exact({write(self.to_sympy())})"
