"""Tables of edits, tempo maps, false strokes, confusions and confidence."""

from collections.abc import Iterator

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.evaluation.confusions import NOTHING, colour_confusions
from chart_hero_core.evaluation.edits_per_100 import KINDS, KIT_PARTS, Edits
from chart_hero_core.evaluation.reliability import BINS, diagram, expected_calibration_error
from chart_hero_core.evaluation.report.score_tables import ALL, figure_cells, with_total
from chart_hero_core.evaluation.report.tables import Cell, Table
from chart_hero_core.evaluation.results import AUDIO_ALONE, TRUE_MAP, Evaluation, SongResult
from chart_hero_core.evaluation.scores import ratio
from chart_hero_core.evaluation.views import EIGHT

MODES = (TRUE_MAP, AUDIO_ALONE)
# Every drum, the parts of the kit that are more than one drum, and everything.
PARTS: dict[str, tuple[DrumClass, ...]] = {
    **{drum.label: (drum,) for drum in DrumClass},
    "toms": KIT_PARTS["toms"],
    "cymbals": KIT_PARTS["cymbals"],
    ALL: tuple(DrumClass),
}
TEMPO_FIGURES = (
    "beat_f",
    "downbeat_f",
    "mean_tempo_error_percent",
    "on_grid_estimate",
    "on_grid_reference",
    "markers_estimate",
    "markers_reference",
)
_KIND_COLUMNS = tuple(kind.replace(" ", "_") for kind in KINDS)


def chart_tables(evaluation: Evaluation) -> list[Table]:
    """All tables of this module that have something to say."""
    return [
        *_edit_tables(evaluation),
        *_tempo_tables(evaluation),
        *_drumless_tables(evaluation),
        *_confusion_tables(evaluation),
        *_reliability_tables(evaluation),
    ]


def _edit_tables(evaluation: Evaluation) -> Iterator[Table]:
    modes = [mode for mode in MODES if any(mode in song.edits for song in evaluation.songs)]
    if not modes:
        return
    rows: list[tuple[Cell, ...]] = []
    for mode in modes:
        for part, drums in PARTS.items():
            cells = np.array(
                [_edit_cells(song.edits.get(mode), drums) for song in evaluation.songs]
            )
            per_100 = evaluation.bootstrap.figure(cells[:, [0, 1]] * [100, 1], ratio)
            edits, notes, *kinds = cells.sum(axis=0).tolist()
            rows.append((mode, part, notes, *kinds, edits, *figure_cells(per_100)))
    columns = ("tempo", "part", "notes", *_KIND_COLUMNS, "edits", "per_100")
    yield Table.of("edits", (*columns, "per_100_low", "per_100_high"), rows)
    rows = []
    for song in evaluation.songs:
        for mode, found in song.edits.items():
            for part, drums in PARTS.items():
                edits, notes, *kinds = _edit_cells(found, drums)
                per = found.per_100_of(drums)
                rows.append((song.pair.name, mode, part, notes, *kinds, edits, per))
    yield Table.of("edits_by_song", ("song", *columns), rows)


def _edit_cells(edits: Edits | None, drums: tuple[DrumClass, ...]) -> tuple[int, ...]:
    """Edits, finished notes, then the edits of each kind, of some drums (zeros without a count)."""
    if edits is None:
        return (0,) * (2 + len(KINDS))
    rows = [int(drum) for drum in drums]
    kinds = edits.by_drum[rows].sum(axis=0).tolist()
    return (sum(kinds), int(edits.notes[rows].sum()), *kinds)


def _tempo_tables(evaluation: Evaluation) -> Iterator[Table]:
    scored = [(song.pair.name, song.tempo) for song in evaluation.songs if song.tempo is not None]
    if not scored:
        return
    rows: list[tuple[Cell, ...]] = []
    for name in TEMPO_FIGURES:
        values = [
            float("nan")
            if song.tempo is None or (value := getattr(song.tempo, name)) is None
            else float(value)
            for song in evaluation.songs
        ]
        mean = evaluation.bootstrap.mean(np.array(values))
        rows.append((name, len(scored), *figure_cells(mean)))
    for name in ("octave", "phase"):
        wrong = sum(bool(getattr(tempo, name)) for _, tempo in scored)
        rows.append((f"{name}_errors", len(scored), wrong, None, None))
    yield Table.of("tempo_maps", ("figure", "songs", "mean", "low", "high"), rows)
    columns = (*TEMPO_FIGURES, "octave", "phase")
    songs = [(song, *(getattr(tempo, name) for name in columns)) for song, tempo in scored]
    yield Table.of("tempo_maps_by_song", ("song", *columns), songs)


def drumless_minutes(song: SongResult) -> float | None:
    """Minutes of audio if it has no drums and its length is known."""
    if not song.drumless or not song.pair.duration_s:
        return None
    return song.pair.duration_s / 60


def _drumless_tables(evaluation: Evaluation) -> Iterator[Table]:
    parts = []
    rows: list[tuple[Cell, ...]] = []
    names = (*evaluation.view.classes, ALL)
    for song in evaluation.songs:
        minutes = drumless_minutes(song)
        false = np.array([match.est_times_s.size for match in song.detail], np.float64)
        false = np.append(false, false.sum())
        if minutes is None:
            parts.append(np.zeros((len(names), 2)))
            continue
        parts.append(np.stack([false, np.full(len(names), minutes)], axis=-1))
        for name, count in zip(names, false.tolist(), strict=True):
            rows.append((song.pair.name, name, minutes, int(count), count / minutes))
    if not rows:
        return
    columns = ("class", "minutes", "false_positives", "per_minute")
    counts = np.stack(parts)
    totals: list[tuple[Cell, ...]] = []
    for code, name in enumerate(names):
        false_count, minutes = counts[:, code].sum(axis=0).tolist()
        rate = evaluation.bootstrap.figure(counts[:, code], ratio)
        totals.append((name, minutes, int(false_count), *figure_cells(rate)))
    yield Table.of("drumless", (*columns, "per_minute_low", "per_minute_high"), totals)
    yield Table.of("drumless_by_song", ("song", *columns), rows)


def total_confusion(evaluation: Evaluation) -> Int64Array:
    """The confusion matrix of all songs, ``[truth, heard as]``; the last of each is nothing."""
    matrix: Int64Array = np.sum([song.confusion for song in evaluation.songs], axis=0)
    return matrix


def _confusion_tables(evaluation: Evaluation) -> Iterator[Table]:
    names = (*evaluation.view.classes, NOTHING)
    total = total_confusion(evaluation)
    rows = [
        (true, heard, int(total[i, j]))
        for i, true in enumerate(names)
        for j, heard in enumerate(names)
    ]
    yield Table.of("confusion", ("reference", "estimate", "strokes"), rows)
    songs = [
        (song.pair.name, names[i], names[j], int(song.confusion[i, j]))
        for song in evaluation.songs
        for i, j in np.argwhere(song.confusion > 0).tolist()
    ]
    yield Table.of("confusion_by_song", ("song", "reference", "estimate", "strokes"), songs)
    if evaluation.view.name != EIGHT.name:
        return
    colours = [
        (
            c.tom.label,
            c.cymbal.label,
            c.tom_right,
            c.tom_as_cymbal,
            c.cymbal_right,
            c.cymbal_as_tom,
            c.error_rate,
        )
        for c in colour_confusions(total)
    ]
    columns = ("tom", "cymbal", "tom_right", "tom_as_cymbal", "cymbal_right", "cymbal_as_tom")
    yield Table.of("tom_cymbal", (*columns, "error_rate"), colours)


def reliability_totals(evaluation: Evaluation) -> Float64Array:
    """Counts of all songs, ``[classes + 1, BINS, 3]``, the last class being all."""
    per_song = with_total(np.stack([song.reliability for song in evaluation.songs]))
    totals: Float64Array = per_song.sum(axis=0)
    return totals


def _reliability_tables(evaluation: Evaluation) -> Iterator[Table]:
    per_song = with_total(np.stack([song.reliability for song in evaluation.songs]))
    totals = per_song.sum(axis=0)
    if not totals[..., 0].any():
        return
    names = (*evaluation.view.classes, ALL)
    rows: list[tuple[Cell, ...]] = []
    for name, counts in zip(names, totals, strict=True):
        rows += [
            (name, b.low, b.high, b.strokes, b.mean_confidence, b.share_right)
            for b in diagram(counts)
        ]
    head = ("class", "from", "to", "strokes", "mean_confidence", "share_right")
    yield Table.of("reliability", head, rows)
    errors: list[tuple[Cell, ...]] = []
    for code, name in enumerate(names):
        figure = evaluation.bootstrap.figure(per_song[:, code], expected_calibration_error)
        strokes = int(totals[code, :, 0].sum())
        errors.append((name, strokes, *figure_cells(figure)))
    yield Table.of("calibration_error", ("class", "strokes", "ece", "ece_low", "ece_high"), errors)
    by_song: list[tuple[Cell, ...]] = [
        (song.pair.name, names[code], index / BINS, *song.reliability[code, index].tolist())
        for song in evaluation.songs
        for code, index in np.argwhere(song.reliability[..., 0] > 0).tolist()
    ]
    columns = ("song", "class", "from", "strokes", "right", "sum_of_confidence")
    yield Table.of("reliability_by_song", columns, by_song)
