"""``chart-hero train-bars``."""

import argparse

from chart_hero_core.cli.stroke_networks import add_material_and_output, run_training


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The material, where the weights go, how long."""
    add_material_and_output(parser, "training steps (default: 1500), of each network")


def run(args: argparse.Namespace) -> int:
    """Train and write the weights."""
    from chart_hero_core.tasks.train_bars import train_bars

    return run_training(args, train_bars)
