"""The HTML page of a report: one file, nothing loaded from elsewhere, dark or light."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from chart_hero_core import __version__
from chart_hero_core.evaluation.report.html_cells import plain
from chart_hero_core.evaluation.report.html_chart_sections import (
    confidence_section,
    confusion_section,
    drumless_section,
    edits_section,
    tempo_section,
    worst_section,
)
from chart_hero_core.evaluation.report.html_page import page
from chart_hero_core.evaluation.report.html_score_sections import (
    scores_section,
    speed_section,
    subdivision_section,
    timing_section,
)
from chart_hero_core.evaluation.report.plots import with_ends
from chart_hero_core.evaluation.report.score_tables import figure_from, pooled_offsets
from chart_hero_core.evaluation.report.tables import Table
from chart_hero_core.evaluation.results import AUDIO_ALONE, TRUE_MAP, Evaluation
from chart_hero_core.evaluation.scores import Figure, macro, micro, per_song
from chart_hero_core.evaluation.timing import statistics


@dataclass(frozen=True, slots=True)
class About:
    """What was scored against what, and when."""

    reference: str
    estimate: str
    made: datetime.datetime


def render_html(evaluation: Evaluation, about: About, tables: Sequence[Table]) -> str:
    """The page as text; the tables are linked as the CSV files beside it."""
    by_name = {table.name: table for table in tables}
    sections = [
        ("scores", "Scores", scores_section(evaluation)),
        ("speed", "Speed", speed_section(evaluation)),
        ("subdivisions", "Subdivisions", subdivision_section(evaluation)),
        ("timing", "Timing", timing_section(evaluation, by_name)),
        ("edits", "Edits", edits_section(by_name)),
        ("tempo", "Tempo maps", tempo_section(by_name)),
        ("confusions", "Confusions", confusion_section(evaluation, by_name)),
        ("confidence", "Confidence", confidence_section(evaluation, by_name)),
        ("drumless", "Without drums", drumless_section(by_name)),
        ("songs", "Worst songs", worst_section(evaluation)),
        ("files", "Tables", _files(tables)),
    ]
    return page(
        f"{about.estimate} against {about.reference}",
        _header(evaluation, about),
        _tiles(evaluation, by_name),
        sections,
        _footer(evaluation),
    )


def _header(evaluation: Evaluation, about: About) -> str:
    counts = evaluation.counts(evaluation.view, evaluation.options.detail_ms)
    songs = len(evaluation.songs)
    facts = (
        f"{songs} song{'s' if songs != 1 else ''}",
        f"{int(counts[..., 1].sum()):,} reference strokes",
        f"{int(counts[..., 2].sum()):,} estimated",
        f"{evaluation.view.name} classes",
        f"{about.made:%d %B %Y, %H:%M}",
    )
    notes = "".join(f"<p>Note: {escape(w)}</p>" for w in evaluation.warnings[:20])
    corrections = evaluation.options.corrections
    if corrections is not None:
        notes += (
            f"<p>Times corrected per class, learned on {escape(corrections.learned_on)} from "
            f"{escape(corrections.data)}.</p>"
        )
    return (
        f"<h1>{escape(about.estimate)}</h1>"
        f'<p class="quiet">against {escape(about.reference)}<br>{" · ".join(facts)}</p>{notes}'
    )


def _tiles(evaluation: Evaluation, tables: dict[str, Table]) -> str:
    options, bootstrap = evaluation.options, evaluation.bootstrap
    tiles = []
    for tolerance_ms in dict.fromkeys((options.table_ms, options.detail_ms)):
        counts = evaluation.counts(evaluation.view, tolerance_ms)
        tiles.append(_tile(f"micro F, {tolerance_ms:g} ms", micro(counts, bootstrap).f))
    counts = evaluation.counts(evaluation.view, options.detail_ms)
    at = f"{options.detail_ms:g} ms"
    tiles.append(_tile(f"macro F, {at}", macro(counts, bootstrap)))
    tiles.append(_tile(f"mean song F, {at}", per_song(counts, bootstrap)))
    median = statistics(pooled_offsets(evaluation)[-1]).median_ms
    if median is not None:
        tiles.append(_plain_tile("median offset", f"{median:+.1f} ms", "+ is late"))
    for record in tables["edits"].records() if "edits" in tables else []:
        if record["part"] == "all" and record["per_100"] is not None:
            figure = figure_from(record, "per_100")
            tiles.append(_tile(f"edits per 100 notes, {_TEMPO[str(record['tempo'])]}", figure, 1))
    return f'<div class="tiles">{"".join(tiles)}</div>'


_TEMPO = {TRUE_MAP: "true tempo", AUDIO_ALONE: "audio alone"}


def _tile(label: str, figure: Figure, digits: int = 3) -> str:
    ends = with_ends(figure, digits).partition(" ")[2].strip("()")
    return _plain_tile(label, plain(figure.value, digits), ends)


def _plain_tile(label: str, value: str, below: str) -> str:
    return (
        f'<div class="tile"><span>{escape(label)}</span><b>{escape(value)}</b>'
        f"<span>{escape(below) or '&nbsp;'}</span></div>"
    )


def _files(tables: Sequence[Table]) -> str:
    items = "".join(f'<li><a href="{t.name}.csv">{t.name}.csv</a></li>' for t in tables)
    return (
        "<p>Every figure as comma-separated tables beside this page; "
        f'<a href="report.json">report.json</a> holds them all.</p><ul class="files">{items}</ul>'
    )


def _footer(evaluation: Evaluation) -> str:
    options = evaluation.options
    return (
        f"chart-hero {__version__}. Strokes are matched one to one (maximum cardinality, "
        "as in mir_eval), per class and song, and pooled over the songs; figures other than "
        f"the table of scores are at {options.detail_ms:g} ms. Intervals hold 95 % of "
        f"{options.samples:,} bootstrap resamples of the songs."
    )
