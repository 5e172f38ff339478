"""``python -m chart_hero_core.cli`` is the same as ``chart-hero``."""

import sys

from chart_hero_core.cli import main

sys.exit(main())
