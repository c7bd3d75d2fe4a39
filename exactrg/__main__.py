"""``python -m exactrg`` is the command ``exactrg``."""

import sys

from .cli import main

sys.exit(main())
