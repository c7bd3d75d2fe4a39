"""Derivatives of terms: definitions of the ledger are made with it, and chains prove their closed forms."""

from __future__ import annotations

from .terms import Book, ProofError, Term, expand, lift, substitute


def differentiate(t: Term, of: Book, book: Book) -> Term:
    """Return dt, the derivatives of atoms being given by ``of`` and those of other atoms zero; t is expanded first.

    Raises
    ------
    ProofError
        For a recursion, and for an exponent or an index that varies.
    """
    return _derivative(expand(t, book), of)


def _derivative(t: Term, of: Book) -> Term:
    if t.op in ("num", "var", "at"):
        return lift(0)
    if t.op == "app":
        if t.data[1] == "def":
            raise ProofError(f"the derivative of a recursion: {t}")
        d = of.get(t.data[0])
        return lift(0) if d is None else substitute(d.body, dict(zip(d.params, t.args, strict=True)))
    if t.op == "add":
        return Term("add", (_derivative(a, of) for a in t.args))
    if t.op == "mul":
        one_each = (Term("mul", (*t.args[:k], _derivative(a, of), *t.args[k + 1 :])) for k, a in enumerate(t.args))
        return Term("add", one_each)
    if t.op == "sum":
        return Term("sum", (t.args[0], _derivative(t.args[1], of)))
    if t.op == "prod":
        x, body = t.args
        return t * Term("sum", (x, _derivative(body, of) / body))
    if t.op == "log":
        return _derivative(t.args[0], of) / t.args[0]
    if t.op == "gap":
        return _derivative(t.args[0], of) * (1 - 1 / t.args[0])
    base, e = t.args
    if any(a.op == "app" for a in _leaves(e)):
        raise ProofError(f"the derivative of an exponent that may vary: {t}")
    return e * base ** (e - 1) * _derivative(base, of)


def _leaves(t: Term) -> list[Term]:
    return [leaf for a in t.args for leaf in _leaves(a)] if t.args and t.op != "app" else [t]
