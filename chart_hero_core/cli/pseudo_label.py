"""``chart-hero pseudo-label``."""

import argparse
import sys
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress, counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The songs, the models that label them, and where the labels go."""
    parser.add_argument("songs", type=Path, help="folder of songs with drums, without charts")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the labels"
    )
    parser.add_argument(
        "--model",
        type=Path,
        nargs="+",
        metavar="FILE",
        default=[None],
        help="checkpoints to label with; several are combined (default: the shipped one)",
    )
    parser.add_argument(
        "--least",
        type=float,
        default=0.0,
        metavar="STROKES",
        help="leave out songs with fewer confident hits per minute (default: 0)",
    )
    parser.epilog = (
        "Run again, it only processes songs that are new or changed; with other checkpoints, all "
        "of them."
    )


def run(args: argparse.Namespace) -> int:
    """Listen, and say how many songs there are to learn from."""
    from chart_hero_core.tasks.pseudo_label import pseudo_label

    with TerminalProgress() as progress:
        found = pseudo_label(args.songs, args.output, args.model, progress, args.least)
    for path in found.unreadable:
        print(f"{path} could not be read and was passed over.", file=sys.stderr)
    songs = counted(len(found.written), "song")
    print(f"{songs} in {args.output}; train with --heard {args.output}")
    return 0
