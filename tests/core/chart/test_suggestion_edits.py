"""What a new decode may change, and what a person has settled."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart import edits as e
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Origin,
    Song,
)
from tests.core.chart.songs import (
    SUGGESTED,
    deep,
    hat,
    notes,
    snare,
    song_of,
    songs,
)

EXPERT = Difficulty.EXPERT


def test_touched_notes_stay_and_block_their_place() -> None:
    mine = snare(480, dynamic=Dynamic.ACCENT)
    song = song_of(mine, snare(960, origin=SUGGESTED))
    fresh = (snare(480, origin=SUGGESTED), snare(500, origin=SUGGESTED, heard_s=0.51))
    changed, undo = e.ReplaceSuggestions(EXPERT, (*fresh, hat(0, origin=SUGGESTED))).apply(song)
    assert changed.expert.notes == (hat(0), mine)
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_a_neighbour_more_than_one_stroke_away_is_let_in() -> None:
    song = song_of(snare(480))
    near = snare(480 + 30, origin=SUGGESTED)  # 31 ms later
    changed, _ = e.ReplaceSuggestions(EXPERT, (near,)).apply(song)
    assert len(changed.expert.notes) == 2


def test_rejected_suggestions_do_not_come_back() -> None:
    suggestion = hat(480, origin=SUGGESTED, heard_s=0.503)
    song = song_of(suggestion)
    without, _ = e.RejectNotes(EXPERT, ((480, Lane.YELLOW),)).apply(song)
    again, _ = e.ReplaceSuggestions(EXPERT, (replace(suggestion, tick=486),)).apply(without)
    assert again.expert.notes == ()
    tom = Note(480, Lane.YELLOW, origin=SUGGESTED, heard_s=0.503)
    other, _ = e.ReplaceSuggestions(EXPERT, (tom,)).apply(without)
    assert other.expert.notes == (tom,)


def test_a_suggestion_moved_to_another_lane_does_not_reappear_in_the_old_one() -> None:
    suggestion = hat(480, origin=SUGGESTED, heard_s=0.5)
    moved, _ = e.MoveNotes(EXPERT, ((480, Lane.YELLOW),), lanes=1).apply(song_of(suggestion))
    again, _ = e.ReplaceSuggestions(EXPERT, (suggestion,)).apply(moved)
    assert [note.lane for note in again.expert.notes] == [Lane.BLUE]


def test_own_notes_that_are_deleted_leave_no_mark() -> None:
    changed, _ = e.DeleteNotes(EXPERT, ((0, Lane.RED),)).apply(song_of(snare(0)))
    assert changed.expert.rejected == ()


def test_only_the_stretch_is_replaced() -> None:
    old = tuple(snare(tick, origin=SUGGESTED) for tick in (0, 480, 960))
    fresh = tuple(hat(tick, origin=SUGGESTED) for tick in (0, 480, 960))
    edit = e.ReplaceSuggestions(EXPERT, fresh, start_tick=480, end_tick=960)
    changed, _ = edit.apply(song_of(*old))
    assert changed.expert.notes == (old[0], fresh[1], old[2])


def test_equal_suggestions_change_nothing() -> None:
    song = song_of(snare(0, origin=SUGGESTED))
    assert e.ReplaceSuggestions(EXPERT, song.expert.notes).apply(song)[0] is song


def test_the_inverse_counts_what_changed() -> None:
    song = song_of(*(snare(t, origin=SUGGESTED) for t in (0, 480, 960)))
    fresh = tuple(snare(t, origin=SUGGESTED) for t in (0, 480, 1440, 1920))
    _, undo = e.ReplaceSuggestions(EXPERT, fresh).apply(song)
    assert isinstance(undo, e.SwapNotes)
    assert (len(undo.removed), len(undo.added)) == (2, 1)


def test_accept_and_unlock() -> None:
    song = song_of(snare(0, origin=SUGGESTED))
    accepted, undo = e.SetTouched(EXPERT, ((0, Lane.RED),)).apply(song)
    assert accepted.expert.notes[0].origin == Origin(0.6, touched=True)
    assert deep(undo.apply(accepted)[0]) == deep(song)
    unlocked, _ = e.SetTouched(EXPERT, ((0, Lane.RED),), touched=False).apply(accepted)
    assert deep(unlocked) == deep(song)


@settings(max_examples=40, deadline=None)
@given(
    song=songs(),
    difficulty=st.sampled_from(Difficulty),
    many=st.lists(notes(), max_size=30),
    data=st.data(),
)
def test_a_decode_never_alters_what_a_person_touched(
    song: Song, difficulty: Difficulty, many: list[Note], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, 4_000))
    end = data.draw(st.none() | st.just(start + 500))
    edit = e.ReplaceSuggestions(difficulty, tuple(many), start, end)
    changed, _ = edit.apply(song)

    def own(song: Song) -> list[Note]:
        track = song.tracks.get(difficulty)
        return [note for note in track.notes if note.origin.touched] if track else []

    assert deep(song_of(*own(changed))) == deep(song_of(*own(song)))
