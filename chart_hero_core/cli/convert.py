"""``chart-hero convert``."""

import argparse
import json
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress

_FORMATS = {"chart": ("chart",), "mid": ("mid",), "both": None}
_DIFFERENCES_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", type=Path, help="song folder, .chart, .mid, .sng or .json export")
    parser.add_argument(
        "target",
        type=Path,
        help="what to write: NAME.chart, NAME.mid, NAME.sng, NAME.zip, or a song folder",
    )
    parser.add_argument(
        "--format",
        choices=sorted(_FORMATS),
        help="charts to put into a folder or package (default: both)",
    )
    parser.add_argument("--json", action="store_true", help="print a summary as JSON")
    parser.epilog = (
        "Charts, packages and a song.ini that are replaced are kept as NAME.bak, other files of "
        "the same names are not. The result is read back and compared; "
        "what the target's format cannot hold is listed."
    )


def run(args: argparse.Namespace) -> int:
    """Convert and say what was written, mended and lost."""
    from chart_hero_core.formats.old_files import is_copy
    from chart_hero_core.tasks.convert import Conversion, convert

    formats = None if args.format is None else _FORMATS[args.format]
    with TerminalProgress(quiet=args.json) as progress:
        result: Conversion = convert(args.source, args.target, formats, progress)
    proof = result.proof
    if args.json:
        summary = {
            "files": [str(path) for path in result.written],
            "mended": list(result.mended),
            "notes_written": proof.written,
            "notes_read_back": proof.read_back,
            "differences": list(proof.differences),
            "left_out": list(proof.left_out),
        }
        print(json.dumps(summary, indent=2, ensure_ascii=False))
        return 0
    for sentence in result.mended:
        print(f"mended   {sentence}")
    for path in result.written:
        print(f"{'kept' if is_copy(path) else 'wrote':<8} {path}")
    print(f"proof    {proof.summary}")
    for sentence in (*proof.differences[:_DIFFERENCES_SHOWN], *proof.left_out):
        print(f"         {sentence}")
    more = len(proof.differences) - _DIFFERENCES_SHOWN
    if more > 0:
        print(f"         {more} more (all of them with --json)")
    return 0
