"""Notes as arrays."""

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.columns import DYNAMICS, NoteColumns
from chart_hero_core.chart.song import PERSON, Dynamic, Note, Origin

NOTES = (
    Note(0, Lane.KICK, origin=Origin(0.5)),
    Note(480, Lane.RED, dynamic=Dynamic.GHOST, flam=True),
    Note(480, Lane.YELLOW, cymbal=True, origin=Origin(0.25), heard_s=0.51),
    Note(480, Lane.GREEN, dynamic=Dynamic.ACCENT, origin=Origin(1.0, touched=True)),
    Note(960, Lane.KICK, cymbal=True),
)


def same(one: NoteColumns, other: NoteColumns) -> None:
    """Fails where two tables of the same notes differ."""
    assert one.notes == other.notes
    for name in NoteColumns.__slots__:
        if name != "notes":
            first, second = getattr(one, name), getattr(other, name)
            assert first.dtype == second.dtype, name
            np.testing.assert_array_equal(first, second, err_msg=name)


def test_a_row_a_note() -> None:
    columns = NoteColumns.of(NOTES)
    assert len(columns) == 5
    assert columns.ticks.tolist() == [0, 480, 480, 480, 960]
    assert columns.lanes.tolist() == [0, 1, 2, 4, 0]
    assert [DrumClass(drum) for drum in columns.drums] == [note.drum for note in NOTES]
    assert [DYNAMICS[place] for place in columns.dynamics] == [note.dynamic for note in NOTES]
    assert columns.flams.tolist() == [False, True, False, False, False]
    assert columns.touched.tolist() == [False, True, False, True, True]
    np.testing.assert_array_equal(columns.confidences, [0.5, np.nan, 0.25, 1.0, np.nan])
    np.testing.assert_array_equal(columns.heard_s, [np.nan, np.nan, 0.51, np.nan, np.nan])


def test_places_sort_as_notes_do() -> None:
    places = NoteColumns.of(NOTES).places
    assert (np.diff(places) > 0).all()


def test_notes_are_counted_by_drum() -> None:
    counts = NoteColumns.of(NOTES).counts
    assert counts[DrumClass.KICK] == 2
    assert counts[DrumClass.TOM_LOW] == 1
    assert counts.sum() == 5
    assert NoteColumns.of().counts.tolist() == [0] * 8


@pytest.mark.parametrize(
    "after",
    [
        NOTES,
        (),
        NOTES[:2] + NOTES[3:],
        NOTES[1:],
        NOTES[:-1],
        (*NOTES[:2], Note(480, Lane.BLUE), *NOTES[2:]),
        (*NOTES, Note(961, Lane.RED)),
        (Note(0, Lane.KICK), *NOTES[1:]),
        tuple(Note(note.tick + 1, note.lane) for note in NOTES),
    ],
)
def test_columns_after_an_edit_are_those_of_the_notes_it_left(after: tuple[Note, ...]) -> None:
    same(NoteColumns.of(NOTES).after_edit(after), NoteColumns.of(after))
    same(NoteColumns.of(after).after_edit(NOTES), NoteColumns.of(NOTES))


def test_equal_notes_of_another_origin_are_others() -> None:
    accepted = tuple(
        Note(note.tick, note.lane, note.cymbal, note.dynamic, note.flam, origin=PERSON)
        for note in NOTES
    )
    assert accepted == NOTES  # in what players see
    assert NoteColumns.of(NOTES).after_edit(accepted).touched.all()


def test_the_same_notes_are_the_same_columns() -> None:
    columns = NoteColumns.of(NOTES)
    assert columns.after_edit(NOTES) is columns
