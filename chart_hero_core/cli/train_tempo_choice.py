"""``chart-hero train-tempo-choice``."""

import argparse
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The material, where the weights go."""
    parser.add_argument("material", type=Path, help="folder with charts and grooves")
    parser.add_argument("-o", "--output", type=Path, required=True, help="weights (.json)")


def run(args: argparse.Namespace) -> int:
    """Fit, write the weights and say what they gain."""
    from chart_hero_core.tasks.train_tempo_choice import train_tempo_choice

    with TerminalProgress() as progress:
        before, after = train_tempo_choice(args.material, args.output, progress)
    print(f"{args.output}: beats {before:.3f} to {after:.3f} on songs not learned from")
    return 0
