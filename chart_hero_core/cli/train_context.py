"""``chart-hero train-context``."""

import argparse
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The weights that listen, songs to learn from, where the result goes, how much."""
    parser.add_argument("checkpoint", type=Path, help="checkpoint to listen with (.safetensors)")
    parser.add_argument(
        "songs", type=Path, nargs="+", help="folders written by synthesise, none of it held out"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="weights (.safetensors)")
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        help="folder for cached activations and the state of the run",
    )
    parser.add_argument("--steps", type=int, help="training steps (4000)")
    parser.add_argument("--width", type=int, help="width of the network (96)")
    parser.add_argument("--share", type=float, help="weight of the network's corrections (0.25)")
    parser.add_argument(
        "--sound-noise",
        type=float,
        help="how much the inputs are varied, in standard deviations (0)",
    )
    parser.add_argument(
        "--go-on",
        action="store_true",
        help="start from the context network in the checkpoint (same --share) instead of from "
        "scratch",
    )
    parser.add_argument("--threads", type=int, default=1, help="processor threads (1)")


def run(args: argparse.Namespace) -> int:
    """Train and write the weights."""
    from dataclasses import replace

    from chart_hero_core.tasks.train_context import train_context
    from chart_hero_core.training.small_networks.context import ContextTraining

    settings = replace(ContextTraining(), threads=args.threads)
    if args.steps is not None:
        settings = replace(settings, steps=args.steps)
    if args.width is not None:
        settings = replace(settings, width=args.width)
    if args.share is not None:
        settings = replace(settings, share=args.share)
    if args.sound_noise is not None:
        settings = replace(settings, sound_noise=args.sound_noise)
    with TerminalProgress() as progress:
        path = train_context(
            args.checkpoint, args.songs, args.output, args.work, settings, progress, args.go_on
        )
    print(path)
    return 0
