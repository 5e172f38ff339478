"""What the commands have in common that train a small network on strokes of charts and takes."""

import argparse
from collections.abc import Callable
from pathlib import Path

from chart_hero_core.base.progress import Progress
from chart_hero_core.cli.terminal import TerminalProgress


def add_material_and_output(
    parser: argparse.ArgumentParser, steps: str | None, suffix: str = ".safetensors"
) -> None:
    """The material, where the weights go (files of that ``suffix``), and how long.

    ``steps`` is the help of the last, None where there is nothing to choose.
    """
    parser.add_argument("material", type=Path, help="folder with charts and grooves")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=f"weights ({suffix})"
    )
    if steps is not None:
        parser.add_argument("--steps", type=int, metavar="N", help=steps)


def run_training(
    args: argparse.Namespace, train: Callable[[Path, Path, int | None, Progress], Path]
) -> int:
    """Train, write the weights and say where they are."""
    with TerminalProgress() as progress:
        path = train(args.material, args.output, args.steps, progress)
    print(path)
    return 0
