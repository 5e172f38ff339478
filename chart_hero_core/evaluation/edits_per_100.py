"""How many edits turn a suggested chart into the finished one.

**One edit** is one of: *add* a note, *delete* a note, *change the lane* of a note that is in place
(its drum, so also tom to cymbal of one colour), or *move* a note to another place on its drum. A
note both misplaced and on the wrong drum costs two. Dynamics, flams, double kicks and lengths are
not counted, and neither are edits of the tempo map: its damage shows in the notes it misplaces.

*In place* means, on one and the same tempo map (:data:`SAME_MAP`): closer than half a 128th note,
and within 15 ms. A suggestion made on a tempo map of its own (:data:`OWN_MAP`) keeps its times on
the finished one, a few ms beside the lines even when that map is good, which one command mends for
all notes; there, in place means within 15 ms. A *move* reaches at most a 16th note; farther is a
deletion and an addition. Places are compared on the finished chart's tempo map.

The count is the smallest there is: an assignment of minimum cost, not a greedy pairing. Notes in
place on the right drum, with no rival, can be taken out first without losing that (swapping any
cheaper assignment for the pair never costs more), which leaves only the errors to the solver; so a
chart of 5,000 notes is counted while it is edited. Edits per 100 are over the finished notes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from chart_hero_core.base.arrays import BoolArray, Float64Array, IndexArray, Int64Array
from chart_hero_core.base.drums import CYMBALS, DRUM_COUNT, TOMS, DrumClass
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.timing.tempo_map import TempoMap

KIT_PARTS: dict[str, tuple[DrumClass, ...]] = {
    "kick": (DrumClass.KICK,),
    "snare": (DrumClass.SNARE,),
    "toms": TOMS,
    "cymbals": CYMBALS,
}
KINDS = ("added", "deleted", "lane changed", "moved")
MAX_NOTES = 200_000
MAX_PAIRS = 20_000_000  # within reach of each other; real charts have about five per note
DENSE_LIMIT = 400  # a matrix of this many rows and columns is solved in a few milliseconds
_ADD, _DELETE, _LANE, _MOVE = range(4)


@dataclass(frozen=True, slots=True)
class EditRules:
    """What is in place (closer than the one, within the other) and how far a move reaches."""

    in_place_quarters: float = 1 / 64
    in_place_s: float = 0.015
    reach_quarters: float = 1 / 4


SAME_MAP = EditRules()
OWN_MAP = EditRules(in_place_quarters=EditRules().reach_quarters)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedNotes:
    """Notes of a chart: where (quarter notes and seconds on one tempo map) and which drum.

    All arrays have shape ``[N]``; ``drums`` holds :class:`DrumClass` values.
    """

    quarters: Float64Array
    times_s: Float64Array
    drums: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class ChartNotes:
    """Notes as a chart has them: ticks ``[N]`` of its own tempo map, and drums ``[N]``.

    ``shift_s`` is added to their times where the other chart starts elsewhere in the audio.
    """

    ticks: Float64Array
    drums: NDArray[np.int8]
    tempo_map: TempoMap
    shift_s: float = 0.0

    def on(self, target_map: TempoMap) -> PlacedNotes:
        """The notes placed on another chart's tempo map."""
        return place_notes(self.ticks, self.drums, self.tempo_map, target_map, self.shift_s)


@dataclass(frozen=True, slots=True, eq=False)
class Edits:
    """The edits of one song.

    Attributes:
        by_drum: shape ``[8, 4]``, kinds as in :data:`KINDS`. A deletion counts for the deleted
            note's drum, every other edit for the drum of the finished note.
        notes: notes of the finished chart of each drum, shape ``[8]``.
        pairs: ``(suggested, finished)`` indices of notes that are kept, moved or change lane.
    """

    by_drum: Int64Array
    notes: Int64Array
    pairs: IndexArray

    @property
    def total(self) -> int:
        """All edits."""
        return int(self.by_drum.sum())

    @property
    def per_100(self) -> float | None:
        """Edits per 100 notes of the finished chart, None when it has none."""
        return self.per_100_of(DrumClass)

    def per_100_of(self, drums: Iterable[DrumClass]) -> float | None:
        """Edits per 100 finished notes of these drums, None when there are none."""
        rows = [int(drum) for drum in drums]
        notes = int(self.notes[rows].sum())
        return 100.0 * int(self.by_drum[rows].sum()) / notes if notes else None

    def of_kind(self, kind: str) -> int:
        """All edits of one of :data:`KINDS`."""
        return int(self.by_drum[:, KINDS.index(kind)].sum())


def place_notes(
    ticks: ArrayLike,
    drums: ArrayLike,
    own_map: TempoMap,
    target_map: TempoMap | None = None,
    shift_s: float = 0.0,
) -> PlacedNotes:
    """Notes at ``ticks`` of ``own_map``, placed on ``target_map`` (the same, when not given).

    With two maps a note keeps its time in seconds, as when a charter replaces the tempo map.
    ``shift_s`` is added to that time, where the charts start at different places of the audio.
    ``ticks`` and ``drums`` (``DrumClass`` numbers) both have the shape ``[N]``.
    """
    at = np.asarray(ticks, np.float64).reshape(-1)
    what = np.asarray(drums, np.int8).reshape(-1)
    quarters, times_s = at / own_map.resolution, own_map.seconds_array(at) + shift_s
    if shift_s or (target_map is not None and target_map != own_map):
        target_map = target_map or own_map
        quarters = target_map.ticks_array(times_s) / target_map.resolution
    return PlacedNotes(quarters, times_s, what)


def count_edits(
    suggested: PlacedNotes, finished: PlacedNotes, rules: EditRules = SAME_MAP
) -> Edits:
    """The fewest edits from ``suggested`` to ``finished``, both placed on one tempo map.

    Among equally cheap ways, notes move as little as possible.

    Raises:
        EvaluationError: a chart has over :data:`MAX_NOTES` notes, or far too many in one place.
    """
    if max(suggested.drums.size, finished.drums.size) > MAX_NOTES:
        raise EvaluationError(f"A chart of more than {MAX_NOTES} notes cannot be compared.")
    edges = _edges(suggested, finished, rules)
    keep, doubtful = _certain(edges)
    solved = _assign(edges.of(doubtful))
    kept = edges.of(keep)
    chosen = _Edges(
        *(np.concatenate(pair) for pair in zip(kept.arrays, solved.arrays, strict=True))
    )
    return _tally(chosen, suggested, finished)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Pairs that could be made: indices of both notes, what it costs (0 or 1), how far it moves."""

    source: IndexArray
    target: IndexArray
    cost: Int64Array
    way: Float64Array

    @property
    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        return self.source, self.target, self.cost, self.way

    def of(self, which: BoolArray | IndexArray) -> "_Edges":
        return _Edges(self.source[which], self.target[which], self.cost[which], self.way[which])


def _edges(suggested: PlacedNotes, finished: PlacedNotes, rules: EditRules) -> _Edges:
    """Every pair of notes within reach that one edit or none makes equal."""
    order = np.argsort(finished.quarters, kind="stable")
    lines = finished.quarters[order]
    slack = 1e-9
    low = np.searchsorted(lines, suggested.quarters - rules.reach_quarters - slack, side="left")
    high = np.searchsorted(lines, suggested.quarters + rules.reach_quarters + slack, side="right")
    width = high - low
    if int(width.sum()) > MAX_PAIRS:
        raise EvaluationError("The chart has too many notes in one place to be compared.")
    source = np.repeat(np.arange(width.size), width)
    starts = np.repeat(low - np.concatenate([[0], np.cumsum(width)[:-1]]), width)
    target = order[starts + np.arange(source.size)] if source.size else source
    way = np.abs(suggested.quarters[source] - finished.quarters[target])
    late = np.abs(suggested.times_s[source] - finished.times_s[target])
    here = (way < rules.in_place_quarters - slack) & (late <= rules.in_place_s + slack)
    same = suggested.drums[source] == finished.drums[target]
    possible = here | same
    cost = np.where(here & same, 0, 1)
    return _Edges(source[possible], target[possible], cost[possible], way[possible])


def _certain(edges: _Edges) -> tuple[BoolArray, BoolArray]:
    """Free pairs without a rival, and the edges left when their notes are taken out."""
    free = edges.cost == 0
    source_free = np.bincount(edges.source[free], minlength=_size(edges.source))
    target_free = np.bincount(edges.target[free], minlength=_size(edges.target))
    keep = free & (source_free[edges.source] == 1) & (target_free[edges.target] == 1)
    source_taken = np.bincount(edges.source[keep], minlength=_size(edges.source)) > 0
    target_taken = np.bincount(edges.target[keep], minlength=_size(edges.target)) > 0
    return keep, ~(source_taken[edges.source] | target_taken[edges.target])


def _size(indices: IndexArray) -> int:
    return int(indices.max()) + 1 if indices.size else 0


def _assign(edges: _Edges) -> _Edges:
    """The edges of an assignment of minimum cost, where leaving a note out costs 1 on each side."""
    if not edges.source.size:
        return edges
    source_names, source = np.unique(edges.source, return_inverse=True)
    target_names, target = np.unique(edges.target, return_inverse=True)
    rows, columns = source_names.size, target_names.size
    ones = np.ones(source.size, np.int8)
    graph = csr_matrix((ones, (source, rows + target)), shape=(rows + columns, rows + columns))
    _, group = connected_components(graph, directed=False)
    order = np.argsort(group[source], kind="stable")
    bounds = np.flatnonzero(np.diff(group[source][order])) + 1
    # All the ways of a song together stay under a thousandth of an edit, so they only break ties.
    cost = edges.cost + edges.way / (1e3 * max(1.0, float(edges.way.sum())))
    chosen = [
        members[_solve(source[members], target[members], cost[members])]
        for members in np.split(order, bounds)
    ]
    return edges.of(np.concatenate(chosen))


def _solve(source: IndexArray, target: IndexArray, cost: Float64Array) -> IndexArray:
    """Which edges of one connected group an assignment of minimum cost uses."""
    if source.size == 1:
        return np.zeros(1, np.intp)
    sources, row = np.unique(source, return_inverse=True)
    targets, column = np.unique(target, return_inverse=True)
    if max(sources.size, targets.size) > DENSE_LIMIT:
        return _solve_sparse(row, column, cost)
    apart = 2.0  # deleted and added again
    costs = np.full((sources.size, targets.size), apart)
    costs[row, column] = cost
    number = np.full(costs.shape, -1, np.intp)
    number[row, column] = np.arange(row.size)
    used: IndexArray = number[linear_sum_assignment(costs)]
    return used[used >= 0]


def _solve_sparse(row: IndexArray, column: IndexArray, cost: Float64Array) -> IndexArray:
    """The same for groups that chain through a whole song, without a square of memory.

    The matrix has a row per suggested note and one per finished note (its addition), a column per
    finished note and one per suggested note (its deletion); a pair frees the opposite corner.
    """
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    every_row, every_column = np.arange(rows), np.arange(columns)
    # The solver takes no zero weights; one more on every entry of a full matching changes nothing.
    weights = 1.0 + np.concatenate([cost, np.ones(rows + columns), np.zeros(row.size)])
    at = (
        np.concatenate([row, every_row, rows + every_column, rows + column]),
        np.concatenate([column, columns + every_row, every_column, columns + row]),
    )
    matrix = csr_matrix((weights, at), shape=(rows + columns, rows + columns))
    solved_row, solved_column = min_weight_full_bipartite_matching(matrix)
    partner = np.full(rows + columns, -1, np.intp)
    partner[solved_row] = solved_column
    return np.flatnonzero(partner[row] == column)


def _tally(chosen: _Edges, suggested: PlacedNotes, finished: PlacedNotes) -> Edits:
    by_drum = np.zeros((DRUM_COUNT, len(KINDS)), np.int64)
    added = np.ones(finished.drums.size, np.bool_)
    added[chosen.target] = False
    deleted = np.ones(suggested.drums.size, np.bool_)
    deleted[chosen.source] = False
    np.add.at(by_drum[:, _ADD], finished.drums[added], 1)
    np.add.at(by_drum[:, _DELETE], suggested.drums[deleted], 1)
    paid = chosen.cost > 0
    source, target = chosen.source[paid], chosen.target[paid]
    lane = suggested.drums[source] != finished.drums[target]
    np.add.at(by_drum[:, _LANE], finished.drums[target[lane]], 1)
    np.add.at(by_drum[:, _MOVE], finished.drums[target[~lane]], 1)
    notes = np.bincount(finished.drums, minlength=DRUM_COUNT).astype(np.int64)
    return Edits(by_drum, notes, np.stack([chosen.source, chosen.target], axis=1))
