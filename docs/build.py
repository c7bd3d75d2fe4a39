"""Build the site from a checkout with ``pip install ".[docs]"``: python docs/build.py, and --open to look at it."""

from __future__ import annotations

import argparse
import subprocess
import sys
import webbrowser
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run Sphinx; return its exit status."""
    parser = argparse.ArgumentParser(description="Build docs/_site/index.html; notebooks are executed.")
    parser.add_argument("--open", action="store_true", help="show it in a browser")
    parser.add_argument("--jobs", default="3", help="processes (default 3)")
    arguments = parser.parse_args()
    site = HERE / "_site"
    command = [sys.executable, "-m", "sphinx", "-M", "html", str(HERE.parent), str(site)]
    status = subprocess.call([*command, "-c", str(HERE), "-j", arguments.jobs, "-W", "--keep-going", "-q"])
    page = site / "html" / "docs" / "index.html"
    print(page if status == 0 else "the site has errors or warnings, see above")
    if status == 0 and arguments.open:
        webbrowser.open(page.as_uri())
    return status


if __name__ == "__main__":
    raise SystemExit(main())
