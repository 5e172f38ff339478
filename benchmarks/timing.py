"""Tempo tracking and quantisation against the tempo maps of real charts.

    python benchmarks/timing.py CHARTS [--heldout 0|1|all] [--every N] [--songs] [--json]
    python benchmarks/timing.py --beats FOLDER

CHARTS is a folder of ``notes.mid`` files with a ``manifest.csv`` (columns ``file``, ``heldout``).
The expert notes at their true times, disturbed (Gaussian, 5 ms; 5 % left out, 5 % invented), are
the strokes. FOLDER holds ``NAME.beats`` (time, beat in the bar) with ``NAME.tsv`` (time, drum).
"""

import argparse
import csv
import json
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import mir_eval
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from timing_charts import ReferenceChart, read_chart

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.cli.exits import run_script
from chart_hero_core.timing.beats import TempoCandidate, tempo_candidates
from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.quantise import quantise
from chart_hero_core.timing.tempo_map import TempoMap

JITTER_S, LOST, INVENTED = 0.005, 0.05, 0.05
OCTAVE_GAIN = 0.15


@dataclass(frozen=True, slots=True)
class SongResult:
    """What came of one song.

    ``octave`` is the factor by which the beats found would have to be multiplied to fit clearly
    better (2, 0.5) or 1; ``right_place`` the share of true notes that got their place in the beat
    (within 1/48) at the right tempo; ``right_place_given`` the same with the true tempo map.
    """

    name: str
    beat_f: float
    downbeat_f: float
    best_offered_f: float
    octave: float
    markers: int
    markers_reference: int
    on_grid: float
    right_place: float
    right_place_given: float
    cpu_s: float


def disturbed(chart: ReferenceChart, seed: int) -> tuple[list[Hit], np.ndarray]:
    """Strokes as a detector might hear them, and for each the index of its note (-1: invented)."""
    rng = np.random.default_rng(seed)
    strokes: list[tuple[float, DrumClass, int]] = []
    for index, hit in enumerate(chart.hits()):
        time_s = max(hit.time_s + rng.normal(0, JITTER_S), 0.0)
        if rng.random() >= LOST:
            strokes.append((time_s, hit.drum, index))
    start_s, end_s = strokes[0][0], strokes[-1][0]
    for _ in range(int(len(chart.notes) * INVENTED)):
        drum = DrumClass(int(rng.integers(len(DrumClass))))
        strokes.append((float(rng.uniform(start_s, end_s)), drum, -1))
    strokes.sort()
    return [Hit(t, d) for t, d, _ in strokes], np.array([i for _, _, i in strokes])


def beats_of(tempo_map: TempoMap, end_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Beat and downbeat times of a map up to ``end_s``."""
    ticks, downs = counted_beats(tempo_map, tempo_map.tick_at(end_s))
    times = tempo_map.seconds_array(ticks)
    return times, times[downs]


def f_measure(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Beat F within 70 ms."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(mir_eval.beat.f_measure(np.sort(reference), np.sort(estimate)))


def octave_of(reference: np.ndarray, found: np.ndarray, plain: float) -> float:
    """Whether twice or half as many beats would fit clearly better."""
    doubled = np.sort(np.concatenate([found, (found[1:] + found[:-1]) / 2]))
    halved = max(f_measure(reference, found[phase::2]) for phase in (0, 1))
    if f_measure(reference, doubled) > plain + OCTAVE_GAIN:
        return 2.0
    return 0.5 if halved > plain + OCTAVE_GAIN else 1.0


def place_in_beat(tick: int, tempo_map: TempoMap) -> float:
    """Quarters since the last quarter counted from the bar line, 0..1."""
    start = tempo_map.bar_start(tempo_map.bar_beat(tick)[0])
    return (tick - start) / tempo_map.resolution % 1.0


def right_places(
    chart: ReferenceChart, hits: Sequence[Hit], notes: np.ndarray, tempo_map: TempoMap
) -> float:
    """Share of the true notes heard that stand at their place in the beat."""
    lanes = [int(hit.drum.lane) for hit in hits]
    places = quantise([hit.time_s for hit in hits], tempo_map, lanes)
    reference = chart.tempo_map
    right = 0
    for place, note in zip(places, notes, strict=True):
        if note < 0:
            continue
        true_tick = chart.notes[note][0]
        tempo = tempo_map.tempo_at(place.tick).bpm / reference.tempo_at(true_tick).bpm
        apart = abs(place_in_beat(place.tick, tempo_map) - place_in_beat(true_tick, reference))
        if min(apart, 1 - apart) <= 1 / 48 and 0.92 < tempo < 1.08:
            right += 1
    return right / max(int((notes >= 0).sum()), 1)


def measure(chart: ReferenceChart, seed: int) -> SongResult:
    """Track one chart and compare."""
    hits, notes = disturbed(chart, seed)
    end_s = hits[-1].time_s
    start = time.process_time()
    found = tempo_candidates(hits, end_s + 3)
    cpu_s = time.process_time() - start
    low, high = hits[0].time_s - 0.3, end_s + 0.3
    reference, reference_down = chart.beats()
    reference, reference_down = (x[(x >= low) & (x <= high)] for x in (reference, reference_down))

    def scores(candidate: TempoCandidate) -> tuple[float, float, np.ndarray]:
        beats, down = beats_of(candidate.tempo_map, high)
        beats, down = beats[beats >= low], down[down >= low]
        return f_measure(reference, beats), f_measure(reference_down, down), beats

    beat_f, downbeat_f, beats = scores(found[0])
    return SongResult(
        chart.name,
        beat_f,
        downbeat_f,
        max(scores(candidate)[0] for candidate in found),
        octave_of(reference, beats, beat_f),
        found[0].markers,
        len(chart.tempo_map.tempos),
        found[0].on_grid,
        right_places(chart, hits, notes, found[0].tempo_map),
        right_places(chart, hits, notes, chart.tempo_map),
        cpu_s,
    )


def measure_annotated(folder: Path) -> list[tuple[str, float, float, TempoCandidate]]:
    """Beat F, downbeat F and the best candidate for every annotated song."""
    found = []
    for path in sorted(folder.glob("*.beats")):
        rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
        reference = np.array([float(row[0]) for row in rows])
        down = reference[np.array([row[1] == "1" for row in rows])]
        labels = {drum.label: drum for drum in DrumClass}
        hits = [
            Hit(float(row[0]), labels[row[1]])
            for row in (line.split() for line in path.with_suffix(".tsv").read_text().splitlines())
            if row[1] in labels
        ]
        best = tempo_candidates(hits, max(reference[-1], hits[-1].time_s) + 1)[0]
        beats, bars = beats_of(best.tempo_map, float(reference[-1]) + 0.3)
        found.append((path.stem, f_measure(reference, beats), f_measure(down, bars), best))
    if not found:
        raise DatasetError(f"{folder} holds no annotated songs (NAME.beats beside NAME.tsv).")
    return found


def summary(results: Sequence[SongResult]) -> dict[str, float]:
    """Means over songs."""
    table = {
        key: float(np.mean([getattr(r, key) for r in results]))
        for key in ("beat_f", "downbeat_f", "best_offered_f", "on_grid", "right_place",
                    "right_place_given", "markers", "markers_reference", "cpu_s")
    }  # fmt: skip
    table["songs"] = len(results)
    table["songs_beat_f_0.9"] = float(np.mean([r.beat_f >= 0.9 for r in results]))
    table["octave_errors"] = float(np.mean([r.octave != 1 for r in results]))
    for key in ("beat_f", "markers", "markers_reference", "right_place"):
        table[f"median_{key}"] = float(np.median([getattr(r, key) for r in results]))
    return table


def measure_charts(options: argparse.Namespace) -> list[SongResult]:
    """Results of the charts that the manifest lists and the options leave."""
    with (options.charts / "manifest.csv").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if options.heldout in ("all", r["heldout"])]
    results = []
    for seed, row in enumerate(rows[:: options.every]):
        result = measure(read_chart(options.charts / row["file"]), seed)
        results.append(result)
        if options.songs:
            print(f"{result.name[:44]:44s} F {result.beat_f:.2f} down {result.downbeat_f:.2f} "
                  f"offered {result.best_offered_f:.2f} markers {result.markers:4d}/"
                  f"{result.markers_reference:4d} grid {result.on_grid:.2f} place "
                  f"{result.right_place:.2f}/{result.right_place_given:.2f} "
                  f"{result.cpu_s:.2f} s", flush=True)  # fmt: skip
    if not results:
        raise DatasetError(f"The manifest of {options.charts} lists no such charts.")
    return results


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("charts", type=Path, nargs="?", help="folder of charts with manifest.csv")
    parser.add_argument("--heldout", choices=("0", "1", "all"), default="1")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth song only")
    parser.add_argument("--songs", action="store_true", help="one line per song")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--beats", type=Path, help="folder of annotated songs")
    options = parser.parse_args()
    if options.beats:
        for name, beat_f, downbeat_f, best in measure_annotated(options.beats):
            print(f"{name:28s} beat F {beat_f:.3f}  downbeat F {downbeat_f:.3f}  {best.label}, "
                  f"{best.markers} markers, {best.on_grid:.0%} on grid")  # fmt: skip
    if not options.charts:
        return
    results = measure_charts(options)
    table = summary(results)
    if options.json:
        print(json.dumps({"summary": table, "songs": [asdict(r) for r in results]}, indent=1))
        return
    for key, value in table.items():
        print(f"{key:24s} {value:8.3f}")


if __name__ == "__main__":
    run_script(main)
