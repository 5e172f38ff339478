"""``chart-hero train-bars``."""

import argparse
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The material, where the weights go, how long."""
    parser.add_argument("material", type=Path, help="folder with charts and grooves")
    parser.add_argument("-o", "--output", type=Path, required=True, help="weights (.safetensors)")
    parser.add_argument("--steps", type=int, help="training steps (1500), of each network")


def run(args: argparse.Namespace) -> int:
    """Train and write the weights."""
    from chart_hero_core.tasks.train_bars import train_bars

    with TerminalProgress() as progress:
        path = train_bars(args.material, args.output, args.steps, progress)
    print(path)
    return 0
