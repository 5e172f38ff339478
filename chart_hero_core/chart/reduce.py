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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from chart_hero_core.base.drums import DrumClass, Lane
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

    def seconds(self, quarter_s: float) -> float:
        """The gap at a tempo of ``quarter_s`` seconds per quarter note."""
        return max(self.least_s, min(self.quarters * quarter_s, self.most_s))


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
_ANCHOR = 100.0


def reduce_song(
    song: Song,
    difficulties: Iterable[Difficulty] = (Difficulty.HARD, Difficulty.MEDIUM, Difficulty.EASY),
) -> dict[Difficulty, Track]:
    """Reduced tracks for ``difficulties``, made from the song's Expert track.

    The notes count as suggestions (see ``ReplaceSuggestions``), so a person's notes in an existing
    track of that difficulty can be kept.
    """
    wanted = set(difficulties)
    track = song.expert
    made: dict[Difficulty, Track] = {}
    for difficulty in LIMITS:
        track = reduce_track(track, song.tempo_map, LIMITS[difficulty])
        if difficulty in wanted:
            made[difficulty] = track
    return made


def reduce_track(track: Track, tempo_map: TempoMap, limits: Limits) -> Track:
    """The notes of ``track`` that fit ``limits``, and its phrases that mean something there."""
    candidates = [_suggested(note) for note in track.notes if _allowed(note, limits)]
    weights = _weights(candidates, track.phrases, tempo_map)
    chords = _chords(candidates, weights, limits)
    notes = _spaced(chords, weights, tempo_map, limits)
    phrases = tuple(phrase for phrase in track.phrases if phrase.kind in _KEPT_PHRASES)
    return Track(tuple(sorted(notes, key=lambda note: note.sort_key)), phrases)


def _allowed(note: Note, limits: Limits) -> bool:
    return not note.double_kick and (limits.ghosts or note.dynamic is not Dynamic.GHOST)


def _suggested(note: Note) -> Note:
    """The note as a suggestion."""
    return replace(note, origin=Origin(note.origin.confidence, touched=False))


def _weights(
    notes: Sequence[Note], phrases: Iterable[Phrase], tempo_map: TempoMap
) -> dict[Note, float]:
    """How much the music would miss each note."""
    weights = {note: _weight(note, tempo_map) for note in notes}
    ticks = [note.tick for note in notes]
    for phrase in phrases:
        first = bisect.bisect_left(ticks, phrase.tick)
        last = bisect.bisect_left(ticks, phrase.end_tick)
        if phrase.kind in _ANCHORED and first < last:
            # The note at the end of a fill activates it.
            inside = notes[first:last]
            if phrase.kind is PhraseKind.ACTIVATION:
                inside = [note for note in inside if note.tick == inside[-1].tick]
            anchor = max(inside, key=lambda note: (weights[note], -note.tick))
            weights[anchor] = max(weights[anchor], _ANCHOR)
    return weights


def _weight(note: Note, tempo_map: TempoMap) -> float:
    weight = _IMPORTANCE[note.drum] + _metric_weight(note.tick, tempo_map)
    if note.dynamic is Dynamic.ACCENT:
        weight += 0.6
    if note.dynamic is Dynamic.GHOST:
        weight -= 2.0
    return weight


def _metric_weight(tick: int, tempo_map: TempoMap) -> float:
    """4 on a downbeat, 3 on a beat, 2 on an eighth, 1 on a sixteenth, 0.5 between."""
    _, beat, fraction = tempo_map.bar_beat(tick)
    signature = tempo_map.signature_at(tick)
    off = min(fraction, 1 - fraction) * tempo_map.ticks_per_beat(signature)
    if off <= 1:
        return 4.0 if beat == 0 and fraction < 0.5 else 3.0
    quarter = (tick - signature.tick) % tempo_map.resolution / tempo_map.resolution
    for parts, weight in ((2, 2.0), (3, 1.5), (4, 1.0)):
        place = quarter * parts
        if abs(place - round(place)) * tempo_map.resolution <= parts:
            return weight
    return 0.5


def _chords(notes: Sequence[Note], weights: dict[Note, float], limits: Limits) -> list[list[Note]]:
    """The notes of each tick, the weightiest as many as may be struck together."""
    chords: list[list[Note]] = []
    for _, group in groupby(notes, key=lambda note: note.tick):
        ranked = sorted(group, key=lambda note: (-weights[note], note.lane))
        hands = [note for note in ranked if note.lane != Lane.KICK][: limits.hands]
        kept = [note for note in ranked if note.lane == Lane.KICK or note in hands]
        chords.append(kept[: limits.notes])
    return chords


def _spaced(
    chords: Sequence[Sequence[Note]],
    weights: dict[Note, float],
    tempo_map: TempoMap,
    limits: Limits,
) -> list[Note]:
    """Notes far enough apart, the weightiest first; hands of one chord stay or go together."""
    units: list[tuple[float, int, bool, list[Note]]] = []
    for chord in chords:
        for kick in (False, True):
            unit = [note for note in chord if (note.lane == Lane.KICK) == kick]
            if unit:
                weight = max(weights[note] for note in unit)
                units.append((-weight, unit[0].tick, kick, unit))
    units.sort(key=lambda unit: unit[:3])
    taken: dict[bool, list[float]] = {False: [], True: []}
    kept: list[Note] = []
    for _, tick, kick, unit in units:
        time_s = tempo_map.seconds(tick)
        quarter_s = tempo_map.tempo_at(tick).us_per_quarter / 1e6
        own_s = (limits.kick_gap if kick else limits.hand_gap).seconds(quarter_s)
        other_s = limits.any_gap.seconds(quarter_s)
        if _free(taken[kick], time_s, own_s) and _free_or_same(taken[not kick], time_s, other_s):
            bisect.insort(taken[kick], time_s)
            kept.extend(unit)
    return kept


def _free(taken_s: Sequence[float], time_s: float, gap_s: float) -> bool:
    """Whether no stroke lies within the gap."""
    index = bisect.bisect_right(taken_s, time_s - gap_s + _SLACK_S)
    return index == len(taken_s) or taken_s[index] >= time_s + gap_s - _SLACK_S


def _free_or_same(taken_s: Sequence[float], time_s: float, gap_s: float) -> bool:
    """Whether the strokes within the gap, if any, fall together with this one."""
    index = bisect.bisect_right(taken_s, time_s - gap_s + _SLACK_S)
    last = bisect.bisect_left(taken_s, time_s + gap_s - _SLACK_S)
    return all(other == time_s for other in taken_s[index:last])
