"""From strokes heard in the audio to the notes of a track."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from chart_hero_core.base.drums import TOMS, DrumClass, Hit, Lane
from chart_hero_core.chart.song import Note, Origin, Section
from chart_hero_core.timing.quantise import SAME_STROKE_MS, TOGETHER_MS, GridPlace, quantise
from chart_hero_core.timing.tempo_map import TempoMap

# Sums of smaller confidences are too coarse to weigh times with.
_LEAST_WEIGHT = 1e-9
# Two lone strokes of a snare or tom closer than this are one note marked as a flam.
_FLAM_MS = 35.0
_FLAM_DRUMS = (DrumClass.SNARE, *TOMS)
# So many pads sound at one tick at most: pedals aside a drummer has two sticks, and games call
# more a mistake.
_HANDS = 2
_SECTION = "Song"
# By class: an album has tens of thousands of hits, and a knob that moves asks for all of them.
_LANE = tuple(drum.lane for drum in DrumClass)
_CYMBAL = tuple(drum.cymbal for drum in DrumClass)


@dataclass(slots=True)
class _Stroke:
    """A hit on its way to a note; ``time_s`` is shared by strokes that were meant together."""

    hit: Hit
    time_s: float
    flam: bool = False


def notes_from_hits(
    hits: Sequence[Hit], tempo_map: TempoMap, *, snap: bool = True
) -> tuple[Note, ...]:
    """The notes of a track, sorted by tick and lane, at most one per tick and lane.

    Every note is a suggestion: ``origin`` carries the confidence of its hit, ``heard_s`` the time
    at which it was heard. Where tom and cymbal of one colour fall together the more confident
    one stays. Without ``snap`` notes lie where they were heard, off any grid.
    """
    strokes = _merge_flams(_strokes(hits))
    places = quantise(
        [stroke.time_s for stroke in strokes],
        tempo_map,
        [_LANE[stroke.hit.drum] for stroke in strokes],
        snap=snap,
    )
    best: dict[tuple[int, Lane], Note] = {}
    for stroke, place in zip(strokes, places, strict=True):
        note = _note(stroke, place)
        key = (note.tick, note.lane)
        if key not in best or _confidence(note) > _confidence(best[key]):
            best[key] = note
    notes = _playable(best.values())
    return tuple(sorted(notes, key=attrgetter("tick", "lane")))


def opening_section(notes: Sequence[Note], tempo_map: TempoMap) -> Section:
    """The one section of a chart without any, from the bar of its first note on: practice mode
    lists sections, so a chart needs one somewhere.
    """
    bar, _, _ = tempo_map.bar_beat(notes[0].tick if notes else 0)
    return Section(tempo_map.bar_start(bar), _SECTION)


def _playable(notes: Iterable[Note]) -> list[Note]:
    """All kicks, and of the pads at each tick the surest."""
    pads_at: dict[int, list[Note]] = {}
    kept: list[Note] = []
    for note in notes:
        if note.lane == Lane.KICK:
            kept.append(note)
        else:
            pads_at.setdefault(note.tick, []).append(note)
    for pads in pads_at.values():
        kept += (
            pads if len(pads) <= _HANDS else sorted(pads, key=_confidence, reverse=True)[:_HANDS]
        )
    return kept


def _strokes(hits: Sequence[Hit]) -> list[_Stroke]:
    """The strokes in time order; of two on one lane meant together only the surer one."""
    found: list[_Stroke] = []
    group: dict[Lane, Hit] = {}
    start_s = float("-inf")
    sound = (hit for hit in hits if math.isfinite(hit.time_s) and math.isfinite(hit.confidence))
    for hit in sorted(sound, key=attrgetter("time_s")):
        lane = _LANE[hit.drum]
        rival = group.get(lane)
        again = rival is not None and _next_of_roll(rival, hit)
        if again or (hit.time_s - start_s) * 1e3 > TOGETHER_MS:
            left, group = _parted(group, rival if again else None, hit)
            found += _close(left)
            start_s = min((h.time_s for h in group.values()), default=hit.time_s)
            rival = None
        if rival is None or hit.confidence > rival.confidence:
            group[lane] = hit
    return found + _close(group)


def _next_of_roll(before: Hit, hit: Hit) -> bool:
    """Whether one drum was struck again, and not heard twice."""
    again = before.drum is hit.drum
    return again and (hit.time_s - before.time_s) * 1e3 > SAME_STROKE_MS


def _parted(
    group: dict[Lane, Hit], first: Hit | None, second: Hit
) -> tuple[dict[Lane, Hit], dict[Lane, Hit]]:
    """What stays of a group and what goes on with ``second``.

    Where a drum is struck at ``first`` and again at ``second``, as in a flam, each stroke of
    another drum belongs to the nearer one: the mean time of a chord may not bring the two together.
    """
    if first is None:
        return group, {}
    middle_s = (first.time_s + second.time_s) / 2
    stays = {lane: hit for lane, hit in group.items() if hit.time_s <= middle_s}
    return stays, {lane: hit for lane, hit in group.items() if lane not in stays}


def _close(group: dict[Lane, Hit]) -> list[_Stroke]:
    if len(group) == 1:
        return [_Stroke(hit, hit.time_s) for hit in group.values()]
    weight = sum(hit.confidence for hit in group.values())
    if weight < _LEAST_WEIGHT:
        return [_Stroke(hit, hit.time_s) for hit in group.values()]
    time_s = sum(hit.confidence * hit.time_s for hit in group.values()) / weight
    return [_Stroke(hit, time_s) for hit in group.values()]


def _merge_flams(strokes: list[_Stroke]) -> list[_Stroke]:
    """Make one stroke of two lone ones of a drum: the main stroke is the louder, else the later."""
    dropped: set[int] = set()
    for drum in _FLAM_DRUMS:
        rows = [i for i, s in enumerate(strokes) if s.hit.drum is drum]
        times = [strokes[i].hit.time_s for i in rows]
        for k in range(len(rows) - 1):
            gap_s = times[k + 1] - times[k]
            lone_s = 2 * _FLAM_MS / 1e3
            before_s = times[k] - times[k - 1] if k else float("inf")
            after_s = times[k + 2] - times[k + 1] if k + 2 < len(rows) else float("inf")
            if gap_s * 1e3 < _FLAM_MS and min(before_s, after_s) > lone_s:
                first, second = strokes[rows[k]], strokes[rows[k + 1]]
                louder = (first.hit.velocity or 0.0) > (second.hit.velocity or 0.0)
                main, grace = (rows[k], rows[k + 1]) if louder else (rows[k + 1], rows[k])
                strokes[main].flam = True
                dropped.add(grace)
    return [stroke for i, stroke in enumerate(strokes) if i not in dropped]


def _note(stroke: _Stroke, place: GridPlace) -> Note:
    hit = stroke.hit
    return Note(
        tick=place.tick,
        lane=_LANE[hit.drum],
        cymbal=_CYMBAL[hit.drum],
        flam=stroke.flam,
        origin=Origin(confidence=hit.confidence),
        heard_s=hit.time_s,
    )


def _confidence(note: Note) -> float:
    return note.origin.confidence or 0.0
