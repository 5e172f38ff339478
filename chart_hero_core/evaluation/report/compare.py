"""Two evaluations of the same songs: what changed, and whether it is more than noise."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.breakdowns import IOI_BINS, IOI_KINDS, SUBDIVISION_NAMES
from chart_hero_core.evaluation.report.chart_tables import MODES, PARTS
from chart_hero_core.evaluation.report.folder import SavedReport
from chart_hero_core.evaluation.report.score_tables import figure_cells
from chart_hero_core.evaluation.report.tables import Cell, Table
from chart_hero_core.evaluation.scores import (
    SAMPLES,
    Bootstrap,
    Figure,
    macro_f,
    prf,
    ratio,
    with_interval,
)
from chart_hero_core.evaluation.views import EIGHT, ONSET

Records = Sequence[dict[str, Cell]]


# With five songs that all improve, chance still does as well once in 16 (a two-sided sign test), so
# no difference can be told from noise at the 5 % level; with six it is once in 32.
MIN_SONGS = 6

# No option changes how many strokes of the truth these views count.
_PLAIN_VIEWS = (EIGHT.name, ONSET.name)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of both, B minus A with its 95 % interval, and what it means.

    ``p`` is the two-sided share of resamples on which the difference vanishes or turns round, None
    where fewer than :data:`MIN_SONGS` songs have a say. ``verdict`` is ``better``, ``worse``,
    ``no telling``, ``too few songs`` or ``same``.
    """

    group: str
    measure: str
    a: float
    b: float
    difference: Figure
    p: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences over the songs that both reports have.

    ``main_group`` is the group with the scores of the first report's main view and tolerance.
    ``other_truth`` are songs left out because the reports scored them against different truths,
    ``alike`` whether both looked at speeds and places in the same classes and window.
    """

    name_a: str
    name_b: str
    songs: tuple[str, ...]
    left_out: tuple[str, ...]
    main_group: str
    differences: tuple[Difference, ...]
    other_truth: tuple[str, ...] = ()
    alike: bool = True

    def table(self) -> Table:
        """As a tidy table."""
        columns = ("group", "measure", "a", "b", "difference", "low", "high", "p", "verdict")
        rows = [
            (d.group, d.measure, d.a, d.b, *figure_cells(d.difference), d.p, d.verdict)
            for d in self.differences
        ]
        return Table.of("comparison", columns, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Measure:
    """How to get one figure from what is summed over songs (``[songs, ...]`` on each side)."""

    group: str
    name: str
    a: Float64Array
    b: Float64Array
    of: Callable[[Float64Array], Float64Array]
    more_is_better: bool


def compare(a: SavedReport, b: SavedReport, samples: int = SAMPLES) -> Comparison:
    """B against A by a paired bootstrap: both are resampled with the same songs.

    Raises:
        EvaluationError: the reports share no song, or scored all they share against other truths.
    """
    truth_a, truth_b = _truths(a), _truths(b)
    common = [name for name in truth_a if name in truth_b]
    if not common:
        raise EvaluationError("The two reports have no song in common.")
    songs = tuple(name for name in common if _one_truth(truth_a[name], truth_b[name]))
    if not songs:
        raise EvaluationError(
            "The two reports were made against different truths; evaluate both against the same."
        )
    left_out = tuple(sorted({*truth_a, *truth_b} - set(common)))
    bootstrap = Bootstrap(len(songs), samples)
    differences = [
        difference
        for measure in _measures(a, b, songs)
        if (difference := _difference(measure, bootstrap)) is not None
    ]
    main_group = _title(a.view, a.detail_ms)
    return Comparison(
        name_a=a.name,
        name_b=b.name,
        songs=songs,
        left_out=left_out,
        main_group=main_group,
        differences=tuple(differences),
        other_truth=tuple(name for name in common if name not in songs),
        alike=_alike(a, b),
    )


def _truths(report: SavedReport) -> dict[str, dict[str, Cell]]:
    """How many strokes the truth of each song has, by view and class."""
    truths: dict[str, dict[str, Cell]] = {}
    for row in report.tables["scores_by_song"]:
        counts = truths.setdefault(str(row["song"]), {})
        if row["view"] in _PLAIN_VIEWS:
            counts[f"{row['view']}, {row['class']}"] = row["ref"]
    return truths


def _one_truth(one: dict[str, Cell], other: dict[str, Cell]) -> bool:
    return all(one[key] == other[key] for key in one if key in other)


def _alike(a: SavedReport, b: SavedReport) -> bool:
    """Whether speeds and places were looked at in the same classes, within the same window."""
    return (a.view, a.detail_ms) == (b.view, b.detail_ms)


def _difference(measure: _Measure, bootstrap: Bootstrap) -> Difference | None:
    sides = (measure.a, measure.b)
    a, b = (float(measure.of(side.sum(axis=0))) for side in sides)
    if not (np.isfinite(a) and np.isfinite(b)):
        return None
    voices = np.stack([(side != 0).reshape(len(side), -1).any(axis=1) for side in sides])
    enough = int(voices.any(axis=0).sum()) >= MIN_SONGS
    pooled_a, pooled_b = bootstrap.pooled(measure.a), bootstrap.pooled(measure.b)
    p, samples = None, None
    if pooled_a is not None and pooled_b is not None:
        samples = measure.of(pooled_b) - measure.of(pooled_a)
        known = samples[np.isfinite(samples)]
        if known.size and enough:
            p = min(1.0, 2 * min(float(np.mean(known <= 0)), float(np.mean(known >= 0))))
    figure = with_interval(b - a, samples)
    verdict = _verdict(figure, measure.more_is_better, enough)
    return Difference(measure.group, measure.name, a, b, figure, p, verdict)


def _verdict(difference: Figure, more_is_better: bool, enough: bool) -> str:
    if difference.value == 0 and not difference.low and not difference.high:
        return "same"
    if not enough or difference.low is None or difference.high is None:
        return "too few songs"
    if difference.low <= 0 <= difference.high:
        return "no telling"
    return "better" if (difference.value > 0) == more_is_better else "worse"


_OF_MAIN_VIEW = ("subdivisions_by_song", "ioi_by_song")


def _measures(a: SavedReport, b: SavedReport, songs: Sequence[str]) -> Iterator[_Measure]:
    yield from _score_measures(a, b, songs)
    for group, table, key, parts, factor in (
        ("edits per 100 notes", "edits_by_song", ("tempo", "part"), ("edits", "notes"), 100.0),
        ("recall by subdivision", "subdivisions_by_song", ("subdivision",), ("found", "ref"), 1.0),
        ("recall by interval", "ioi_by_song", ("interval", "bin"), ("found", "ref"), 1.0),
        ("precision by interval", "ioi_by_song", ("interval", "bin"), ("right", "est"), 1.0),
        (
            "false positives per minute",
            "drumless_by_song",
            ("class",),
            ("false_positives", "minutes"),
            1.0,
        ),
    ):
        if table in _OF_MAIN_VIEW and not _alike(a, b):
            continue  # one and the same estimate would seem better or worse
        side_a, side_b = (_parts(r.tables.get(table, []), songs, key, parts) for r in (a, b))
        for name in sorted((name for name in side_a if name in side_b), key=_place):
            scaled_a, scaled_b = (side[name] * [factor, 1.0] for side in (side_a, side_b))
            fewer_is_better = group in ("edits per 100 notes", "false positives per minute")
            yield _Measure(group, name, scaled_a, scaled_b, ratio, not fewer_is_better)


def _score_measures(a: SavedReport, b: SavedReport, songs: Sequence[str]) -> Iterator[_Measure]:
    key, parts = ("view", "tolerance_ms", "class"), ("tp", "ref", "est")
    side_a, side_b = (_parts(r.tables["scores_by_song"], songs, key, parts) for r in (a, b))
    shared = [name for name in side_a if name in side_b]
    groups: dict[str, list[str]] = {}
    for name in shared:
        group, label = name.rsplit(", ", 1)
        view, tolerance = group.split(", ")
        title = _title(view, float(tolerance))
        if label != "all":
            groups.setdefault(title, []).append(name)
            yield _Measure(title, f"{label} F", side_a[name], side_b[name], _f, True)
            continue
        yield _Measure(title, "micro F", side_a[name], side_b[name], _f, True)
        yield _Measure(title, "micro precision", side_a[name], side_b[name], _precision, True)
        yield _Measure(title, "micro recall", side_a[name], side_b[name], _recall, True)
        stacks = [np.stack([side[n] for n in groups[title]], axis=1) for side in (side_a, side_b)]
        yield _Measure(title, "macro F", stacks[0], stacks[1], macro_f, True)


def _place(name: str) -> tuple[int, ...]:
    """Where a measure stands among others: the order of the tables, not of their letters."""
    order = (*IOI_KINDS, *IOI_BINS, *SUBDIVISION_NAMES, *MODES, *PARTS)
    return tuple(order.index(word) if word in order else len(order) for word in name.split(", "))


def _title(view: str, tolerance_ms: float) -> str:
    return f"{f'{view} classes' if view.isdigit() else view}, {tolerance_ms:g} ms"


def _parts(
    records: Records, songs: Sequence[str], key: Sequence[str], columns: Sequence[str]
) -> dict[str, Float64Array]:
    """For each value of ``key`` the sums of ``columns`` by song, shape ``[songs, columns]``."""
    place = {name: index for index, name in enumerate(songs)}
    found: dict[str, Float64Array] = {}
    for record in records:
        index = place.get(str(record["song"]))
        if index is None:
            continue
        name = ", ".join(str(record[column]) for column in key)
        if name not in found:
            found[name] = np.zeros((len(songs), len(columns)))
        found[name][index] += [float(record[column] or 0) for column in columns]
    return found


def _precision(counts: Float64Array) -> Float64Array:
    return prf(counts)[0]


def _recall(counts: Float64Array) -> Float64Array:
    return prf(counts)[1]


def _f(counts: Float64Array) -> Float64Array:
    return prf(counts)[2]
