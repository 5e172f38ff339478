"""The sections of the HTML report on charts, confusions and songs, empty with nothing to tell."""

from collections.abc import Mapping, Sequence
from html import escape

from chart_hero_core.base.clock import clock
from chart_hero_core.evaluation.edits_per_100 import KINDS
from chart_hero_core.evaluation.passages import worst_passage
from chart_hero_core.evaluation.reliability import diagram
from chart_hero_core.evaluation.report import plots
from chart_hero_core.evaluation.report.chart_tables import reliability_totals, total_confusion
from chart_hero_core.evaluation.report.html_cells import html_table, plain
from chart_hero_core.evaluation.report.plots import title_of, with_ends
from chart_hero_core.evaluation.report.score_tables import ALL, figure_from
from chart_hero_core.evaluation.report.tables import Cell, Table
from chart_hero_core.evaluation.results import Evaluation, SongResult
from chart_hero_core.evaluation.scores import Figure

Tables = Mapping[str, Table]
_WORST = 6
_PARTS = ("kick", "snare", "toms", "cymbals", ALL)


def edits_section(tables: Tables) -> str:
    """Edits per 100 notes by part and kind, for each way to the tempo map."""
    if "edits" not in tables:
        return ""
    legend = "".join(
        f'<span><svg viewBox="0 0 16 12"><rect width="16" height="12" rx="2" '
        f'class="kind-{kind.split()[0]}"/></svg>{kind}</span>'
        for kind in KINDS
    )
    records = [r for r in tables["edits"].records() if r["part"] in _PARTS and r["notes"]]
    parts = [
        f"<h3>{mode.capitalize()}</h3>{_edits_of([r for r in records if r['tempo'] == mode])}"
        for mode in dict.fromkeys(str(r["tempo"]) for r in records)
    ]
    return (
        '<p class="quiet">The fewest additions, deletions, lane changes and moves (at most a 16th '
        "note) that turn the suggested chart into the finished one.</p>"
        f'<div class="legend">{legend}</div>{"".join(parts)}'
    )


def _edits_of(records: Sequence[Mapping[str, Cell]]) -> str:
    """A bar and a row for each part of the kit."""
    bars, rows = [], []
    for r in records:
        kinds = [float(r[kind.replace(" ", "_")] or 0) for kind in KINDS]
        notes = float(r["notes"] or 0)
        figure = figure_from(r, "per_100")
        bars.append((str(r["part"]), tuple(100 * k / notes for k in kinds), figure))
        counts = (f"{int(k):,}" for k in kinds)
        rows.append((title_of(str(r["part"])), f"{int(notes):,}", *counts, with_ends(figure, 1)))
    head = ("Part", "notes", "added", "deleted", "lane", "moved", "per 100 notes")
    return (
        f'<div class="row"><div class="narrow">{plots.edit_bars(bars, KINDS)}</div>'
        f'<div class="wide">{html_table(head, rows, 1)}</div></div>'
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
