"""How fast a song becomes a chart, from the start of the program to the written folder.

    python benchmarks/transcribe.py [--minutes 4] [--threads 2] [--runs 3] [--song PATH] [ARG ...]

Repeats the song (default: the demo's drums) to the wanted length, then runs the command line as a
user would. Arguments that are left over go to ``chart-hero transcribe``.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import harness
import numpy as np
import soundfile

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.cli.exits import run_script

RATE = 44100


def main() -> None:
    """Measure and print."""
    options, rest = _arguments()
    program: list[str | Path] = [sys.executable, "-m", "chart_hero_core.cli"]
    with tempfile.TemporaryDirectory() as folder:
        command = [*program, "transcribe", _long_song(options, Path(folder)), *rest]
        command += ["--domain", options.domain, "--output", Path(folder) / "out"]
        start = harness.run_process([*program, "--version"])
        runs = [harness.run_process(command, options.threads) for _ in range(options.runs)]
    audio_s = options.minutes * 60
    median_s = statistics.median(run.wall_s for run in runs)
    figures = {
        "audio_s": audio_s,
        "threads": options.threads,
        "median_wall_s": median_s,
        "times_real_time": audio_s / median_s,
        "best_times_real_time": audio_s / min(run.wall_s for run in runs),
        "processor_s": statistics.median(run.cpu_s for run in runs),
        "peak_mb": max(run.peak_mb for run in runs),
        "bare_start_s": start.wall_s,
    }
    harness.show("transcribe, end to end", figures, options.json)


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    """The benchmark's own, and those for ``chart-hero transcribe``."""
    parser = harness.parser(__doc__)
    parser.add_argument("--song", type=Path, default=harness.DEMO)
    parser.add_argument("--domain", choices=("drums", "mix"), default="drums")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_known_args()


def _long_song(options: argparse.Namespace, folder: Path) -> Path:
    clip, _ = load_song_audio(song_audio(options.song), options.domain, RATE)
    path = folder / f"{options.domain}.ogg"
    wanted = np.resize(clip.samples, round(options.minutes * 60 * RATE))
    with soundfile.SoundFile(path, "w", RATE, 1, format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(wanted), RATE):
            file.write(wanted[start : start + RATE])
    return path


if __name__ == "__main__":
    run_script(main)
