"""``chart-hero train-context``."""

import argparse
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The checkpoint, the songs, where the result goes, and the settings of the training."""
    parser.add_argument(
        "checkpoint", type=Path, help="checkpoint whose hits are rescored (.safetensors)"
    )
    parser.add_argument(
        "songs", type=Path, nargs="+", help="folders written by synthesise, none of it held out"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="weights (.safetensors)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        metavar="DIR",
        required=True,
        help="folder for cached activations and the state of the run",
    )
    _add_settings(parser)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """How it is trained; the defaults are those of ``ContextTraining``."""
    parser.add_argument("--steps", type=int, metavar="N", help="training steps (default: 4000)")
    parser.add_argument("--width", type=int, metavar="N", help="width of the network (default: 96)")
    parser.add_argument(
        "--share",
        type=float,
        metavar="SHARE",
        help="weight of the network's corrections (default: 0.25)",
    )
    parser.add_argument(
        "--sound-noise",
        type=float,
        metavar="X",
        help="how much the inputs are varied, in standard deviations (default: 0)",
    )
    parser.add_argument(
        "--warm-start",
        "--go-on",  # its earlier name
        dest="warm_start",
        action="store_true",
        help="start from the context network in the checkpoint (same --share) instead of from "
        "scratch",
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="processor threads (default: 1)"
    )


def run(args: argparse.Namespace) -> int:
    """Train and write the weights."""
    from dataclasses import replace

    from chart_hero_core.tasks.train_context import train_context
    from chart_hero_core.training.small_networks.context import ContextTraining

    names = ("steps", "width", "share", "sound_noise", "threads")
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    settings = replace(ContextTraining(), **given)
    with TerminalProgress() as progress:
        path = train_context(
            args.checkpoint, args.songs, args.output, args.work, settings, progress, args.warm_start
        )
    print(path)
    return 0
