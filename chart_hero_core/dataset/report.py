"""What a build found, used and dropped, and why: rows, a CSV file and an HTML page."""

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from chart_hero_core import __version__
from chart_hero_core.base.files import write_text
from chart_hero_core.dataset.picture import Picture
from chart_hero_core.dataset.plots import lag_curve, passage_plot, segment_plot
from chart_hero_core.evaluation.report.html_page import page
from chart_hero_core.evaluation.report.tables import Table

USED, DROPPED = "used", "dropped"
CSV_NAME, HTML_NAME = "songs.csv", "report.html"
_MOST_LISTED = 2_000
_MOST_PICTURES = 200


@dataclass(frozen=True, slots=True)
class SongRow:
    """One song found, as shown to people.

    Attributes:
        song: artist and title, or the file's name.
        verdict: ``used`` or ``dropped``; ``reason`` says why it was dropped.
        domains: ``drums``, ``mix`` or both, when used. ``split``: where it went.
        doubtful: whether its picture is worth a look.
    """

    song: str
    path: str
    verdict: str
    reason: str = ""
    remarks: tuple[str, ...] = ()
    offset_ms: float | None = None
    residual_ms: float | None = None
    quality: float | None = None
    split: str = ""
    domains: tuple[str, ...] = ()
    charter: str = ""
    seconds: float = 0.0
    strokes: int = 0
    doubtful: bool = False
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class BuildReport:
    """All rows in order of path, sentences about the whole, and how much was worked on anew."""

    rows: tuple[SongRow, ...]
    remarks: tuple[str, ...] = ()
    processed: int = 0
    folder: Path = Path()

    def used(self) -> tuple[SongRow, ...]:
        """The rows of songs in the dataset."""
        return tuple(row for row in self.rows if row.verdict == USED)

    def dropped(self) -> tuple[SongRow, ...]:
        """The rows of the others."""
        return tuple(row for row in self.rows if row.verdict == DROPPED)


def write_report(report: BuildReport) -> None:
    """Write ``songs.csv`` and ``report.html`` beside the index. Raises :class:`StorageError`."""
    write_text(report.folder / CSV_NAME, _table(report.rows).to_csv())
    write_text(report.folder / HTML_NAME, render_html(report, datetime.datetime.now()))


def _table(rows: Sequence[SongRow]) -> Table:
    columns = (
        *("song", "verdict", "reason", "split", "domains", "offset_ms", "residual_ms", "quality"),
        *("strokes", "seconds", "charter", "remarks", "path"),
    )
    return Table.of(
        "songs",
        columns,
        [
            (
                *(row.song, row.verdict, row.reason, row.split, "+".join(row.domains)),
                *(row.offset_ms, row.residual_ms, row.quality, row.strokes, row.seconds),
                *(row.charter, " ".join(row.remarks), row.path),
            )
            for row in rows
        ],
    )


def render_html(report: BuildReport, made: datetime.datetime) -> str:
    """The page as text: one file, nothing loaded from elsewhere."""
    sections = [
        ("splits", "Splits", _splits(report)),
        ("dropped", "Dropped, and why", _reasons(report)),
        ("doubtful", "Doubtful songs", _doubtful(report)),
        ("songs", "All songs", _songs(report)),
    ]
    title = f"Dataset {report.folder.name}"
    notes = "".join(f"<p>{escape(text)}</p>" for text in report.remarks)
    header = (
        f"<h1>{escape(title)}</h1>"
        f'<p class="quiet">{made:%d %B %Y, %H:%M} · songs worked on anew: {report.processed}</p>'
        f"{notes}"
    )
    footer = f'chart-hero {__version__}. Every row is in <a href="{CSV_NAME}">{CSV_NAME}</a>.'
    return page(title, header, _tiles(report), sections, footer, _CSS)


_CSS = """
td.wrap{white-space:normal;text-align:left;min-width:220px}td.song{white-space:normal;
min-width:160px}.strokes{stroke-width:2}.offset{stroke:var(--good);stroke-width:2;fill:none}
.fits{fill:var(--accent)}.unfit{fill:var(--bad)}
"""


def _tiles(report: BuildReport) -> str:
    used = report.used()
    hours = sum(row.seconds for row in used) / 3600
    tiles = [
        ("songs found", f"{len(report.rows):,}"),
        ("used", f"{len(used):,}"),
        ("dropped", f"{len(report.dropped()):,}"),
        ("used, but doubtful", f"{sum(row.doubtful for row in used):,}"),
        ("hours of music", f"{hours:.1f}"),
        ("strokes", f"{sum(row.strokes for row in used):,}"),
    ]
    return '<div class="tiles">{}</div>'.format(
        "".join(
            f'<div class="tile"><span>{name}</span><b>{value}</b></div>' for name, value in tiles
        )
    )


def _splits(report: BuildReport) -> str:
    rows = []
    for name in ("train", "validation", "test"):
        songs = [row for row in report.used() if row.split == name]
        hours = sum(row.seconds for row in songs) / 3600
        charters = len({row.charter for row in songs if row.charter})
        rows.append(
            f"<tr><td>{name}</td><td>{len(songs):,}</td><td>{hours:.2f}</td>"
            f"<td>{sum(row.strokes for row in songs):,}</td><td>{charters}</td></tr>"
        )
    return (
        '<div class="scroll slim"><table><thead><tr><th>split</th><th>songs</th><th>hours</th>'
        f"<th>strokes</th><th>charters</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _reasons(report: BuildReport) -> str:
    dropped = report.dropped()
    if not dropped:
        return ""
    kinds = Counter(_kind(row.reason) for row in dropped)
    rows = "".join(
        f'<tr><td class="wrap">{escape(reason)}</td><td>{count:,}</td></tr>'
        for reason, count in kinds.most_common(40)
    )
    return (
        '<div class="scroll slim"><table><thead><tr><th class="left">reason</th><th>songs</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _kind(reason: str) -> str:
    """A reason without what is particular to one song."""
    head = re.split(r":| \(| as .*[/\\]", reason)[0]
    return re.sub(r"\d+", "…", head).rstrip(".")


def _doubtful(report: BuildReport) -> str:
    rows = [row for row in report.rows if row.picture is not None]
    rows.sort(key=lambda row: (row.verdict == USED, row.quality or 0.0))
    if not rows:
        return ""
    parts = [
        "<p>Left: how well the chart fits at every offset; one sharp peak is wanted. Right: where "
        "its passages lie against the whole; a level row of blue dots is wanted. Below: the "
        "passage that fits worst, onsets heard against notes charted.</p>"
    ]
    for row in rows[:_MOST_PICTURES]:
        remarks = " ".join((row.reason, *row.remarks)).strip()
        assert row.picture is not None
        parts.append(
            f'<div class="song"><h3>{escape(row.song)}</h3>'
            f'<p class="quiet">{row.verdict}. {escape(remarks)}</p><div class="row">'
            f'<div class="narrow">{lag_curve(row.picture)}</div>'
            f'<div class="narrow">{segment_plot(row.picture)}</div></div>'
            f"{passage_plot(row.picture)}</div>"
        )
    if len(rows) > _MOST_PICTURES:
        parts.append(f"<p>{len(rows) - _MOST_PICTURES:,} more are not shown.</p>")
    return "".join(parts)


def _songs(report: BuildReport) -> str:
    lines = "".join(_line(row) for row in report.rows[:_MOST_LISTED])
    more = len(report.rows) - _MOST_LISTED
    rest = f"<p>{more:,} more are in the table beside this page.</p>" if more > 0 else ""
    return (
        '<div class="scroll"><table><thead><tr><th>song</th><th class="left">verdict</th>'
        '<th class="left">split</th><th class="left">domains</th><th>offset, ms</th>'
        '<th>quality</th><th class="left">why, remarks</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{rest}"
    )


def _line(row: SongRow) -> str:
    offset = "" if row.offset_ms is None else f"{row.offset_ms:+.1f}"
    quality = "" if row.quality is None else f"{row.quality:.2f}"
    remarks = " ".join((row.reason, *row.remarks)).strip()
    return (
        f'<tr><td class="song" title="{escape(row.path)}">{escape(row.song)}</td>'
        f'<td class="left">{row.verdict}</td><td class="left">{row.split}</td>'
        f'<td class="left">{" + ".join(row.domains)}</td><td>{offset}</td><td>{quality}</td>'
        f'<td class="wrap">{escape(remarks)}</td></tr>'
    )
