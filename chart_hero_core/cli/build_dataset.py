"""``chart-hero build-dataset``."""

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.cli.terminal import TerminalProgress, counted

if TYPE_CHECKING:
    from chart_hero_core.tasks.build_dataset import BuildOptions, BuildReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where songs are, what of them is kept, who does the work."""
    parser.epilog = (
        "Run again, it only processes songs that are new or changed. report.html in the dataset's "
        "folder shows what was dropped and why."
    )
    parser.add_argument(
        "roots",
        type=Path,
        nargs="+",
        metavar="ROOT",
        help="folders of song folders, .sng files, drum exports (*.midi.json) or projects",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="the dataset's folder"
    )
    _add_kept(parser.add_argument_group("contents"))
    _add_taken(parser.add_argument_group("choice of songs"))
    work = parser.add_argument_group("execution")
    work.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="worker processes (default: one per core)"
    )
    work.add_argument(
        "--verify", action="store_true", help="verify the checksums of what earlier runs wrote"
    )
    work.add_argument(
        "--scheduler",
        default="",
        metavar="HOST:PORT",
        help="use this Dask cluster instead of local processes",
    )


def _add_kept(keep: argparse._ArgumentGroup) -> None:
    """Sound or features, and labels on which grid."""
    keep.add_argument(
        "--features",
        choices=("audio", "mel", "both"),
        default="audio",
        help="sound, log-mel spectrograms or both (default: %(default)s)",
    )
    keep.add_argument(
        "--transient",
        action="store_true",
        help="also store mel spectrograms with sustained sound removed",
    )
    keep.add_argument(
        "--hop",
        type=int,
        choices=(128, 64),
        default=128,
        help="samples per frame (default: %(default)s)",
    )
    keep.add_argument(
        "--dilation",
        type=int,
        default=2,
        metavar="N",
        help="frames on either side of a hit that also count as hit (default: %(default)s)",
    )


def _add_taken(take: argparse._ArgumentGroup) -> None:
    """Which charts are good enough, and which songs are held back."""
    take.add_argument(
        "--any-kit",
        action="store_true",
        help="also accept charts that do not distinguish toms from cymbals",
    )
    take.add_argument(
        "--force", action="store_true", help="also accept charts that fit the audio badly"
    )
    take.add_argument(
        "--warp", action="store_true", help="warp charts that drift so that they follow their audio"
    )
    take.add_argument(
        "--separate", action="store_true", help="separate a drum stem where there is none (Demucs)"
    )
    take.add_argument(
        "--validation",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="share of the songs held back for validation (default: %(default)s)",
    )
    take.add_argument(
        "--test",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="share of the songs held back for testing (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Build and say in short what came of it.

    Raises:
        DatasetError: no song could be used, or nothing could be built.
    """
    from chart_hero_core.tasks.build_dataset import build_dataset

    with TerminalProgress() as progress:
        report = build_dataset(
            args.roots,
            args.output,
            _options(args),
            progress,
            workers=max(args.jobs, 0),
            scheduler=args.scheduler,
            verify=args.verify,
        )
    _print_summary(report, args.output)
    if not report.used():
        raise DatasetError(f"There is no song to learn from in {args.output}: all were dropped.")
    return 0


def _options(args: argparse.Namespace) -> "BuildOptions":
    from chart_hero_core.tasks.build_dataset import BuildOptions

    return BuildOptions(
        hop=args.hop,
        dilation=args.dilation,
        audio=args.features in ("audio", "both"),
        mel=args.features in ("mel", "both"),
        transient=args.transient,
        any_kit=args.any_kit,
        force=args.force,
        warp=args.warp,
        separate=args.separate,
        validation=args.validation,
        test=args.test,
    )


def _print_summary(report: "BuildReport", folder: Path) -> None:
    used, dropped = report.used(), report.dropped()
    splits = Counter(row.split for row in used)
    shown = ", ".join(f"{splits[name]} {name}" for name in ("train", "validation", "test"))
    print(f"{counted(len(used), 'song')} used ({shown}), {len(dropped)} dropped, in {folder}")
    for row in dropped[:20]:
        print(f"  {row.song}: {row.reason}")
    if len(dropped) > 20:
        print(f"  and {len(dropped) - 20} more")
    print(f"What was found and why: {folder / 'report.html'}")
