"""``chart-hero train-toms``."""

import argparse
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The material, where the weights go, how much."""
    parser.add_argument("material", type=Path, help="folder with kits, charts, grooves and music")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="weights (.safetensors)"
    )
    parser.add_argument(
        "--band", type=Path, metavar="DIR", help="notes of made-up bands (packaging/make_band.py)"
    )
    parser.add_argument(
        "--clips", type=int, metavar="N", help="clips of 24 s to learn from (default: 1000)"
    )


def run(args: argparse.Namespace) -> int:
    """Train and write the weights."""
    from chart_hero_core.tasks.train_toms import train_toms

    with TerminalProgress() as progress:
        path = train_toms(args.material, args.output, args.band, args.clips, progress)
    print(path)
    return 0
