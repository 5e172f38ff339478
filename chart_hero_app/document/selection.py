"""What stays selected when the song changes."""

from __future__ import annotations

import bisect
from dataclasses import replace

from chart_hero_app.document.state import NoteKey, Selection
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits import find_notes
from chart_hero_core.chart.song import Note, Song, Track
from chart_hero_core.timing.tempo_map import TempoMap

# Far more than a note is moved by going to the nearest tick, far less than strokes are apart.
_SAME_NOTE_S = 0.01


def carried(selection: Selection, before: Song, after: Song) -> Selection:
    """The selection of ``before`` in ``after``: the same notes, as far as they are still there.

    On another tempo map notes that keep their time get other ticks, so that a key of before may
    name quite another note.
    """
    kept: set[NoteKey] = set()
    for difficulty in {key.difficulty for key in selection.notes}:
        chosen = {(key.tick, key.lane) for key in selection.notes if key.difficulty is difficulty}
        old, new = (song.tracks.get(difficulty, Track()) for song in (before, after))
        if before.tempo_map is after.tempo_map or old.notes is new.notes:
            there = {(note.tick, note.lane) for note in find_notes(new, chosen)}
            if len(there) == len(selection.notes):
                return selection  # all of them, and no key has to be made anew
        else:
            notes = [note for note in old.notes if (note.tick, note.lane) in chosen]
            there = _found(notes, before.tempo_map, new, after.tempo_map)
        kept.update(NoteKey(difficulty, tick, lane) for tick, lane in there)
    return replace(selection, notes=frozenset(kept))


def _found(
    notes: list[Note], old_map: TempoMap, track: Track, new_map: TempoMap
) -> set[tuple[int, Lane]]:
    """The places of the notes that sound when these did."""
    lanes: dict[Lane, list[tuple[float, int]]] = {}
    for note in track.notes:
        lanes.setdefault(note.lane, []).append((_time_s(note, new_map), note.tick))
    for places in lanes.values():
        places.sort()
    found: set[tuple[int, Lane]] = set()
    for note in notes:
        time_s, places = _time_s(note, old_map), lanes.get(note.lane, [])
        index = bisect.bisect_left(places, (time_s, 0))
        near = min(
            places[max(index - 1, 0) : index + 1], key=lambda p: abs(p[0] - time_s), default=None
        )
        if near is not None and abs(near[0] - time_s) <= _SAME_NOTE_S:
            found.add((near[1], note.lane))
    return found


def _time_s(note: Note, tempo_map: TempoMap) -> float:
    """Where the note sounds; a suggestion is put on each grid from where it was heard."""
    if note.heard_s is not None and not note.origin.touched:
        return note.heard_s
    return tempo_map.seconds(note.tick)
