"""The sections of the HTML report, each empty when there is nothing to tell."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.clock import clock
from chart_hero_core.evaluation.breakdowns import (
    BPM_BANDS,
    IOI_BINS,
    IOI_KINDS,
    SUBDIVISION_NAMES,
    SUBDIVISION_WINDOW_S,
)
from chart_hero_core.evaluation.edits_per_100 import KINDS
from chart_hero_core.evaluation.passages import worst_passage
from chart_hero_core.evaluation.reliability import diagram
from chart_hero_core.evaluation.report import plots
from chart_hero_core.evaluation.report.chart_tables import reliability_totals, total_confusion
from chart_hero_core.evaluation.report.plots import CurvePoint, title_of, with_ends
from chart_hero_core.evaluation.report.score_tables import (
    ALL,
    figure_from,
    pooled_offsets,
    shares,
    subdivision_totals,
    timing_stages,
    with_total,
)
from chart_hero_core.evaluation.report.tables import Cell, Table
from chart_hero_core.evaluation.results import Evaluation, SongResult
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

Tables = Mapping[str, Table]
_WORST = 6
_PARTS = ("kick", "snare", "toms", "cymbals", ALL)


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], sums: int = 0) -> str:
    """A table of cells that are HTML already; the last ``sums`` rows stand out."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = []
    for number, row in enumerate(rows):
        css = ' class="sum"' if number >= len(rows) - sums else ""
        cells = "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row)
        body.append(f"<tr{css}>{cells}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


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
                    f"{measure(evaluation.counts(view, tolerance_ms), bootstrap).value:.3f}"
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


def _curve_of(evaluation: Evaluation, counts: NDArray[np.int64]) -> list[CurvePoint]:
    """Recall of one class by interval, from pairs and strokes ``[songs, intervals, 2]``."""
    return [
        CurvePoint(label, _share(evaluation, cell), int(cell[:, 0].sum()))
        for label, cell in zip(_IOI_LABELS, np.moveaxis(counts, 1, 0), strict=True)
    ]


_IOI_LABELS = tuple(
    name.replace("<= ", "≤").replace("> ", ">").replace(" ms", "") for name in IOI_BINS
)
_KIND_TITLES = {"same class": "the same class, ms", "any class": "any class, ms"}


def _share(evaluation: Evaluation, cell: NDArray[np.int64]) -> Figure | None:
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


def timing_section(evaluation: Evaluation, tables: Tables) -> str:
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


def edits_section(tables: Tables) -> str:
    """Edits per 100 notes by part and kind, for each way to the tempo map."""
    if "edits" not in tables:
        return ""
    legend = "".join(
        f'<span><svg viewBox="0 0 16 12"><rect width="16" height="12" rx="2" '
        f'class="kind-{kind.split()[0]}"/></svg>{kind}</span>'
        for kind in KINDS
    )
    parts = []
    records = [r for r in tables["edits"].records() if r["part"] in _PARTS and r["notes"]]
    for mode in dict.fromkeys(str(r["tempo"]) for r in records):
        bars, rows = [], []
        for r in (r for r in records if r["tempo"] == mode):
            kinds = [float(r[kind.replace(" ", "_")] or 0) for kind in KINDS]
            notes = float(r["notes"] or 0)
            figure = figure_from(r, "per_100")
            bars.append((str(r["part"]), tuple(100 * k / notes for k in kinds), figure))
            counts = (f"{int(k):,}" for k in kinds)
            rows.append(
                (title_of(str(r["part"])), f"{int(notes):,}", *counts, with_ends(figure, 1))
            )
        head = ("Part", "notes", "added", "deleted", "lane", "moved", "per 100 notes")
        parts.append(
            f'<h3>{mode.capitalize()}</h3><div class="row"><div class="narrow">'
            f'{plots.edit_bars(bars, KINDS)}</div><div class="wide">{html_table(head, rows, 1)}'
            "</div></div>"
        )
    return (
        '<p class="quiet">The fewest additions, deletions, lane changes and moves (at most a 16th '
        "note) that turn the suggested chart into the finished one.</p>"
        f'<div class="legend">{legend}</div>{"".join(parts)}'
    )


def tempo_section(tables: Tables) -> str:
    """Means over songs, and the songs with a named mistake."""
    if "tempo_maps" not in tables:
        return ""
    rows = []
    for r in tables["tempo_maps"].records():
        name = str(r["figure"]).replace("_", " ").capitalize().replace(" f", " F")
        name = name.replace(" percent", ", %")
        digits = 0 if name.endswith("errors") else 1 if name.startswith("Markers") else 3
        rows.append((name, str(r["songs"]), with_ends(figure_from(r, "mean", ""), digits)))
    named = [
        (escape(str(r["song"])), str(r["octave"] or r["phase"]), plain(r["beat_f"], 3))
        for r in tables["tempo_maps_by_song"].records()
        if r["octave"] or r["phase"]
    ]
    wrong = html_table(("Song", "mistake", "beat F"), named[:20]) if named else ""
    return (
        '<p class="quiet">Beats and downbeats within 70 ms; on grid: strokes within 15 ms of a '
        '16th or 8th-triplet line.</p><div class="slim">'
        f"{html_table(('Figure', 'songs', 'mean'), rows)}{wrong}</div>"
    )


def confusion_section(evaluation: Evaluation, tables: Tables) -> str:
    """The matrix, and tom against cymbal of one colour."""
    matrix = plots.confusion_matrix(evaluation.view.classes, total_confusion(evaluation))
    colours = ""
    if "tom_cymbal" in tables:
        rows = [
            (
                f"{title_of(str(r['tom']))} / {title_of(str(r['cymbal'])).lower()}",
                *(f"{r[k]:,}" for k in ("tom_right", "tom_as_cymbal")),
                *(f"{r[k]:,}" for k in ("cymbal_right", "cymbal_as_tom")),
                "–" if r["error_rate"] is None else f"{100 * float(r['error_rate']):.1f} %",
            )
            for r in tables["tom_cymbal"].records()
        ]
        head = ("Colour", "toms", "as cymbal", "cymbals", "as tom", "mistaken")
        table = html_table(head, rows)
        colours = f'<div class="grow"><h3>Tom against cymbal of one colour</h3>{table}</div>'
    return (
        '<p class="quiet">Strokes of each true class (rows) by what they were heard as; matched in '
        "their own class first, then across classes. The last row counts strokes out of nothing."
        f'</p><div class="row"><div class="grow">{matrix}</div>{colours}</div>'
    )


def confidence_section(evaluation: Evaluation, tables: Tables) -> str:
    """The reliability diagram and the error of each class."""
    if "calibration_error" not in tables:
        return ""
    picture = plots.reliability_diagram(diagram(reliability_totals(evaluation)[-1]))
    rows = []
    for r in tables["calibration_error"].records():
        if r["strokes"]:
            ends = [
                None if r[k] is None else float(r[k] or 0) for k in ("ece", "ece_low", "ece_high")
            ]
            figure = Figure(ends[0] or 0.0, ends[1], ends[2])
            rows.append((title_of(str(r["class"])), f"{r['strokes']:,}", with_ends(figure)))
    table = html_table(("Class", "strokes", "calibration error"), rows, 1)
    return (
        '<p class="quiet">Of the strokes at confidence 0.8, about 80 % should be right: points on '
        "the diagonal. Red: by how much they are off. Below: strokes at each confidence.</p>"
        f'<div class="row"><div class="grow">{picture}</div><div class="grow">{table}</div></div>'
    )


def drumless_section(tables: Tables) -> str:
    """What was heard in music without drums."""
    if "drumless" not in tables:
        return ""
    rows = []
    for r in tables["drumless"].records():
        figure = figure_from(r, "per_minute")
        count = (plain(r["minutes"], 1), f"{r['false_positives']:,}")
        rows.append((title_of(str(r["class"])), *count, with_ends(figure, 2)))
    head = ("Class", "minutes", "false strokes", "per minute")
    return (
        '<p class="quiet">Every stroke heard in music without drums is false.</p>'
        f'<div class="slim">{html_table(head, rows, 1)}</div>'
    )


def worst_section(evaluation: Evaluation) -> str:
    """The songs with the lowest F, each with its worst passage."""
    songs = [_song(evaluation, song, f) for song, f in evaluation.songs_by_f()[:_WORST]]
    if not songs:
        return ""
    gems = (
        ('<rect x="3" y="1" width="10" height="10" rx="3" class="lane-yellow"/>', "found"),
        ('<rect x="3" y="1" width="10" height="10" rx="3" class="missed"/>', "missed"),
        ('<path d="M4 2L12 10M4 10L12 2" class="extra"/>', "out of nothing or another class"),
    )
    legend = "".join(f'<span><svg viewBox="0 0 16 12">{g}</svg>{n}</span>' for g, n in gems)
    return (
        '<p class="quiet">Lowest F first, each with the eight seconds that hold most mistakes. '
        "Squares are drums, circles cymbals, bars the kick.</p>"
        f'<div class="legend">{legend}</div>{"".join(songs)}'
    )


def _song(evaluation: Evaluation, song: SongResult, f: float) -> str:
    passage = worst_passage(song.detail)
    if passage is None:
        return ""
    where = f"from {clock(passage.start_s, 1)}"
    if song.pair.audio:
        link = f"{song.pair.audio}#t={passage.start_s:.2f},{passage.end_s:.2f}"
        where = f'<a href="{escape(link)}">listen {where}</a>'
    facts = f"{passage.count('missed')} missed, {passage.count('extra')} extra"
    return (
        f'<div class="song"><h3>{escape(song.pair.name)}</h3>'
        f'<p class="quiet">F {f:.3f} · {where} · {facts}</p>'
        f"{plots.passage_strip(passage, evaluation.view.classes)}</div>"
    )


def signed(value: Cell) -> str:
    """Milliseconds with their sign, or a dash."""
    return "–" if value is None else f"{round(float(value), 1) + 0.0:+.1f}"


def plain(value: Cell, digits: int) -> str:
    """A number, or a dash."""
    return "–" if value is None else f"{float(value):.{digits}f}"
