"""Likely marks for the notes of a chart: ghosts, accents, double kicks, roll lanes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.drums import Activations, DrumClass, Hit, Lane
from chart_hero_core.chart.edits import AddPhrase, ChangeNotes, Compound, Edit, NoteKey
from chart_hero_core.chart.song import Difficulty, Dynamic, Note, Phrase, PhraseKind, Song, Track
from chart_hero_core.decode.marks import Mark, suggest_marks
from chart_hero_core.timing.quantise import places_in_beats

# Marks less likely than this are not put on notes unasked.
LIKELY = 0.5
_ROLLS = (PhraseKind.ROLL, PhraseKind.DOUBLE_ROLL)
_DYNAMICS = {Mark.GHOST: Dynamic.GHOST, Mark.ACCENT: Dynamic.ACCENT}
# A stroke's loudness is asked of the surest frame this near to it.
_NEAR_S = 0.015


@dataclass(frozen=True, slots=True)
class SuggestedMark:
    """A mark for one note, or a roll lane over several; ``confidence`` 0..1."""

    mark: Mark
    notes: tuple[Note, ...]
    confidence: float


def suggested_marks(
    song: Song,
    difficulty: Difficulty,
    activations: Activations | None,
    wanted: Collection[Mark] = tuple(Mark),
) -> tuple[SuggestedMark, ...]:
    """Likely marks that the notes of a track do not have yet, in the order of the notes.

    Ghosts and accents need ``activations``: only the sound says how loud a stroke was. A mark is
    never surer than its note. Double kicks exist on Expert alone.
    """
    track = song.tracks.get(difficulty, Track())
    hits = _hits(song, track, activations)
    rolls = [phrase for phrase in track.phrases if phrase.kind in _ROLLS]
    seconds = _beside_double_kicks(track.notes)
    found: list[SuggestedMark] = []
    in_beat = places_in_beats(np.array([note.tick for note in track.notes]), song.tempo_map)
    for one in suggest_marks(hits, in_beat, wanted):
        notes = tuple(track.notes[index] for index in one.indices)
        if one.mark in _DYNAMICS:
            open_ = notes[0].dynamic is Dynamic.NORMAL
        elif one.mark is Mark.DOUBLE_KICK:
            open_ = difficulty is Difficulty.EXPERT and notes[0].tick not in seconds
        else:
            open_ = not any(r.tick <= notes[-1].tick and notes[0].tick < r.end_tick for r in rolls)
        if open_:
            sure = min(_sure(note) for note in notes)
            found.append(SuggestedMark(one.mark, notes, one.confidence * sure))
    return tuple(found)


def marks_edit(difficulty: Difficulty, chosen: Sequence[SuggestedMark]) -> Edit:
    """The edit that puts ``chosen`` on their notes, as one step."""
    edits: list[Edit] = []
    for mark, dynamic in _DYNAMICS.items():
        keys = _keys(chosen, mark)
        if keys:
            edits.append(ChangeNotes(difficulty, keys, dynamic=dynamic))
    if keys := _keys(chosen, Mark.DOUBLE_KICK):
        edits.append(ChangeNotes(difficulty, keys, double_kick=True))
    edits += [
        AddPhrase(_lane_over(one.notes), difficulty) for one in chosen if one.mark is Mark.ROLL
    ]
    kinds = [mark.value for mark in Mark if any(one.mark is mark for one in chosen)]
    return Compound(f"Mark {' and '.join(kinds)}", tuple(edits))


def with_likely_marks(song: Song, activations: Activations, wanted: Collection[Mark]) -> Song:
    """The song with every mark on its Expert notes that is more likely than not."""
    found = suggested_marks(song, Difficulty.EXPERT, activations, wanted)
    likely = [one for one in found if one.confidence >= LIKELY]
    return marks_edit(Difficulty.EXPERT, likely).apply(song)[0]


def _keys(chosen: Sequence[SuggestedMark], mark: Mark) -> tuple[NoteKey, ...]:
    return tuple((note.tick, note.lane) for one in chosen if one.mark is mark for note in one.notes)


def _lane_over(notes: Sequence[Note]) -> Phrase:
    """A roll lane from the first note to just behind the last."""
    drums = {note.drum for note in notes}
    kind = PhraseKind.ROLL if len(drums) == 1 else PhraseKind.DOUBLE_ROLL
    return Phrase(kind, notes[0].tick, notes[-1].tick + 1 - notes[0].tick)


def _sure(note: Note) -> float:
    confidence = note.origin.confidence
    return 1.0 if note.origin.touched or confidence is None else confidence


def _beside_double_kicks(notes: Sequence[Note]) -> set[int]:
    """The ticks of kicks that are double ones, or next to one: no foot plays twice running."""
    kicks = [note for note in notes if note.lane is Lane.KICK]
    taken: set[int] = set()
    for index, kick in enumerate(kicks):
        if any(near.double_kick for near in kicks[max(index - 1, 0) : index + 2]):
            taken.add(kick.tick)
    return taken


def _hits(song: Song, track: Track, activations: Activations | None) -> list[Hit]:
    """The notes as strokes in the order of the track, with their loudness where it is known."""
    times_s = song.tempo_map.seconds_array([note.tick for note in track.notes]).tolist()
    return [
        Hit(time_s, note.drum, velocity=_loudness(activations, note, time_s))
        for note, time_s in zip(track.notes, times_s, strict=True)
    ]


def _loudness(activations: Activations | None, note: Note, time_s: float) -> float | None:
    """How loud the note's stroke was heard; None where nothing was heard of it."""
    if activations is None or note.lane is Lane.KICK:
        return None
    at_s = time_s if note.heard_s is None else note.heard_s
    within = (span for span in activations.spans if span.start_s <= at_s < span.end_s)
    source = next(within, activations)
    if source.velocity is None:
        return None
    place = round((at_s - source.start_s) / source.hop_s)
    reach = max(round(_NEAR_S / source.hop_s), 1)
    first, last = max(place - reach, 0), min(place + reach + 1, source.frames)
    if first >= last:
        return None
    drum = DrumClass(note.drum)
    peak = first + int(np.argmax(source.classes[drum, first:last]))
    return float(source.velocity[drum, peak])
