"""``chart-hero train-tempo-choice``."""

import argparse

from chart_hero_core.cli.stroke_networks import add_material_and_output
from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The material, where the weights go."""
    add_material_and_output(parser, None, ".json")


def run(args: argparse.Namespace) -> int:
    """Fit, write the weights and say what they gain."""
    from chart_hero_core.tasks.train_tempo_choice import train_tempo_choice

    with TerminalProgress() as progress:
        before, after = train_tempo_choice(args.material, args.output, progress)
    print(f"{args.output}: beats {before:.3f} to {after:.3f} on songs not learned from")
    return 0
