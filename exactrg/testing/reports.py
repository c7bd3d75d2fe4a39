"""An AssertionError that carries the report whose text it shows."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar


class Report(Protocol):
    """What every assertion measures: whether it passed, and a text."""

    @property
    def passed(self) -> bool:
        """Whether the code under test is right as far as this can tell."""
        ...


R = TypeVar("R", bound=Report)


class FailedAssertion(AssertionError):
    """Code under test is wrong.

    Attributes
    ----------
    report : object
        What the assertion measured; it would have been returned if it had passed.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> Any:
        return (type(self), (*self.args, self.report))


def require_passed(report: R, sentence: str) -> R:
    """Return a report that passed; raise `FailedAssertion` with the sentence and the report otherwise."""
    if report.passed:
        return report
    raise FailedAssertion(f"{sentence}: {report}", report)
