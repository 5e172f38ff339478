"""From strokes heard in the audio to the notes of a track."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from chart_hero_core.base.drums import TOMS, DrumClass, Hit, Lane
from chart_hero_core.chart.song import Dynamic, Note, Origin
from chart_hero_core.timing.quantise import GridPlace, QuantiseOptions, quantise
from chart_hero_core.timing.tempo_map import TempoMap

# Sums of smaller confidences are too coarse to weigh times with.
_LEAST_WEIGHT = 1e-9
_FLAM_DRUMS = (DrumClass.SNARE, *TOMS)


@dataclass(frozen=True, slots=True)
class NoteOptions:
    """How strokes become notes.

    Attributes:
        quantise: how they are put on the grid.
        together_ms: strokes of different drums closer than this were meant together: one tick.
        flam_ms: two lone strokes of a snare or tom closer than this are one note marked flam;
            0 keeps both.
        hands: at most this many pads sound at one tick, the surest; pedals aside a drummer has
            two sticks, and games call more a mistake. None keeps all.
        ghost_below, accent_above: velocities (0..1) that make a ghost or an accent of a note
            that is no kick; None leaves every note normal.
    """

    quantise: QuantiseOptions = field(default_factory=QuantiseOptions)
    together_ms: float = 12.0
    flam_ms: float = 35.0
    hands: int | None = 2
    ghost_below: float | None = None
    accent_above: float | None = None


@dataclass(slots=True)
class _Stroke:
    """A hit on its way to a note; ``time_s`` is shared by strokes that were meant together."""

    hit: Hit
    time_s: float
    flam: bool = False


def notes_from_hits(
    hits: Sequence[Hit], tempo_map: TempoMap, options: NoteOptions | None = None
) -> tuple[Note, ...]:
    """The notes of a track, sorted by tick and lane, at most one per tick and lane.

    Every note is a suggestion: ``origin`` carries the confidence of its hit, ``heard_s`` the time
    at which it was heard. Where tom and cymbal of one colour fall together the more confident
    one stays.
    """
    options = options or NoteOptions()
    strokes = _merge_flams(_strokes(hits, options), options)
    places = quantise(
        [stroke.time_s for stroke in strokes],
        tempo_map,
        replace(options.quantise, together_ms=options.together_ms),
        [int(stroke.hit.drum.lane) for stroke in strokes],
    )
    best: dict[tuple[int, Lane], Note] = {}
    for stroke, place in zip(strokes, places, strict=True):
        note = _note(stroke, place, options)
        key = (note.tick, note.lane)
        if key not in best or _confidence(note) > _confidence(best[key]):
            best[key] = note
    notes = _playable(best.values(), options.hands)
    return tuple(sorted(notes, key=lambda note: note.sort_key))


def _playable(notes: Iterable[Note], hands: int | None) -> list[Note]:
    """All kicks, and of the pads at each tick the ``hands`` surest."""
    if hands is None:
        return list(notes)
    pads_at: dict[int, list[Note]] = {}
    kept: list[Note] = []
    for note in notes:
        if note.lane == Lane.KICK:
            kept.append(note)
        else:
            pads_at.setdefault(note.tick, []).append(note)
    for pads in pads_at.values():
        kept += sorted(pads, key=_confidence, reverse=True)[:hands]
    return kept


def _strokes(hits: Sequence[Hit], options: NoteOptions) -> list[_Stroke]:
    """The strokes in time order; of two on one lane meant together only the surer one."""
    found: list[_Stroke] = []
    group: dict[Lane, Hit] = {}
    start_s = float("-inf")
    for hit in sorted(hits, key=lambda h: h.time_s):
        if (hit.time_s - start_s) * 1e3 > options.together_ms:
            found += _close(group)
            group, start_s = {}, hit.time_s
        rival = group.get(hit.drum.lane)
        if rival is None or hit.confidence > rival.confidence:
            group[hit.drum.lane] = hit
    return found + _close(group)


def _close(group: dict[Lane, Hit]) -> list[_Stroke]:
    weight = sum(hit.confidence for hit in group.values())
    if weight < _LEAST_WEIGHT:
        return [_Stroke(hit, hit.time_s) for hit in group.values()]
    time_s = sum(hit.confidence * hit.time_s for hit in group.values()) / weight
    return [_Stroke(hit, time_s) for hit in group.values()]


def _merge_flams(strokes: list[_Stroke], options: NoteOptions) -> list[_Stroke]:
    """Make one stroke of two lone ones of a drum: the main stroke is the louder, else the later."""
    dropped: set[int] = set()
    for drum in _FLAM_DRUMS:
        rows = [i for i, s in enumerate(strokes) if s.hit.drum is drum]
        times = [strokes[i].hit.time_s for i in rows]
        for k in range(len(rows) - 1):
            gap_s = times[k + 1] - times[k]
            lone_s = 2 * options.flam_ms / 1e3
            before_s = times[k] - times[k - 1] if k else float("inf")
            after_s = times[k + 2] - times[k + 1] if k + 2 < len(rows) else float("inf")
            if gap_s * 1e3 < options.flam_ms and min(before_s, after_s) > lone_s:
                first, second = strokes[rows[k]], strokes[rows[k + 1]]
                louder = (first.hit.velocity or 0.0) > (second.hit.velocity or 0.0)
                main, grace = (rows[k], rows[k + 1]) if louder else (rows[k + 1], rows[k])
                strokes[main].flam = True
                dropped.add(grace)
    return [stroke for i, stroke in enumerate(strokes) if i not in dropped]


def _note(stroke: _Stroke, place: GridPlace, options: NoteOptions) -> Note:
    hit = stroke.hit
    return Note(
        tick=place.tick,
        lane=hit.drum.lane,
        cymbal=hit.drum.cymbal,
        dynamic=_dynamic(hit, options),
        flam=stroke.flam,
        origin=Origin(confidence=hit.confidence),
        heard_s=hit.time_s,
    )


def _dynamic(hit: Hit, options: NoteOptions) -> Dynamic:
    if hit.velocity is None or hit.drum is DrumClass.KICK:
        return Dynamic.NORMAL
    if options.ghost_below is not None and hit.velocity < options.ghost_below:
        return Dynamic.GHOST
    if options.accent_above is not None and hit.velocity > options.accent_above:
        return Dynamic.ACCENT
    return Dynamic.NORMAL


def _confidence(note: Note) -> float:
    return note.origin.confidence or 0.0
