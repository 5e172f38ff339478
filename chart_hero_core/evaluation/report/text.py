"""An evaluation, a comparison and the acceptance table as text for a terminal."""

from collections.abc import Sequence

import numpy as np

from chart_hero_core.base.arrays import Int64Array
from chart_hero_core.evaluation.acceptance import Criterion, accepted
from chart_hero_core.evaluation.breakdowns import IOI_BINS, SUBDIVISION_NAMES
from chart_hero_core.evaluation.report.chart_tables import chart_tables
from chart_hero_core.evaluation.report.compare import Comparison, Difference
from chart_hero_core.evaluation.report.score_tables import (
    ALL,
    figure_from,
    subdivision_totals,
    timing_table,
)
from chart_hero_core.evaluation.report.tables import Cell, Table
from chart_hero_core.evaluation.results import Evaluation
from chart_hero_core.evaluation.scores import Figure, class_scores, macro, micro, per_song
from chart_hero_core.evaluation.timing import statistics
from chart_hero_core.evaluation.views import View

_WORST_SONGS = 5
_BAR_CELLS = 12
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def render_text(evaluation: Evaluation, title: str) -> str:
    """The summary: scores first, then whatever else was measured."""
    tables = {table.name: table for table in chart_tables(evaluation)}
    blocks = [
        _classic(evaluation, title),
        _tolerances(evaluation),
        _speed(evaluation),
        _timing(evaluation),
        _edits(tables),
        _tempo(tables),
        _confidence(tables),
        _drumless(tables),
        _worst_songs(evaluation),
        _warnings(evaluation),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def render_acceptance(criteria: Sequence[Criterion], tolerance_ms: float) -> str:
    """Each criterion, the figure and whether it passes."""
    rows = []
    for c in criteria:
        figure = "-" if c.figure is None else f"{c.figure:+.1f} ms" if c.unit else f"{c.figure:.3f}"
        verdict = {True: "pass", False: "FAIL", None: "not measured"}[c.passed]
        rows.append((c.name, c.demand, figure, str(c.support), verdict))
    head = ("criterion", "demand", "figure", "strokes", "")
    failed = sum(c.passed is False for c in criteria)
    unmeasured = sum(c.passed is None for c in criteria)
    verdict = "Accepted." if accepted(criteria) else "Not accepted:"
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{unmeasured} had nothing to be measured on"] if unmeasured else []
    summary = verdict + (f" {', '.join(parts)}." if parts else "")
    table = _grid(head, rows, "lrrrl")
    return f"Acceptance, matched within {tolerance_ms:g} ms\n{table}\n{summary}\n"


def render_comparison(comparison: Comparison, everything: bool = False) -> str:
    """What changed from A to B; only the main figures and clear changes unless ``everything``."""
    lines = [f"A  {comparison.name_a}", f"B  {comparison.name_b}"]
    songs = f"{len(comparison.songs)} song{'s' if len(comparison.songs) > 1 else ''}"
    lines.append(f"{songs} in common; interval of the paired bootstrap, 95 %")
    if comparison.left_out:
        lines.append(f"Only in one of them: {', '.join(comparison.left_out[:10])}")
    if comparison.other_truth:
        names = ", ".join(comparison.other_truth[:10])
        lines.append(f"Left out, scored against another truth in each: {names}")
    if not comparison.alike:
        lines.append("Their classes or windows differ: speeds and places are not compared.")
    rows: list[tuple[str, ...]] = []
    group = ""
    for d in comparison.differences:
        if not (everything or _worth_listing(d, comparison)):
            continue
        if d.group != group:
            rows.append((d.group, "", "", "", "", "", ""))
            group = d.group
        low, high = d.difference.low, d.difference.high
        ends = "" if low is None or high is None else f"{low:+.3f}…{high:+.3f}"
        p = "" if d.p is None else f"{d.p:.3f}"
        change = f"{d.difference.value:+.3f}"
        rows.append((f"  {d.measure}", f"{d.a:.3f}", f"{d.b:.3f}", change, ends, p, d.verdict))
    head = ("", "A", "B", "B - A", "interval", "p", "")
    lines.append(_grid(head, rows, "lrrrrrl"))
    clear = sum(d.verdict in ("better", "worse") for d in comparison.differences)
    total = len(comparison.differences)
    lines.append(f"{clear} of {total} figures changed by more than the noise.")
    return "\n".join(lines) + "\n"


def _worth_listing(difference: Difference, comparison: Comparison) -> bool:
    """The overall figures, and of the others those that changed clearly, at one tolerance."""
    if difference.measure in ("micro F", "macro F") or difference.measure.endswith(f", {ALL}"):
        return True
    scores = difference.group.endswith(" ms")
    at_detail = difference.group == comparison.main_group or not scores
    return at_detail and difference.verdict in ("better", "worse")


def _classic(evaluation: Evaluation, title: str) -> str:
    tolerance_ms = evaluation.options.table_ms
    counts = evaluation.counts(evaluation.view, tolerance_ms)
    scores = [*class_scores(counts, evaluation.bootstrap), micro(counts, evaluation.bootstrap)]
    offsets = [
        np.concatenate([song.table[code].offsets_s for song in evaluation.songs])
        for code in range(len(evaluation.view.classes))
    ]
    offsets.append(np.concatenate(offsets))
    rows = []
    for name, s, values in zip((*evaluation.view.classes, "micro"), scores, offsets, strict=True):
        timing = statistics(values)
        # Rounded in two steps, as the customary scorers do, so that their tables look the same.
        figures = (f"{round(x.value, 4):.3f}" for x in (s.precision, s.recall, s.f))
        late = (_ms(timing.median_ms), _ms(timing.mean_ms))
        rows.append((name, str(s.ref), str(s.est), str(s.tp), *figures, _bar(s.f.value), *late))
    head = ("class", "ref", "est", "tp", "P", "R", "F", "", "med ms", "mean ms")
    first = (
        f"{title}: {len(evaluation.songs)} song{'s' if len(evaluation.songs) > 1 else ''}, "
        f"within {tolerance_ms:g} ms, {evaluation.view.name} classes"
    )
    return f"{first}\n{_grid(head, rows, 'lrrrrrrlrr')}"


def _tolerances(evaluation: Evaluation) -> str:
    rows = []
    for view in evaluation.views:
        for tolerance_ms in evaluation.options.all_tolerances_ms:
            counts, bootstrap = evaluation.counts(view, tolerance_ms), evaluation.bootstrap
            figures = (
                micro(counts, bootstrap).f,
                macro(counts, bootstrap),
                per_song(counts, bootstrap),
            )
            rows.append((_view(view), f"{tolerance_ms:g} ms", *map(_with_ends, figures)))
    head = ("F by view", "within", "micro", "macro", "per song")
    return _grid(head, rows, "lrlll")


def _view(view: View) -> str:
    return f"{view.name} classes" if view.name.isdigit() else "onsets only"


def _speed(evaluation: Evaluation) -> str:
    ioi = np.sum([song.ioi[:, 0] for song in evaluation.songs], axis=(0, 1))
    head = ("same-class interval", "strokes", "recall", "", "precision")
    blocks = [_grid(head, _ioi_rows(ioi), "lrrlr")]
    counts = subdivision_totals(evaluation)
    if counts is not None:
        totals = counts[:, -1, :, -1].sum(axis=0).tolist()
        rows = [
            (name, str(ref), f"{found / ref:.3f}", _bar(found / ref))
            for name, (ref, found) in zip(SUBDIVISION_NAMES, totals, strict=True)
            if ref
        ]
        blocks.append(_grid(("sits on", "strokes", "recall", ""), rows, "lrrl"))
    return "\n\n".join(blocks)


def _ioi_rows(ioi: Int64Array) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, (ref, found, est, right) in zip(IOI_BINS, ioi.tolist(), strict=True):
        if ref or est:
            recall = found / ref if ref else None
            precision = f"{right / est:.3f}" if est else "-"
            shown = "-" if recall is None else f"{recall:.3f}"
            rows.append((name, str(ref), shown, _bar(recall or 0.0), precision))
    return rows


def _timing(evaluation: Evaluation) -> str:
    rows = [
        (
            *(str(r[key]) for key in ("stage", "class", "pairs")),
            *(_ms(r[key]) for key in ("median_ms", "mean_ms")),
            _ms(r["mad_ms"]).lstrip("+"),
        )
        for r in timing_table(evaluation).records()
        if r["pairs"]
    ]
    head = ("offsets", "class", "pairs", "median ms", "mean ms", "MAD ms")
    return _grid(head, rows, "llrrrr")


def _edits(tables: dict[str, Table]) -> str:
    if "edits" not in tables:
        return ""
    rows = []
    for r in tables["edits"].records():
        if r["part"] in ("kick", "snare", "toms", "cymbals", ALL) and r["notes"]:
            kinds = (str(r[k]) for k in ("added", "deleted", "lane_changed", "moved"))
            figure = _with_ends(figure_from(r, "per_100"), 1)
            rows.append((str(r["tempo"]), str(r["part"]), str(r["notes"]), *kinds, figure))
    head = ("edits", "part", "notes", "added", "deleted", "lane", "moved", "per 100 notes")
    return _grid(head, rows, "llrrrrrl")


def _tempo(tables: dict[str, Table]) -> str:
    if "tempo_maps" not in tables:
        return ""
    rows = [
        (
            str(r["figure"]).replace("_", " "),
            str(r["songs"]),
            _with_ends(figure_from(r, "mean", "")),
        )
        for r in tables["tempo_maps"].records()
    ]
    named = [
        f"  {r['song']}: {', '.join(str(r[k]) for k in ('octave', 'phase') if r[k])}"
        for r in tables["tempo_maps_by_song"].records()
        if r["octave"] or r["phase"]
    ]
    return "\n".join([_grid(("tempo maps", "songs", "mean"), rows, "lrl"), *named[:20]])


def _confidence(tables: dict[str, Table]) -> str:
    if "calibration_error" not in tables:
        return ""
    rows = [
        (str(r["class"]), str(r["strokes"]), _with_ends(figure_from(r, "ece")))
        for r in tables["calibration_error"].records()
        if r["strokes"]
    ]
    return _grid(("confidence error", "strokes", "ECE"), rows, "lrl")


def _drumless(tables: dict[str, Table]) -> str:
    if "drumless" not in tables:
        return ""
    rows = [
        (str(r["class"]), str(r["false_positives"]), _with_ends(figure_from(r, "per_minute"), 2))
        for r in tables["drumless"].records()
    ]
    return _grid(("music without drums", "false", "per minute"), rows, "lrl")


def _worst_songs(evaluation: Evaluation) -> str:
    if len(evaluation.songs) < 2:
        return ""
    rows = [(s.pair.name, f"{f:.3f}", _bar(f)) for s, f in evaluation.songs_by_f()[:_WORST_SONGS]]
    tolerance_ms = evaluation.options.detail_ms
    return _grid((f"lowest F within {tolerance_ms:g} ms", "F", ""), rows, "lrl")


def _warnings(evaluation: Evaluation) -> str:
    return "\n".join(f"Note: {warning}" for warning in evaluation.warnings)


def _with_ends(figure: Figure, digits: int = 3) -> str:
    if figure.value != figure.value:
        return "-"
    text = f"{figure.value:.{digits}f}"
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({figure.low:.{digits}f}-{figure.high:.{digits}f})"


def _ms(value: Cell) -> str:
    return "-" if value is None else f"{round(float(value), 1) + 0.0:+.1f}"


def _bar(share: float) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * _BAR_CELLS * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR_CELLS)


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Columns side by side, two spaces apart; ``align`` has an l or r for each."""
    everything = [head, *rows]
    widths = [max(len(row[i]) for row in everything) for i in range(len(head))]
    lines = []
    for row in everything:
        cells = [
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, align, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)
