"""``chart-hero train-beats``."""

import argparse

from chart_hero_core.cli.stroke_networks import add_material_and_output, run_training


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The material, where the weights go, how long."""
    add_material_and_output(parser, "training steps (default: 4000)")


def run(args: argparse.Namespace) -> int:
    """Train and write the weights."""
    from chart_hero_core.tasks.train_beats import train_beats

    return run_training(args, train_beats)
