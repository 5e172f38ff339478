"""How long 300 songs of 2,000 notes take to evaluate: ``python benchmarks/evaluation.py``.

Measures the command on folders of TSV files with beats (read, score, write the report), the
library on songs with charts and tempo maps (edits too), and one edit count of 5,000 notes, as the
app does it. Processor seconds are what an idle machine needs; wall seconds depend on its load.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from harness import latency, parser, run_process, show, times_ms

from chart_hero_core.cli.exits import run_script
from chart_hero_core.evaluation.edits_per_100 import ChartNotes, count_edits
from chart_hero_core.evaluation.report.folder import about, write_report
from chart_hero_core.evaluation.results import (
    AUDIO_ALONE,
    TRUE_MAP,
    SongPair,
    evaluate_songs,
)
from chart_hero_core.evaluation.strokes import Strokes, tsv_text
from chart_hero_core.timing.tempo_map import TempoMap

MIX = (0.2, 0.2, 0.05, 0.05, 0.05, 0.25, 0.05, 0.15)


def make_chart(seed: int, count: int) -> ChartNotes:
    """``count`` notes on random 32nds of a few minutes, the drums as common as in real charts."""
    rng = np.random.default_rng(seed)
    keys = np.empty(0, np.int64)
    while keys.size < count:
        places = rng.integers(0, count, count) * 60
        drums = rng.choice(8, count, p=MIX)
        keys = np.unique(np.concatenate([keys, places * 8 + drums]))
    keys = np.sort(rng.choice(keys, count, replace=False))
    tempo_map = TempoMap.constant(float(rng.uniform(90, 230)))
    return ChartNotes((keys // 8).astype(np.float64), (keys % 8).astype(np.int8), tempo_map)


def make_pair(seed: int, count: int) -> SongPair:
    """A song and a transcription with a tenth missing, one in twenty wrong, 8 ms of scatter."""
    rng = np.random.default_rng([seed, 1])
    finished = make_chart(seed, count)
    tempo_map = finished.tempo_map
    times = tempo_map.seconds_array(finished.ticks)
    kept = rng.random(count) < 0.9
    wrong = rng.random(count) < 0.05
    drums = np.where(wrong, rng.integers(0, 8, count), finished.drums)[kept].astype(np.int8)
    heard = np.abs(times[kept] + rng.normal(0, 0.008, int(kept.sum())))
    estimate = Strokes.of(heard, drums, rng.random(drums.size))
    own = TempoMap.constant(tempo_map.tempos[0].bpm * 1.00002)
    ticks = np.round(tempo_map.ticks_array(heard) / 60) * 60
    suggested = {
        TRUE_MAP: ChartNotes(ticks, drums, tempo_map),
        AUDIO_ALONE: ChartNotes(ticks, drums, own),
    }
    return SongPair(
        name=f"song{seed:04d}",
        reference=Strokes.of(times, finished.drums),
        estimate=estimate,
        duration_s=float(times[-1]) + 1,
        tempo_map=tempo_map,
        estimated_tempo_map=own,
        finished=finished,
        suggested=suggested,
    )


def write_folders(folder: Path, pairs: list[SongPair]) -> tuple[Path, Path]:
    """The songs as TSV files, with the beats of the references."""
    reference, estimate = folder / "ref", folder / "est"
    reference.mkdir()
    estimate.mkdir()
    for pair in pairs:
        assert pair.tempo_map is not None
        assert pair.duration_s is not None
        (reference / f"{pair.name}.tsv").write_text(tsv_text(pair.reference))
        (estimate / f"{pair.name}.tsv").write_text(tsv_text(pair.estimate))
        beats = np.arange(0, pair.duration_s, 60 / pair.tempo_map.tempos[0].bpm)
        rows = (f"{time_s:.6f}\t{index % 4 + 1}\n" for index, time_s in enumerate(beats.tolist()))
        (reference / f"{pair.name}.beats").write_text("".join(rows))
    return reference, estimate


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--songs", type=int, default=300)
    options.add_argument("--notes", type=int, default=2_000)
    args = options.parse_args()
    pairs = [make_pair(seed, args.notes) for seed in range(args.songs)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        start = time.process_time()
        evaluation = evaluate_songs(pairs)
        scored_s = time.process_time() - start
        start = time.process_time()
        write_report(folder / "library", evaluation, about("truth", "estimate"))
        written_s = time.process_time() - start
        sides = write_folders(folder, pairs)
        command = [sys.executable, "-m", "chart_hero_core.cli", "evaluate"]
        run = run_process([*command, *sides, "-o", folder / "command"])
    suggested, finished = make_pair(0, 5_000), make_chart(0, 5_000)
    goal = finished.on(finished.tempo_map)
    placed = suggested.suggested[TRUE_MAP].on(finished.tempo_map)
    figures = {
        "songs": args.songs,
        "notes_per_song": args.notes,
        "command_on_tsv_files_wall_s": run.wall_s,
        "command_on_tsv_files_cpu_s": run.cpu_s,
        "command_peak_mb": run.peak_mb,
        "library_with_charts_cpu_s": scored_s,
        "report_cpu_s": written_s,
        **latency("edit_count_5000_notes", times_ms(lambda: count_edits(placed, goal), 40)),
    }
    show("evaluation", figures, args.json)


if __name__ == "__main__":
    run_script(main)
