"""The sections of the HTML report on strokes: scores, speed, subdivisions, timing."""

from collections.abc import Callable, Mapping

import numpy as np

from chart_hero_core.base.arrays import Int64Array
from chart_hero_core.evaluation.breakdowns import (
    BPM_BANDS,
    IOI_BINS,
    IOI_KINDS,
    SUBDIVISION_NAMES,
    SUBDIVISION_WINDOW_S,
)
from chart_hero_core.evaluation.report import plots
from chart_hero_core.evaluation.report.html_cells import html_table, plain, signed
from chart_hero_core.evaluation.report.plots import CurvePoint, title_of
from chart_hero_core.evaluation.report.score_tables import (
    ALL,
    pooled_offsets,
    shares,
    subdivision_totals,
    timing_stages,
    with_total,
)
from chart_hero_core.evaluation.report.tables import Table
from chart_hero_core.evaluation.results import Evaluation
from chart_hero_core.evaluation.scores import (
    Bootstrap,
    Counts,
    Figure,
    class_scores,
    macro,
    micro,
    per_song,
)
from chart_hero_core.evaluation.timing import histogram, statistics


def scores_section(evaluation: Evaluation) -> str:
    """The classic table, the bars, and F in every view at every tolerance."""
    options, bootstrap, view = evaluation.options, evaluation.bootstrap, evaluation.view
    counts = evaluation.counts(view, options.table_ms)
    scores = [*class_scores(counts, bootstrap), micro(counts, bootstrap)]
    names = (*view.classes, "micro")
    offsets = [
        np.concatenate([song.table[code].offsets_s for song in evaluation.songs])
        for code in range(len(view.classes))
    ]
    rows = []
    for name, s, late in zip(names, scores, [*offsets, np.concatenate(offsets)], strict=True):
        timing = statistics(late)
        figures = (f"{round(x.value, 4):.3f}" for x in (s.precision, s.recall, s.f))
        offset = (signed(timing.median_ms), signed(timing.mean_ms))
        rows.append((title_of(name), f"{s.ref:,}", f"{s.est:,}", f"{s.tp:,}", *figures, *offset))
    head = ("Class", "ref", "est", "right", "P", "R", "F", "median ms", "mean ms")
    detail = evaluation.counts(view, options.detail_ms)
    bars = [*class_scores(detail, bootstrap), micro(detail, bootstrap)]
    return (
        f'<p class="quiet">Matched within {options.table_ms:g} ms.</p>{html_table(head, rows, 1)}'
        f"<h3>Within {options.detail_ms:g} ms, with 95 % intervals over songs</h3>"
        '<div class="row"><div class="grow"><div class="legend"><span>P precision (pale)</span>'
        "<span>R recall (middle)</span><span>F (full)</span></div>"
        f"{plots.score_bars(list(zip(names, bars, strict=True)))}</div>"
        f'<div class="narrow">{_f_tables(evaluation)}</div></div>'
    )


def _micro_f(counts: Counts, bootstrap: Bootstrap) -> Figure:
    return micro(counts, bootstrap).f


_AVERAGES: tuple[tuple[str, Callable[[Counts, Bootstrap], Figure]], ...] = (
    ("Micro F: all strokes pooled", _micro_f),
    ("Macro F: mean of the classes", macro),
    ("Mean F of the songs", per_song),
)


def _f_tables(evaluation: Evaluation) -> str:
    """F of every view at every tolerance, pooled in three ways."""
    tolerances, bootstrap = evaluation.options.all_tolerances_ms, evaluation.bootstrap
    head = ("", *(f"{tolerance_ms:g} ms" for tolerance_ms in tolerances))
    parts = []
    for title, measure in _AVERAGES:
        rows = [
            (
                f"{view.name} classes" if view.name.isdigit() else "Onsets only",
                *(
                    plain(measure(evaluation.counts(view, tolerance_ms), bootstrap).value, 3)
                    for tolerance_ms in tolerances
                ),
            )
            for view in evaluation.views
        ]
        parts.append(f"<h4>{title}</h4>{html_table(head, rows)}")
    return "".join(parts)


def speed_section(evaluation: Evaluation) -> str:
    """Recall and precision by interval: all classes large, each class small."""
    counts = with_total(np.stack([song.ioi for song in evaluation.songs]))
    parts = []
    for kind, name in enumerate(IOI_KINDS):
        recall, precision = (
            [
                CurvePoint(label, _share(evaluation, counts[:, -1, kind, i, a : a + 2]), n)
                for i, label in enumerate(_IOI_LABELS)
                for n in [int(counts[:, -1, kind, i, a].sum())]
            ]
            for a in (0, 2)
        )
        title = f"<h3>Interval to the nearest stroke of {_KIND_TITLES[name]}</h3>"
        picture = plots.curve_chart(f"Recall by interval, {name}", recall, precision)
        parts.append(f'<div class="grow">{title}{picture}</div>')
    small = [
        plots.small_curve(name, _curve_of(evaluation, counts[:, code, 0, :, :2]))
        for code, name in enumerate(evaluation.view.classes)
    ]
    return (
        '<p class="quiet">Recall by the interval of the reference stroke (solid), precision by the '
        "interval of the estimated one (dashed). n counts reference strokes.</p>"
        f'<div class="row">{"".join(parts)}</div>'
        "<h3>Recall of each class by its own interval</h3>"
        f'<div class="many">{"".join(small)}</div>'
    )


def _curve_of(evaluation: Evaluation, counts: Int64Array) -> list[CurvePoint]:
    """Recall of one class by interval, from pairs and strokes ``[songs, intervals, 2]``."""
    return [
        CurvePoint(label, _share(evaluation, cell), int(cell[:, 0].sum()))
        for label, cell in zip(_IOI_LABELS, np.moveaxis(counts, 1, 0), strict=True)
    ]


_IOI_LABELS = tuple(
    name.replace("<= ", "≤").replace("> ", ">").replace(" ms", "") for name in IOI_BINS
)
_KIND_TITLES = {"same class": "the same class, ms", "any class": "any class, ms"}


def _share(evaluation: Evaluation, cell: Int64Array) -> Figure | None:
    return shares(evaluation, cell) if cell[:, 0].any() else None


def subdivision_section(evaluation: Evaluation) -> str:
    """Recall by where notes sit: a curve over all tempos, and a table by tempo."""
    counts = subdivision_totals(evaluation)
    if counts is None:
        return ""
    points = []
    for index, name in enumerate(SUBDIVISION_NAMES):
        cell = counts[:, -1, index, -1]
        points.append(CurvePoint(name, _share(evaluation, cell), int(cell[:, 0].sum())))
    used = [p for p in points if p.support]
    totals = counts[:, -1].sum(axis=0)
    bands = [i for i in range(len(BPM_BANDS)) if totals[:, i, 0].any()]
    rows = [
        (name, *(_heat(*totals[index, band].tolist()) for band in [*bands, -1]))
        for index, name in enumerate(SUBDIVISION_NAMES)
        if totals[index, -1, 0]
    ]
    head = ("Sits on", *(f"{BPM_BANDS[i]} BPM" for i in bands), "all")
    without = sum(song.subdivisions is None for song in evaluation.songs)
    note = f" Without a tempo map, and left out: {without} of the songs." if without else ""
    return (
        '<p class="quiet">Recall of the reference strokes by the coarsest line of the true tempo '
        f"map that they sit on, within {SUBDIVISION_WINDOW_S * 1000:g} ms and a quarter of a 128th "
        f"note.{note}</p>{plots.curve_chart('Recall by subdivision', used)}"
        f"<h3>By tempo (small: strokes)</h3>{html_table(head, rows)}"
    )


def _heat(ref: int, found: int) -> str:
    if not ref:
        return "<td class='quiet'>·</td>"
    share = found / ref
    return (
        f'<td class="heat"><i class="good" style="--share:{40 * share:.0f}%">'
        f"{share:.2f} <small>{ref:,}</small></i></td>"
    )


def timing_section(evaluation: Evaluation, tables: Mapping[str, Table]) -> str:
    """Histograms of each class and the table of statistics, before and after corrections."""
    names, stages = (*evaluation.view.classes, ALL), timing_stages(evaluation)
    parts = []
    for stage, before in stages:
        pictures = []
        for name, offsets in zip(names, pooled_offsets(evaluation, before), strict=True):
            bins = histogram(offsets, evaluation.options.detail_ms / 1000)
            pictures.append(plots.offset_histogram(name, *bins, statistics(offsets).median_ms))
        title = f"<h3>{stage.capitalize()}</h3>" if len(stages) > 1 else ""
        parts.append(f'{title}<div class="many">{"".join(pictures)}</div>')
    rows = [
        (
            title_of(str(r["class"])) + (f", {r['stage']}" if len(stages) > 1 else ""),
            f"{r['pairs']:,}",
            *(signed(r[key]) for key in ("median_ms", "mean_ms")),
            *(plain(r[key], 2) for key in ("mean_abs_ms", "mad_ms")),
        )
        for r in tables["timing"].records()
        if r["pairs"]
    ]
    head = ("Class", "pairs", "median ms", "mean ms", "mean |ms|", "MAD ms")
    return (
        '<p class="quiet">Estimate minus reference over matched strokes: left is early, right is '
        f"late. Dashed: the median.</p>{''.join(parts)}{html_table(head, rows)}"
    )
