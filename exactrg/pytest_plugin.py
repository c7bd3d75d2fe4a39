"""The pytest plugin: a seed and a false-alarm rate for tests of stochastic code, as options and as fixtures.

It is loaded by every pytest run of an environment that has exactrg, and so imports nothing: numpy comes with the first
test that asks for `exactrg_rng`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy as np


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--exactrg-seed`` and ``--exactrg-rate``, and the same in ini files."""
    group = parser.getgroup("exactrg", "tests of stochastic code")
    group.addoption(
        "--exactrg-seed",
        metavar="SEED",
        help="nonnegative int that exactrg_rng is derived from, with the name of the test; 'random' draws one (default: 0)",
    )
    group.addoption(
        "--exactrg-rate",
        metavar="RATE",
        help="probability of a false alarm of each assertion, the fixture exactrg_rate (default: 1e-6)",
    )
    parser.addini("exactrg_seed", "default of --exactrg-seed", default="0")
    parser.addini("exactrg_rate", "default of --exactrg-rate", default="1e-6")


def pytest_configure(config: pytest.Config) -> None:
    """Check the options; draw a random seed once, so that all workers of pytest-xdist share it."""
    config.option.exactrg_seed = str(_seed(_setting(config, "seed")))
    _rate(_setting(config, "rate"))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Show the options that differ from 0 and 1e-6."""
    seed, rate = _setting(config, "seed"), float(_setting(config, "rate"))
    return f"exactrg: seed {seed}, rate {rate:g}" if (seed, rate) != ("0", 1e-6) else None


@pytest.fixture
def exactrg_rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A Generator of its own for each test: the same for the same seed and name, in any order and in any process."""
    import zlib

    import numpy as np

    return np.random.default_rng([int(_setting(request.config, "seed")), zlib.crc32(request.node.nodeid.encode())])


@pytest.fixture(scope="session")
def exactrg_rate(request: pytest.FixtureRequest) -> float:
    """Probability of a false alarm, for the ``rate`` of the assertions in `exactrg.testing`."""
    return _rate(_setting(request.config, "rate"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Say how to repeat a failure of a test that drew random numbers."""
    report = yield
    if report.failed and "exactrg_rng" in getattr(item, "fixturenames", ()):
        seed, rate = _setting(item.config, "seed"), _setting(item.config, "rate")
        report.sections.append(
            ("exactrg", f'repeat with: pytest "{item.nodeid}" --exactrg-seed={seed} --exactrg-rate={rate}')
        )
    return report


def _setting(config: pytest.Config, name: str) -> str:
    """Return an option, or the ini file's value."""
    option = config.getoption(f"exactrg_{name}")
    return str(config.getini(f"exactrg_{name}") if option is None else option)


def _seed(text: str) -> int:
    """Return a seed, or draw one."""
    if text == "random":
        import secrets

        return secrets.randbits(32)
    if not text.isdecimal():
        raise pytest.UsageError(f"--exactrg-seed={text}: expected a nonnegative int, or 'random'")
    return int(text)


def _rate(text: str) -> float:
    """Return a rate."""
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0.0 < rate < 1.0:
        raise pytest.UsageError(f"--exactrg-rate={text}: expected a probability between 0 and 1, such as 1e-6")
    return rate
