"""``chart-hero train-double-kicks``."""

import argparse

from chart_hero_core.cli.stroke_networks import add_material_and_output
from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The material, where the weights go."""
    add_material_and_output(parser, None, ".json")


def run(args: argparse.Namespace) -> int:
    """Fit, write the weights and say how good they are."""
    from chart_hero_core.tasks.train_double_kicks import train_double_kicks

    with TerminalProgress() as progress:
        right, found = train_double_kicks(args.material, args.output, progress)
    print(f"{args.output}: on held-out charts {right:.3f} are right, {found:.3f} are found")
    return 0
