"""A table of what passes and what fails, beside what we found when we wrote the example."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from exactrg.testing import FailedAssertion


class Verdicts:
    """Assertions on one package, run one by one.

    ``rows`` holds (what, expected, found, why), with "passes" or "fails" for expected and found.
    """

    def __init__(self, package: str, version: str, conventions: str) -> None:
        self.package, self.rows = package, []
        print(f"{package} {version}: {conventions}\n", flush=True)

    def check(self, what: str, assertion: Callable[[], Any], *, expected: str = "passes", note: str = "") -> None:
        start = time.perf_counter()
        try:
            found, text = "passes", str(assertion())
        except AssertionError as failure:
            found, text = "fails", str(failure.report) if isinstance(failure, FailedAssertion) else str(failure)
        self.rows.append((what, expected, found, text))
        surprise = "" if found == expected else f"   <-- expected: {expected}"
        print(f"{found:6}  {what}  ({time.perf_counter() - start:.1f} s){surprise}")
        reason = note if found == "fails" == expected and note else text.replace("\n", "; ").strip()
        print(f"        {reason[:230]}\n", flush=True)

    @property
    def surprises(self) -> list[str]:
        """What came out differently from when the example was written."""
        return [what for what, expected, found, _ in self.rows if found != expected]

    def close(self) -> None:
        """Print the totals; exit with status 1 after a surprise."""
        passes = sum(found == "passes" for _, _, found, _ in self.rows)
        print(f"{self.package}: {passes} pass, {len(self.rows) - passes} fail; {len(self.surprises)} not as recorded")
        raise SystemExit(bool(self.surprises))
