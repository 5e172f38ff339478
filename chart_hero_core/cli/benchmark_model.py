"""``chart-hero benchmark-model``."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from chart_hero_core.cli.terminal import TerminalProgress

if TYPE_CHECKING:
    from chart_hero_core.tasks.benchmark_model import ModelBenchmark


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to measure, and on what."""
    parser.add_argument(
        "checkpoint", type=Path, nargs="?", help="weights to measure (default: the shipped ones)"
    )
    parser.add_argument(
        "song", type=Path, nargs="?", help="sound file or song folder (default: the demo song)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=60.0,
        metavar="X",
        help="repeat or cut the song to this (default: %(default)s)",
    )
    parser.add_argument(
        "--repeat",
        type=int,
        default=3,
        metavar="N",
        help="runs; the fastest one counts (default: %(default)s)",
    )
    parser.add_argument(
        "--threads",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="measure with N threads; may be given several times (default: 1, 2, 4 … cores)",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    from chart_hero_core.tasks.benchmark_model import BenchmarkOptions, benchmark_model

    options = BenchmarkOptions(
        seconds=args.seconds, repeat=args.repeat, threads=tuple(args.threads)
    )
    with TerminalProgress(quiet=args.json) as progress:
        found = benchmark_model(args.checkpoint, args.song, options, progress)
    print(json.dumps(found.to_json(), indent=2) if args.json else _sentences(found))
    return 0


def _sentences(found: "ModelBenchmark") -> str:
    lines = [
        f"{found.model}: {found.parameters:,} parameters, {found.bytes / 1e6:.1f} MB, "
        f"a {found.hop_ms:.1f} ms hop, {found.context_s:.1f} s of context on each side.",
        f"Loaded in {found.load_s:.2f} s; measured on {found.song_s:.0f} s of sound "
        f"({found.machine}, {found.cores} cores).",
    ]
    for speed in found.speeds:
        named = "1 thread" if speed.threads == 1 else f"{speed.threads} threads"
        lines.append(
            f"{named}: {speed.times_real_time:.1f} times real time "
            f"({speed.whole_s:.2f} s, {speed.features_s:.2f} s of them for features)."
        )
    lines.append(
        f"Micro mode, 1 thread: {found.micro_times_real_time:.1f} times real time, "
        f"{found.micro_cost:.1f} times what the first pass costs, on top of it."
    )
    if found.peak_mb is not None:
        lines.append(f"Most memory held: {found.peak_mb:.0f} MB.")
    return "\n".join(lines)
