"""``chart-hero synthesise``."""

import argparse
from pathlib import Path

from chart_hero_core.base.errors import DatasetError, SettingsError
from chart_hero_core.cli.terminal import TerminalProgress, counted
from chart_hero_core.tasks.drumless import write_drumless
from chart_hero_core.tasks.synthesise import SynthesiseOptions, synthesise

# Options of what is rendered that are called as in SynthesiseOptions.
_RENDERING = (
    *("minutes", "kit", "charts", "source", "distractors", "alone", "band", "separated", "varied"),
    "seed",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to render, how much, where to."""
    default = SynthesiseOptions()
    parser.add_argument("material", type=Path, help="folder with kits, charts, backing")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder of song folders"
    )
    _add_amount(parser, default)
    _add_players(parser, default)
    _add_accompaniment(parser)
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        default=default.seed,
        help="seed of everything random (default: %(default)s)",
    )
    parser.add_argument(
        "--drumless",
        action="store_true",
        help="write only the backing tracks, unchanged, to count false hits in them (with "
        "--heldout, both halves); no other option applies",
    )


def _add_amount(parser: argparse.ArgumentParser, default: SynthesiseOptions) -> None:
    """How much is rendered, and of which part of the material."""
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="X",
        default=default.minutes,
        help="how long all songs are together (default: %(default)s)",
    )
    parser.add_argument(
        "--song-seconds",
        type=float,
        metavar="X",
        default=default.song_s,
        help="length of a song in seconds (default: %(default)s)",
    )
    parser.add_argument(
        "--heldout",
        action="store_true",
        help="use only kits, charts and backing that are held out from training",
    )
    parser.add_argument(
        "--part",
        choices=("dev", "test"),
        help=f"with --heldout, which half of the charts and backing (default: {default.part})",
    )


def _add_players(parser: argparse.ArgumentParser, default: SynthesiseOptions) -> None:
    """Which kit, and who plays what on it."""
    parser.add_argument("--kit", metavar="NAME", help="play everything on this one kit")
    parser.add_argument(
        "--charts",
        default=default.charts,
        metavar="PATTERN",
        help="play only charts whose file name matches, e.g. 'opeth_*' (default: %(default)s)",
    )
    parser.add_argument(
        "--source",
        choices=("charts", "takes", "dense"),
        default=default.source,
        help="what is played: charts, recorded drummers, or generated grooves full of rolls "
        "(default: %(default)s)",
    )


def _add_accompaniment(parser: argparse.ArgumentParser) -> None:
    """What sounds beside the drums, and what is done to these."""
    parser.add_argument(
        "--distractors",
        "--decoys",  # its earlier name
        dest="distractors",
        type=float,
        metavar="SHARE",
        default=0.0,
        help="share of songs with unlabelled percussion and similar sounds (default: %(default)s)",
    )
    parser.add_argument(
        "--alone",
        type=float,
        metavar="SHARE",
        default=0.0,
        help="of the songs with percussion, the share where it keeps time in place of hi-hat and "
        "ride (default: %(default)s)",
    )
    parser.add_argument(
        "--band",
        type=Path,
        metavar="DIR",
        help="folder of notes from packaging/make_band.py, for accompanied takes and distractors",
    )
    parser.add_argument(
        "--separated",
        action="store_true",
        help="write only the drums, as a source separator would extract them from the mix",
    )
    parser.add_argument(
        "--varied",
        action="store_true",
        help="vary the kits as much as in training, for training data rather than evaluation",
    )


def run(args: argparse.Namespace) -> int:
    """Render and say how many songs there are."""
    _refuse_passed_over(args)
    if args.drumless:
        with TerminalProgress() as progress:
            written = write_drumless(args.material, args.output, args.heldout, progress)
        print(f"{counted(len(written), 'track')} without drums in {args.output}")
        return 0
    options = SynthesiseOptions(
        minutes=args.minutes,
        song_s=args.song_seconds,
        heldout=args.heldout,
        part=args.part or SynthesiseOptions().part,
        seed=args.seed,
        kit=args.kit,
        charts=args.charts,
        source=args.source,
        band=args.band,
        distractors=args.distractors,
        alone=args.alone,
        separated=args.separated,
        varied=args.varied,
    )
    with TerminalProgress() as progress:
        written = synthesise(args.material, args.output, options, progress)
    if not written:
        raise DatasetError(
            "Nothing was rendered: no excerpt had enough strokes. Make the songs longer."
        )
    print(f"{counted(len(written), 'song')} in {args.output}")
    return 0


def _given(args: argparse.Namespace) -> list[str]:
    """The options that say how drums are rendered, as far as they were turned."""
    default = SynthesiseOptions()
    turned = [name for name in _RENDERING if getattr(args, name) != getattr(default, name)]
    if args.song_seconds != default.song_s:
        turned.append("song-seconds")
    return [f"--{name}" for name in turned]


def _refuse_passed_over(args: argparse.Namespace) -> None:
    """A set that is to be measured on must not turn out to be what was trained on.

    Raises:
        SettingsError: options that would do nothing.
    """
    if args.part is not None and (args.drumless or not args.heldout):
        raise SettingsError(
            "--part must go with --heldout, whose songs it halves (both halves with --drumless)."
        )
    if args.drumless and (given := _given(args)):
        raise SettingsError(
            f"{', '.join(given)} must not go with --drumless, which writes the backing tracks as "
            "they are."
        )
    if args.charts != SynthesiseOptions().charts and args.source != "charts":
        raise SettingsError(f"--charts must go with --source charts; {args.source} are no charts.")
