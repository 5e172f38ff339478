"""Tempo tracking from audio against the true maps of rendered songs or annotated beats.

    python benchmarks/timing_audio.py FOLDER [--domain drums|mix] [--cache FOLDER] [--songs]
                                      [--input all|no-harmony|hits|audio|strokes]

FOLDER is what ``chart-hero synthesise`` writes, or holds ``NAME.beats`` with ``NAME.drums.flac``
and ``NAME.mix.flac``. ``--cache`` keeps what the model heard, so that a second run needs no
network. ``--input``: the model's hits, its beat curves and the changes of harmony (all), all
without the harmony, hits or curves alone, or the true strokes.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from timing import f_measure, octave_of

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli.exits import run_script
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.evaluation.beat_files import read_beats
from chart_hero_core.evaluation.tempo_maps import score_tempo_map
from chart_hero_core.formats.midi import read_midi
from chart_hero_core.tasks.transcribe import AnalyseOptions, analyse, decode_plan
from chart_hero_core.timing.beats import BeatActivations, tempo_candidates
from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.tempo_map import TempoMap

INPUTS = ("all", "no-harmony", "hits", "audio", "strokes")


@dataclass(frozen=True)
class Heard:
    """What the model heard in one song."""

    hits: list[Hit]
    beat: BeatActivations
    duration_s: float


@dataclass(frozen=True)
class Truth:
    """One song: its map, its strokes, its audio, and where its beats begin."""

    name: str
    tempo_map: TempoMap
    hits: list[Hit]
    audio: Path
    from_s: float


def truths(folder: Path, domain: str) -> Iterator[Truth]:
    """The songs of ``folder``, rendered or annotated."""
    for path in sorted(folder.glob("*.tsv")):
        labels = {drum.label: drum for drum in DrumClass}
        rows = [line.split() for line in path.read_text().splitlines()]
        hits = [Hit(float(r[0]), labels[r[1]]) for r in rows if r and r[1] in labels]
        song = path.with_suffix("")
        if song.is_dir():
            tempo_map = read_midi((song / "notes.mid").read_bytes(), pro_drums=True).song.tempo_map
            yield Truth(song.name, tempo_map, hits, song, 0.0)
        else:
            tempo_map, from_s = read_beats(path.with_suffix(".beats"))
            audio = path.with_name(f"{path.stem}.{domain}.flac")
            yield Truth(path.stem, tempo_map, hits, audio, from_s)


def heard(song: Truth, domain: str, cache: Path | None) -> Heard:
    """What the model hears, from the cache where it is known."""
    path = cache / f"{song.name}.{domain}.npz" if cache else None
    if path is None or not path.exists():
        arrays = _listen(song, domain)
        if path is None:
            return _heard(arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    with np.load(path, allow_pickle=False) as file:
        return _heard({name: file[name] for name in file.files})


def _listen(song: Truth, domain: str) -> dict[str, np.ndarray]:
    wanted: Literal["drums", "mix"] = "drums" if domain == "drums" else "mix"
    analysis = analyse(song.audio, AnalyseOptions(domain=wanted, micro="off"), SilentProgress())
    plan = decode_plan(analysis, "conservative")
    hits = decode(prepare(analysis.activations), plan, analysis.calibration)
    curves = analysis.activations
    return {
        "time": np.array([h.time_s for h in hits]),
        "drum": np.array([int(h.drum) for h in hits]),
        "conf": np.array([h.confidence for h in hits]),
        "vel": np.array([np.nan if h.velocity is None else h.velocity for h in hits]),
        "beat": np.asarray(curves.beat),
        "down": np.asarray(curves.downbeat),
        "harmony": np.zeros(0) if curves.harmony is None else np.asarray(curves.harmony),
        "hop": np.array(curves.hop_s),
        "dur": np.array(analysis.clip.duration_s),
    }


def _heard(arrays: dict[str, np.ndarray]) -> Heard:
    hits = [
        Hit(float(t), DrumClass(int(d)), float(c), None if np.isnan(v) else float(v))
        for t, d, c, v in zip(
            arrays["time"], arrays["drum"], arrays["conf"], arrays["vel"], strict=True
        )
    ]
    beat = BeatActivations(
        arrays["beat"].astype(np.float64), arrays["down"].astype(np.float64), float(arrays["hop"])
    )
    if arrays["harmony"].size:
        beat = replace(beat, harmony=arrays["harmony"].astype(np.float64))
    return Heard(hits, beat, float(arrays["dur"]))


def counted(tempo_map: TempoMap, low_s: float, high_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Times of the beats as counted, and of the bar lines, between two times."""
    ticks, downs = counted_beats(tempo_map, tempo_map.tick_at(high_s))
    times = tempo_map.seconds_array(ticks)
    inside = times >= low_s
    return times[inside], times[inside & downs]


def measure(song: Truth, domain: str, source: str, cache: Path | None) -> dict[str, float]:
    """Scores of one song.

    ``beat_f`` and ``downbeat_f`` count beats as people do, from the first stroke to the last;
    ``written_f`` takes the notes of each signature's denominator over the whole song.
    """
    ear = heard(song, domain, cache)
    hits = {"strokes": song.hits, "audio": []}.get(source, ear.hits)
    beat = None if source in ("hits", "strokes") else ear.beat
    if beat is not None and source == "no-harmony":
        beat = replace(beat, harmony=None)
    start = time.process_time()
    found = [one.tempo_map for one in tempo_candidates(hits, ear.duration_s, beat=beat)]
    cpu_s = time.process_time() - start
    strokes = np.array([h.time_s for h in song.hits])
    written = score_tempo_map(song.tempo_map, found[0], strokes, ear.duration_s, song.from_s)
    return {
        **counted_scores(song, found),
        "written_f": written.beat_f,
        "written_downbeat_f": written.downbeat_f,
        "markers": float(len(found[0].tempos)),
        "markers_reference": float(len(song.tempo_map.tempos)),
        "cpu_s": cpu_s,
    }


def counted_scores(song: Truth, found: Sequence[TempoMap]) -> dict[str, float]:
    """How the tempo maps found, the best first, count the beats of a song."""
    low = max(song.hits[0].time_s - 0.3, song.from_s - 0.07)
    high = song.hits[-1].time_s + 0.3
    if song.audio.is_file():
        high = song.tempo_map.seconds(song.tempo_map.tempos[-1].tick) + 0.3
    reference, reference_down = counted(song.tempo_map, low, high)
    scores = []
    for candidate in found:
        beats, downs = counted(candidate, low, high)
        scores.append((f_measure(reference, beats), f_measure(reference_down, downs)))
    beats = counted(found[0], low, high)[0]
    return {
        "beat_f": scores[0][0],
        "downbeat_f": scores[0][1],
        "best_offered_f": max(s[0] for s in scores),
        "best_offered_downbeat_f": max(s[1] for s in scores),
        "octave": float(octave_of(reference, beats, scores[0][0]) != 1),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domain", choices=("drums", "mix"), default="drums")
    parser.add_argument("--input", choices=INPUTS, default="all")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--songs", action="store_true", help="one line per song")
    options = parser.parse_args()
    results: list[dict[str, float]] = []
    for song in truths(options.folder, options.domain):
        result = measure(song, options.domain, options.input, options.cache)
        results.append(result)
        if options.songs:
            print(f"{song.name[:44]:44s} " + " ".join(_column(k, v) for k, v in result.items()))
    if not results:
        raise DatasetError(f"{options.folder} holds no songs (NAME.tsv beside their sound).")
    show(results)


def _column(key: str, value: float) -> str:
    return f"{key.replace('best_offered', 'best')[:12]} {value:.2f}"


def show(results: Sequence[dict[str, float]]) -> None:
    """Means over songs."""
    print(f"{'songs':24s} {len(results):8d}")
    for key in results[0]:
        print(f"{key:24s} {np.mean([r[key] for r in results]):8.3f}")
    good = np.mean([r["beat_f"] >= 0.9 for r in results])
    print(f"{'songs_beat_f_0.9':24s} {good:8.3f}")


if __name__ == "__main__":
    run_script(main)
