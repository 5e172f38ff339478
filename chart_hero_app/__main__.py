"""Starts the program: ``chart-hero-app [song, folder, chart or project]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and run until it is closed."""
    parser = argparse.ArgumentParser(
        prog="chart-hero-app", description="Turns songs into drum charts for Clone Hero and YARG."
    )
    parser.add_argument(
        "path", nargs="?", type=Path, help="a sound file, song folder, chart or project to open"
    )
    args = parser.parse_args(argv)

    from chart_hero_app.main_window.application import run

    return run(args.path)


if __name__ == "__main__":
    sys.exit(main())
