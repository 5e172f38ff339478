"""``chart-hero pseudo-label``."""

import argparse
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to listen to, with which ears, where to keep the answers."""
    parser.add_argument("songs", type=Path, help="folder of songs with drums, without charts")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the answers")
    parser.add_argument(
        "--model",
        type=Path,
        nargs="+",
        default=[None],
        help="checkpoints that listen; several answer together (the one that ships)",
    )
    parser.add_argument(
        "--least",
        type=float,
        default=0.0,
        metavar="STROKES",
        help="leave out songs with fewer sure strokes a minute (0)",
    )


def run(args: argparse.Namespace) -> int:
    """Listen, and say how many songs there are to learn from."""
    from chart_hero_core.model.checkpoint import load_checkpoint
    from chart_hero_core.training.clips.heard import label_songs

    with TerminalProgress() as progress:
        teachers = [load_checkpoint(path) for path in args.model]
        written = label_songs(args.songs, args.output, teachers, progress, args.least)
    print(f"{len(written)} songs in {args.output}; train on them with --heard {args.output}")
    return 0
