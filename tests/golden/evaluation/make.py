"""The golden evaluation: a few small songs and the tables they must give.

``python -m tests.golden.evaluation.make`` writes the songs and their tables again. Do so only when
a figure is meant to change, and say why in the commit.
"""

from pathlib import Path

import numpy as np

from chart_hero_core.evaluation.edits_per_100 import ChartNotes
from chart_hero_core.evaluation.report.folder import all_tables
from chart_hero_core.evaluation.results import (
    AUDIO_ALONE,
    TRUE_MAP,
    Options,
    SongPair,
    evaluate_songs,
)
from chart_hero_core.evaluation.strokes import Strokes, read_tsv, tsv_text
from chart_hero_core.timing.tempo_map import TempoMap

FOLDER = Path(__file__).parent
SONGS = {"fast": 210.0, "slow": 90.0, "waltz": 150.0, "silent": 120.0}
# Tables with bootstrap intervals depend on numpy's random numbers and are not golden.
GOLDEN = (
    "scores_by_song",
    "ioi_by_song",
    "subdivisions_by_song",
    "timing",
    "timing_by_song",
    "edits_by_song",
    "tempo_maps_by_song",
    "drumless_by_song",
    "confusion",
    "tom_cymbal",
    "reliability",
)


def pairs() -> list[SongPair]:
    """The songs as they lie on disk; charts are their strokes on the nearest 128th note."""
    found = []
    for name, bpm in SONGS.items():
        reference = read_tsv(FOLDER / "ref" / f"{name}.tsv")
        estimate = read_tsv(FOLDER / "est" / f"{name}.tsv")
        true, heard = TempoMap.constant(bpm), TempoMap.constant(bpm * 1.001)
        found.append(
            SongPair(
                name=name,
                reference=reference,
                estimate=estimate,
                duration_s=30.0,
                tempo_map=true,
                estimated_tempo_map=heard,
                finished=chart(reference, true),
                suggested={TRUE_MAP: chart(estimate, true), AUDIO_ALONE: chart(estimate, heard)},
            )
        )
    return found


def chart(strokes: Strokes, tempo_map: TempoMap) -> ChartNotes:
    """Strokes on the nearest 128th note, one per place and drum."""
    ticks = np.round(tempo_map.ticks_array(strokes.times_s) / 15).astype(np.int64) * 15
    keys = np.unique(ticks * 8 + strokes.labels)
    return ChartNotes((keys // 8).astype(np.float64), (keys % 8).astype(np.int8), tempo_map)


def tables() -> dict[str, str]:
    """The golden tables by name, as CSV."""
    evaluation = evaluate_songs(pairs(), Options(samples=20))
    return {t.name: t.to_csv() for t in all_tables(evaluation) if t.name in GOLDEN}


def write_songs() -> None:
    """Random but repeatable songs: 16ths, rolls of 32nds and 64ths, toms, mistakes."""
    rng = np.random.default_rng(11)
    for name, bpm in SONGS.items():
        steps = np.sort(rng.choice(120, 0 if name == "silent" else 80, replace=False)) * 16
        roll = np.arange(480, 560, 4)
        grid = np.concatenate([steps, roll if steps.size else roll[:0]])
        labels = rng.choice(8, grid.size, p=(0.2, 0.2, 0.07, 0.07, 0.06, 0.2, 0.08, 0.12))
        times = grid / 64 * 60 / bpm
        truth = Strokes.of(np.round(times, 6), labels)
        kept = rng.random(grid.size) < 0.88
        wrong = rng.random(grid.size) < 0.08
        heard = np.where(wrong, rng.integers(0, 8, grid.size), labels)[kept]
        late = np.abs(times[kept] + 0.002 + rng.normal(0, 0.007, int(kept.sum())))
        extra = rng.uniform(0, 8, 6)
        guess = Strokes.of(
            np.round(np.concatenate([late, extra]), 6),
            np.concatenate([heard, rng.integers(0, 8, 6)]),
            np.round(np.concatenate([rng.beta(8, 2, late.size), rng.beta(2, 2, 6)]), 4),
        )
        for side, strokes in (("ref", truth), ("est", guess)):
            (FOLDER / side).mkdir(exist_ok=True)
            (FOLDER / side / f"{name}.tsv").write_text(tsv_text(strokes))


if __name__ == "__main__":
    write_songs()
    for table_name, text in tables().items():
        (FOLDER / f"{table_name}.csv").write_text(text)
