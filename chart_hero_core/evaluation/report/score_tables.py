"""Tables of scores, speed, subdivisions and timing."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array
from chart_hero_core.evaluation.breakdowns import (
    BPM_BANDS,
    IOI_BINS,
    IOI_KINDS,
    SUBDIVISION_NAMES,
)
from chart_hero_core.evaluation.report.tables import Cell, Table
from chart_hero_core.evaluation.results import Evaluation
from chart_hero_core.evaluation.scores import (
    Figure,
    class_scores,
    macro,
    micro,
    per_song,
    prf,
    ratio,
)
from chart_hero_core.evaluation.timing import histogram, statistics

ALL = "all"
_PRF = ("precision", "recall", "f")
_WITH_INTERVALS = tuple(f"{name}{end}" for name in _PRF for end in ("", "_low", "_high"))


def score_tables(evaluation: Evaluation) -> list[Table]:
    """All tables of this module."""
    return [
        scores_by_class(evaluation),
        scores_overall(evaluation),
        scores_by_song(evaluation),
        _ioi_table(evaluation),
        ioi_by_song(evaluation),
        *_subdivision_tables(evaluation),
        timing_table(evaluation),
        timing_by_song(evaluation),
        _timing_histogram(evaluation),
    ]


def figure_cells(figure: Figure) -> tuple[Cell, Cell, Cell]:
    """A figure as three cells: value, lower and upper end of its interval."""
    return figure.value, figure.low, figure.high


def figure_from(record: Mapping[str, Cell], value: str, stem: str | None = None) -> Figure:
    """The figure in the column ``value`` with its interval in ``{stem}_low`` and ``{stem}_high``.

    ``stem`` is ``value`` when not given; with an empty one the columns are ``low`` and ``high``.
    """
    prefix = f"{value}_" if stem is None else stem
    cells = (record[value], record[f"{prefix}low"], record[f"{prefix}high"])
    known, low, high = (None if cell is None else float(cell) for cell in cells)
    return Figure(float("nan") if known is None else known, low, high)


def scores_by_class(evaluation: Evaluation) -> Table:
    """Micro scores of each class, view and tolerance, with intervals."""
    rows: list[tuple[Cell, ...]] = []
    for view in evaluation.views:
        for tolerance_ms in evaluation.options.all_tolerances_ms:
            counts = evaluation.counts(view, tolerance_ms)
            scores = class_scores(counts, evaluation.bootstrap)
            for name, s in zip(view.classes, scores, strict=True):
                cells = [c for f in (s.precision, s.recall, s.f) for c in figure_cells(f)]
                rows.append((view.name, tolerance_ms, name, s.ref, s.est, s.tp, *cells))
    columns = ("view", "tolerance_ms", "class", "ref", "est", "tp", *_WITH_INTERVALS)
    return Table.of("scores_by_class", columns, rows)


def scores_overall(evaluation: Evaluation) -> Table:
    """Micro, macro and per-song scores of each view and tolerance, with intervals."""
    rows: list[tuple[Cell, ...]] = []
    nothing: tuple[Cell, ...] = (None,) * 6
    for view in evaluation.views:
        for tolerance_ms in evaluation.options.all_tolerances_ms:
            counts, bootstrap = evaluation.counts(view, tolerance_ms), evaluation.bootstrap
            s = micro(counts, bootstrap)
            cells = [c for f in (s.precision, s.recall, s.f) for c in figure_cells(f)]
            where = (view.name, tolerance_ms)
            rows.append((*where, "micro", s.ref, s.est, s.tp, *cells))
            for name, figure in (
                ("macro", macro(counts, bootstrap)),
                ("per song", per_song(counts, bootstrap)),
            ):
                rows.append((*where, name, s.ref, s.est, s.tp, *nothing, *figure_cells(figure)))
    columns = ("view", "tolerance_ms", "average", "ref", "est", "tp", *_WITH_INTERVALS)
    return Table.of("scores_overall", columns, rows)


def scores_by_song(evaluation: Evaluation) -> Table:
    """Scores of each song, view, tolerance and class, and of all its classes together."""
    rows: list[tuple[Cell, ...]] = []
    for song in evaluation.songs:
        for view in evaluation.views:
            for tolerance_ms in evaluation.options.all_tolerances_ms:
                counts = song.counts[view.name, tolerance_ms]
                everything = np.concatenate([counts, counts.sum(axis=0, keepdims=True)])
                scores = np.stack(prf(everything), axis=-1).tolist()
                names = (*view.classes, ALL)
                for name, (tp, ref, est), score in zip(
                    names, everything.tolist(), scores, strict=True
                ):
                    where = (song.pair.name, view.name, tolerance_ms, name)
                    rows.append((*where, ref, est, tp, *score))
    columns = ("song", "view", "tolerance_ms", "class", "ref", "est", "tp", *_PRF)
    return Table.of("scores_by_song", columns, rows)


def shares(evaluation: Evaluation, per_song_counts: Int64Array) -> Figure:
    """Recall (or precision) of ``[songs, 2]`` counts of strokes and those right."""
    return evaluation.bootstrap.figure(per_song_counts[:, ::-1], ratio)


def _ioi_table(evaluation: Evaluation) -> Table:
    """Recall and precision by interval, per class and of all classes, with intervals."""
    counts = with_total(np.stack([song.ioi for song in evaluation.songs]))
    rows: list[tuple[Cell, ...]] = []
    for code, name in enumerate((*evaluation.view.classes, ALL)):
        for kind, kind_name in enumerate(IOI_KINDS):
            for index, bin_name in enumerate(IOI_BINS):
                cell = counts[:, code, kind, index]
                ref, found, est, right = cell.sum(axis=0).tolist()
                recall = figure_cells(shares(evaluation, cell[:, :2]))
                precision = figure_cells(shares(evaluation, cell[:, 2:]))
                where = (name, kind_name, bin_name)
                rows.append((*where, ref, found, *recall, est, right, *precision))
    columns = ("class", "interval", "bin", "ref", "found", *_ends("recall"), "est", "right")
    return Table.of("ioi", (*columns, *_ends("precision")), rows)


def ioi_by_song(evaluation: Evaluation) -> Table:
    """Counts by song, class and interval, where there are any."""
    rows: list[tuple[Cell, ...]] = []
    for song in evaluation.songs:
        for code, kind, index in np.argwhere(song.ioi.any(axis=-1)).tolist():
            name = evaluation.view.classes[code]
            counts = song.ioi[code, kind, index].tolist()
            rows.append((song.pair.name, name, IOI_KINDS[kind], IOI_BINS[index], *counts))
    columns = ("song", "class", "interval", "bin", "ref", "found", "est", "right")
    return Table.of("ioi_by_song", columns, rows)


def with_total(counts: Int64Array) -> Int64Array:
    """``[songs, classes, ...]`` with one more class, the sum of all."""
    return np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)


def subdivision_totals(evaluation: Evaluation) -> Int64Array | None:
    """``[songs, classes + 1, subdivisions, bands + 1, 2]``, the last class and band being all.

    Songs without a tempo map count nothing; None when no song has one.
    """
    known = [song.subdivisions for song in evaluation.songs]
    shape = next((counts.shape for counts in known if counts is not None), None)
    if shape is None:
        return None
    nothing = np.zeros(shape, np.int64)
    counts = with_total(np.stack([nothing if c is None else c for c in known]))
    return np.concatenate([counts, counts.sum(axis=3, keepdims=True)], axis=3)


def _subdivision_tables(evaluation: Evaluation) -> Iterator[Table]:
    counts = subdivision_totals(evaluation)
    if counts is None:
        return
    names, bands = (*evaluation.view.classes, ALL), (*BPM_BANDS, ALL)
    support = counts.sum(axis=0)
    rows: list[tuple[Cell, ...]] = []
    for code, line, band in np.argwhere(support[..., 0] > 0).tolist():
        recall = figure_cells(shares(evaluation, counts[:, code, line, band]))
        where = (names[code], SUBDIVISION_NAMES[line], bands[band])
        rows.append((*where, *support[code, line, band].tolist(), *recall))
    columns = ("class", "subdivision", "bpm", "ref", "found")
    yield Table.of("subdivisions", (*columns, *_ends("recall")), rows)
    rows = []
    for song in evaluation.songs:
        if song.subdivisions is None:
            continue
        for code, line, band in np.argwhere(song.subdivisions[..., 0] > 0).tolist():
            place = (song.pair.name, names[code], SUBDIVISION_NAMES[line], bands[band])
            rows.append((*place, *song.subdivisions[code, line, band].tolist()))
    yield Table.of("subdivisions_by_song", ("song", *columns), rows)


def pooled_offsets(evaluation: Evaluation, before: bool = False) -> list[Float64Array]:
    """Offsets (s) of each class over all songs, and of all classes, at the detail tolerance.

    An array ``[pairs]`` for each class of the view, and one more for all of them.

    Args:
        before: those without the corrections, where songs have such.
    """
    per_class = []
    for code in range(len(evaluation.view.classes)):
        parts = [
            song.before[code] if before and song.before else song.detail[code].offsets_s
            for song in evaluation.songs
        ]
        per_class.append(np.concatenate(parts))
    return [*per_class, np.concatenate(per_class)]


def timing_stages(evaluation: Evaluation) -> tuple[tuple[str, bool], ...]:
    """The names of the stages that were measured, and whether each lies before the corrections."""
    if evaluation.options.corrections is None:
        return (("as estimated", False),)
    return (("before corrections", True), ("after corrections", False))


def timing_table(evaluation: Evaluation) -> Table:
    """Statistics of the offsets of each class, before and after corrections."""
    rows: list[tuple[Cell, ...]] = []
    for stage, before in timing_stages(evaluation):
        offsets = pooled_offsets(evaluation, before)
        for name, values in zip((*evaluation.view.classes, ALL), offsets, strict=True):
            s = statistics(values)
            rows.append((stage, name, s.pairs, s.median_ms, s.mean_ms, s.mean_abs_ms, s.mad_ms))
    columns = ("stage", "class", "pairs", "median_ms", "mean_ms", "mean_abs_ms", "mad_ms")
    return Table.of("timing", columns, rows)


def timing_by_song(evaluation: Evaluation) -> Table:
    """Statistics of the offsets of each song and class (after corrections, where there are any)."""
    rows: list[tuple[Cell, ...]] = []
    for song in evaluation.songs:
        for name, match in zip(evaluation.view.classes, song.detail, strict=True):
            s = statistics(match.offsets_s)
            if s.pairs:
                figures = (s.median_ms, s.mean_ms, s.mean_abs_ms, s.mad_ms)
                rows.append((song.pair.name, name, s.pairs, *figures))
    columns = ("song", "class", "pairs", "median_ms", "mean_ms", "mean_abs_ms", "mad_ms")
    return Table.of("timing_by_song", columns, rows)


def _timing_histogram(evaluation: Evaluation) -> Table:
    """How many pairs lie at each offset, in steps of 1 ms."""
    rows: list[tuple[Cell, ...]] = []
    tolerance_s = evaluation.options.detail_ms / 1000
    for stage, before in timing_stages(evaluation):
        offsets = pooled_offsets(evaluation, before)
        for name, values in zip((*evaluation.view.classes, ALL), offsets, strict=True):
            centres, pairs = histogram(values, tolerance_s)
            rows += [
                (stage, name, centre, count)
                for centre, count in zip(centres.tolist(), pairs.tolist(), strict=True)
            ]
    return Table.of("timing_histogram", ("stage", "class", "offset_ms", "pairs"), rows)


def _ends(name: str) -> Iterable[str]:
    return name, f"{name}_low", f"{name}_high"
