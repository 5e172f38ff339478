"""Expert to Hard, Medium and Easy, by the rules that charters follow when they do it by hand.

Each difficulty is made from the one above it, so it only ever holds notes (and ticks) of that one:

- **Hard**: no 2x kicks; at most two hands. Hands to sixteenths (up to 166 BPM), kicks to
  quarters (eighths at slow tempos), so no double-bass runs.
- **Medium**: no ghost notes; at most two notes at once, so no kick under two hands. Hands to
  eighths (up to 187 BPM), kicks to halves, and a kick between the hands keeps clear of them.
- **Easy**: one note at a time, hands and foot together to eighths (up to 150 BPM), kicks to
  halves.

Above those tempos the next coarser grid stays; at slow ones (:class:`Gap`) a finer one may. How
near this comes to what charters write is measured by ``benchmarks/reductions.py``.
Where notes are too close, those stay that carry the music: downbeats before beats before offbeats,
accents, crashes and the backbeat before the rest. Every star-power and activation phrase keeps a
note. What stays keeps its lane, tom or cymbal, accent, and flam, which a .mid can only hold for all
difficulties.
"""

import bisect
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from types import MappingProxyType

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.chart.columns import DYNAMICS, NoteColumns
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Song,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoMap


@dataclass(frozen=True, slots=True)
class Gap:
    """The least time between two strokes: ``quarters`` of the tempo, within two bounds.

    Never less than ``least_s``, which is as fast as a player of this level goes; never more than
    ``most_s``, which anyone can play whatever its note value is called.
    """

    least_s: float
    quarters: float
    most_s: float

    def seconds(self, quarter_s: Float64Array) -> Float64Array:
        """The gap at tempos of ``quarter_s`` seconds per quarter note."""
        return np.maximum(self.least_s, np.minimum(self.quarters * quarter_s, self.most_s))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a difficulty asks of a player.

    Attributes:
        hand_gap, kick_gap: between two strokes of the hands, of the foot.
        any_gap: between any two strokes that are not struck together.
        hands: most hand notes at once.
        notes: most notes at once, kick included.
        ghosts: whether ghost notes stay.
    """

    hand_gap: Gap
    kick_gap: Gap
    any_gap: Gap
    hands: int
    notes: int
    ghosts: bool


_EASY_HANDS = Gap(0.2, 0.5, 0.28)
LIMITS = MappingProxyType(
    {
        Difficulty.HARD: Limits(
            hand_gap=Gap(0.09, 0.25, 0.14),
            kick_gap=Gap(0.2, 1.0, 0.35),
            any_gap=Gap(0.0, 0.0, 0.0),
            hands=2,
            notes=3,
            ghosts=True,
        ),
        Difficulty.MEDIUM: Limits(
            hand_gap=Gap(0.16, 0.5, 0.28),
            kick_gap=Gap(0.30, 2.0, 0.7),
            any_gap=Gap(0.12, 0.25, 0.15),
            hands=2,
            notes=2,
            ghosts=False,
        ),
        Difficulty.EASY: Limits(
            hand_gap=_EASY_HANDS,
            kick_gap=Gap(0.32, 2.0, 1.2),
            any_gap=_EASY_HANDS,
            hands=1,
            notes=1,
            ghosts=False,
        ),
    }
)

# Notes at the limit must not fall to a rounded tick (3 ms at 100 BPM and 192 per quarter).
_SLACK_S = 0.003
_KEPT_PHRASES = (
    PhraseKind.STAR_POWER,
    PhraseKind.SOLO,
    PhraseKind.ACTIVATION,
    PhraseKind.VERSUS_1,
    PhraseKind.VERSUS_2,
)
_ANCHORED = (PhraseKind.STAR_POWER, PhraseKind.ACTIVATION)
# Which drums carry a rhythm, when not all may stay: the backbeat first, time-keeping last.
_IMPORTANCE = MappingProxyType(
    {
        DrumClass.CRASH: 1.0,
        DrumClass.SNARE: 0.9,
        DrumClass.KICK: 0.6,
        DrumClass.TOM_HIGH: 0.5,
        DrumClass.TOM_MID: 0.5,
        DrumClass.TOM_LOW: 0.5,
        DrumClass.HIHAT: 0.2,
        DrumClass.RIDE: 0.2,
    }
)
_IMPORTANCE_OF = np.array([_IMPORTANCE[drum] for drum in DrumClass])
_LOUDNESS = MappingProxyType({Dynamic.ACCENT: 0.6, Dynamic.GHOST: -2.0, Dynamic.NORMAL: 0.0})
_DYNAMIC_WEIGHT = np.array([_LOUDNESS[dynamic] for dynamic in DYNAMICS])
_ANCHOR = 100.0
_PLACE = attrgetter("tick", "lane")


def reduce_song(
    song: Song,
    difficulties: Iterable[Difficulty] = (Difficulty.HARD, Difficulty.MEDIUM, Difficulty.EASY),
    progress: Progress | None = None,
) -> dict[Difficulty, Track]:
    """Reduced tracks for ``difficulties``, made from the song's Expert track.

    The notes count as suggestions (see ``ReplaceSuggestions``), so a person's notes in an existing
    track of that difficulty can be kept.
    """
    wanted = set(difficulties)
    progress = progress or SilentProgress()
    track = song.expert
    made: dict[Difficulty, Track] = {}
    for index, difficulty in enumerate(LIMITS):
        progress.check_cancelled()
        progress.report(index / len(LIMITS), difficulty.title)
        track = reduce_track(track, song.tempo_map, LIMITS[difficulty])
        if difficulty in wanted:
            made[difficulty] = track
    return made


def reduce_track(track: Track, tempo_map: TempoMap, limits: Limits) -> Track:
    """The notes of ``track`` that satisfy ``limits``, and those of its phrases that still apply."""
    columns = NoteColumns.of([note for note in track.notes if _allowed(note, limits)])
    weights = _weights(columns, track.phrases, tempo_map)
    struck = _chords(columns, weights, limits)
    stays = _spaced(columns, weights, struck, tempo_map, limits)
    notes = sorted(map(_suggested, itertools.compress(columns.notes, stays.tolist())), key=_PLACE)
    phrases = tuple(phrase for phrase in track.phrases if phrase.kind in _KEPT_PHRASES)
    return Track(tuple(notes), phrases)


def _allowed(note: Note, limits: Limits) -> bool:
    return not note.double_kick and (limits.ghosts or note.dynamic is not Dynamic.GHOST)


def _suggested(note: Note) -> Note:
    """The note as a suggestion."""
    if not note.origin.touched:
        return note
    return replace(note, origin=Origin(note.origin.confidence, touched=False))


def _weights(notes: NoteColumns, phrases: Iterable[Phrase], tempo_map: TempoMap) -> Float64Array:
    """How much the music would miss each note."""
    weights = _IMPORTANCE_OF[notes.drums] + _metric_weights(notes.ticks, tempo_map)
    weights += _DYNAMIC_WEIGHT[notes.dynamics]
    ticks = notes.ticks
    for phrase in phrases:
        first, last = np.searchsorted(ticks, (phrase.tick, phrase.end_tick))
        if phrase.kind in _ANCHORED and first < last:
            # The note at the end of a fill activates it.
            if phrase.kind is PhraseKind.ACTIVATION:
                first = np.searchsorted(ticks, ticks[last - 1])
            anchor = first + int(np.argmax(weights[first:last]))
            weights[anchor] = max(weights[anchor], _ANCHOR)
    return weights


def _metric_weights(ticks: Int64Array, tempo_map: TempoMap) -> Float64Array:
    """4 on a downbeat, 3 on a beat, 2 on an eighth, 1 on a sixteenth, 0.5 between."""
    signatures = tempo_map.signatures
    starts = np.array([signature.tick for signature in signatures])
    index = np.maximum(np.searchsorted(starts, ticks, side="right") - 1, 0)
    beat_ticks = np.array([tempo_map.ticks_per_beat(one) for one in signatures])[index]
    in_bar = np.array([signature.numerator for signature in signatures])[index]
    inside = ticks - starts[index]
    beat, fraction = np.divmod(inside / beat_ticks, 1.0)
    on_beat = np.minimum(fraction, 1 - fraction) * beat_ticks <= 1
    quarter = inside % tempo_map.resolution / tempo_map.resolution
    cases = [on_beat & (beat % in_bar == 0) & (fraction < 0.5), on_beat]
    for parts in (2, 3, 4):
        off = np.abs(quarter * parts - np.round(quarter * parts))
        cases.append(off * tempo_map.resolution <= parts)
    return np.select(cases, (4.0, 3.0, 2.0, 1.5, 1.0), 0.5)


def _chords(notes: NoteColumns, weights: Float64Array, limits: Limits) -> Int64Array:
    """Of each tick the weightiest, as many as may be struck together, as rows of ``notes``.

    They are sorted by tick, those of a tick by weight.
    """
    ranked = np.lexsort((notes.lanes, -weights, notes.ticks))
    hand = notes.lanes[ranked] != Lane.KICK
    stays = ~hand | (_place_in_chord(notes.ticks[ranked], hand) < limits.hands)
    ranked = ranked[stays]
    all_of_them = np.ones(len(ranked), dtype=np.bool_)
    kept: Int64Array = ranked[_place_in_chord(notes.ticks[ranked], all_of_them) < limits.notes]
    return kept


def _place_in_chord(ticks: Int64Array, counted: BoolArray) -> Int64Array:
    """How many of those that are ``counted`` come before each note of its tick."""
    before: Int64Array = np.cumsum(counted) - counted
    found: Int64Array = before - before[np.searchsorted(ticks, ticks)]
    return found


def _spaced(
    notes: NoteColumns,
    weights: Float64Array,
    struck: Int64Array,
    tempo_map: TempoMap,
    limits: Limits,
) -> BoolArray:
    """Which notes are far enough apart; hands of one chord stay or go together."""
    kick = notes.lanes[struck] == Lane.KICK
    # The first of its kind in a chord is the weightiest and speaks for all of them.
    _, first, unit_of = np.unique(
        notes.ticks[struck] * 2 + kick, return_index=True, return_inverse=True
    )
    kick, speakers = kick[first], struck[first]
    ticks = notes.ticks[speakers]
    order = np.lexsort((kick, ticks, -weights[speakers]))
    kept = np.zeros(len(first), dtype=np.bool_)
    kept[_apart(order, ticks, kick, tempo_map, limits)] = True
    stays = np.zeros(len(notes), dtype=np.bool_)
    stays[struck] = kept[unit_of]
    return stays


def _apart(
    order: Int64Array,
    ticks: Int64Array,
    kick: BoolArray,
    tempo_map: TempoMap,
    limits: Limits,
) -> list[int]:
    """Strokes of hands and foot that keep their gaps, those that come first in ``order`` first."""
    changes = np.array([change.tick for change in tempo_map.tempos])
    index = np.maximum(np.searchsorted(changes, ticks, side="right") - 1, 0)
    quarters_s = np.array([change.us_per_quarter for change in tempo_map.tempos])[index] / 1e6
    own_s = np.where(
        kick, limits.kick_gap.seconds(quarters_s), limits.hand_gap.seconds(quarters_s)
    ).tolist()
    other_s = limits.any_gap.seconds(quarters_s).tolist()
    times_s, is_kick = tempo_map.seconds_array(ticks).tolist(), kick.tolist()
    taken: tuple[list[float], list[float]] = ([], [])
    kept: list[int] = []
    for unit in order.tolist():
        time_s, mine = times_s[unit], is_kick[unit]
        if _free(taken[mine], time_s, own_s[unit]) and _free_or_same(
            taken[not mine], time_s, other_s[unit]
        ):
            bisect.insort(taken[mine], time_s)
            kept.append(unit)
    return kept


def _free(taken_s: Sequence[float], time_s: float, gap_s: float) -> bool:
    """Whether no stroke lies within the gap."""
    index = bisect.bisect_right(taken_s, time_s - gap_s + _SLACK_S)
    return index == len(taken_s) or taken_s[index] >= time_s + gap_s - _SLACK_S


def _free_or_same(taken_s: Sequence[float], time_s: float, gap_s: float) -> bool:
    """Whether the strokes within the gap, if any, fall together with this one."""
    if not gap_s:
        return True
    index = bisect.bisect_right(taken_s, time_s - gap_s + _SLACK_S)
    last = bisect.bisect_left(taken_s, time_s + gap_s - _SLACK_S)
    return all(other == time_s for other in taken_s[index:last])
