"""Edits: hand-computed cases, and the properties that undo relies on."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart import edits as e
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Metadata,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Section,
    Song,
)
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.chart.songs import (
    SUGGESTED,
    deep,
    notes,
    phrases,
    song_of,
    songs,
    tempo_maps,
    tracks,
)

EXPERT = Difficulty.EXPERT


def snare(tick: int, **fields: object) -> Note:
    return Note(tick, Lane.RED, **fields)  # type: ignore[arg-type]


def hat(tick: int, **fields: object) -> Note:
    return Note(tick, Lane.YELLOW, cymbal=True, **fields)  # type: ignore[arg-type]


def test_added_notes_are_a_persons_and_push_out_what_was_there() -> None:
    song = song_of(hat(480, origin=SUGGESTED))
    changed, undo = e.AddNotes(EXPERT, (Note(480, Lane.YELLOW, origin=SUGGESTED),)).apply(song)
    (note,) = changed.expert.notes
    assert not note.cymbal
    assert note.origin == Origin(0.6, touched=True)
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_adding_to_a_missing_difficulty_makes_it_and_undo_unmakes_it() -> None:
    song = Song()
    changed, undo = e.AddNotes(Difficulty.HARD, (snare(0),)).apply(song)
    assert changed.tracks[Difficulty.HARD].notes == (snare(0),)
    back, redo = undo.apply(changed)
    assert Difficulty.HARD not in back.tracks
    assert deep(redo.apply(back)[0]) == deep(changed)


def test_flags_that_a_lane_cannot_carry_are_dropped() -> None:
    odd = Note(0, Lane.RED, cymbal=True, double_kick=True)
    kick = Note(0, Lane.KICK, flam=True, double_kick=True)
    changed, _ = e.AddNotes(EXPERT, (odd, kick)).apply(Song())
    assert changed.expert.notes == (Note(0, Lane.KICK, double_kick=True), snare(0))


def test_notes_before_the_song_are_refused() -> None:
    with pytest.raises(ChartError, match="start of the song"):
        e.AddNotes(EXPERT, (snare(-1),)).apply(Song())


def test_move_keeps_distances_at_the_edges() -> None:
    song = song_of(snare(100), hat(220))
    keys = ((100, Lane.RED), (220, Lane.YELLOW))
    changed, _ = e.MoveNotes(EXPERT, keys, ticks=-500, lanes=-7).apply(song)
    assert [note.sort_key for note in changed.expert.notes] == [(0, 0), (120, 1)]


def test_a_moved_note_replaces_the_one_it_lands_on() -> None:
    song = song_of(snare(0, dynamic=Dynamic.GHOST), snare(120, dynamic=Dynamic.ACCENT))
    changed, undo = e.MoveNotes(EXPERT, ((0, Lane.RED),), ticks=120).apply(song)
    assert changed.expert.notes == (snare(120, dynamic=Dynamic.GHOST),)
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_stale_keys_are_passed_over() -> None:
    song = song_of(snare(0))
    changed, undo = e.DeleteNotes(EXPERT, ((7, Lane.RED),)).apply(song)
    assert changed is song
    assert undo.apply(song)[0] is song


def test_change_sets_only_what_is_named() -> None:
    song = song_of(hat(0, dynamic=Dynamic.ACCENT, origin=SUGGESTED))
    edit = e.ChangeNotes(EXPERT, ((0, Lane.YELLOW),), cymbal=False)
    changed, _ = edit.apply(song)
    assert changed.expert.notes == (Note(0, Lane.YELLOW, dynamic=Dynamic.ACCENT),)
    assert edit.title == "Change cymbal of note"
    assert changed.expert.rejected == ()


@pytest.mark.parametrize(
    ("strength", "expected"), [(1.0, [120, 240]), (0.5, [115, 245]), (0.0, [110, 250])]
)
def test_quantise(strength: float, expected: list[int]) -> None:
    song = song_of(snare(110), snare(250))
    keys = ((110, Lane.RED), (250, Lane.RED))
    changed, _ = e.QuantiseNotes(EXPERT, keys, division=16, strength=strength).apply(song)
    assert [note.tick for note in changed.expert.notes] == expected


def test_quantise_merges_what_meets() -> None:
    song = song_of(snare(118), snare(121, dynamic=Dynamic.ACCENT))
    keys = ((118, Lane.RED), (121, Lane.RED))
    changed, undo = e.QuantiseNotes(EXPERT, keys, division=16).apply(song)
    assert changed.expert.notes == (snare(120),)
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_quantise_to_quintuplets_rounds_to_the_nearest_tick() -> None:
    tempo_map = TempoMap(192)
    assert [e.grid_tick(tempo_map, tick, 20) for tick in (0, 38, 77, 115)] == [0, 38, 77, 115]


def test_copy_and_paste_keep_the_place_in_the_bar() -> None:
    song = song_of(snare(480 + 10, origin=SUGGESTED, heard_s=0.5), hat(960))
    clip = e.copy_notes(song.expert, ((490, Lane.RED), (960, Lane.YELLOW)), anchor_tick=480)
    changed, _ = e.PasteNotes(EXPERT, clip, tick=1920).apply(song)
    assert [n.tick for n in changed.expert.notes] == [490, 960, 1930, 2400]
    assert changed.expert.notes[2].heard_s is None
    assert changed.expert.notes[2].origin == Origin(None, touched=True)


def test_nudge_moves_by_time_and_by_one_tick_at_least() -> None:
    song = song_of(snare(480))  # 120 BPM: one tick lasts 1.04 ms
    assert e.nudge(song, EXPERT, ((480, Lane.RED),), 0.01).ticks == (((480, Lane.RED), 490),)
    assert e.nudge(song, EXPERT, ((480, Lane.RED),), -0.0001).ticks == (((480, Lane.RED), 479),)


class TestSuggestions:
    def test_touched_notes_stay_and_block_their_place(self) -> None:
        mine = snare(480, dynamic=Dynamic.ACCENT)
        song = song_of(mine, snare(960, origin=SUGGESTED))
        fresh = (snare(480, origin=SUGGESTED), snare(500, origin=SUGGESTED, heard_s=0.51))
        changed, undo = e.ReplaceSuggestions(EXPERT, (*fresh, hat(0, origin=SUGGESTED))).apply(song)
        assert changed.expert.notes == (hat(0), mine)
        assert deep(undo.apply(changed)[0]) == deep(song)

    def test_a_neighbour_more_than_one_stroke_away_is_let_in(self) -> None:
        song = song_of(snare(480))
        near = snare(480 + 30, origin=SUGGESTED)  # 31 ms later
        changed, _ = e.ReplaceSuggestions(EXPERT, (near,)).apply(song)
        assert len(changed.expert.notes) == 2

    def test_rejected_suggestions_do_not_come_back(self) -> None:
        suggestion = hat(480, origin=SUGGESTED, heard_s=0.503)
        song = song_of(suggestion)
        without, _ = e.RejectNotes(EXPERT, ((480, Lane.YELLOW),)).apply(song)
        again, _ = e.ReplaceSuggestions(EXPERT, (replace(suggestion, tick=486),)).apply(without)
        assert again.expert.notes == ()
        tom = Note(480, Lane.YELLOW, origin=SUGGESTED, heard_s=0.503)
        other, _ = e.ReplaceSuggestions(EXPERT, (tom,)).apply(without)
        assert other.expert.notes == (tom,)
        forgiven, _ = e.ForgetRejections(EXPERT).apply(without)
        back, _ = e.ReplaceSuggestions(EXPERT, (suggestion,)).apply(forgiven)
        assert back.expert.notes == (suggestion,)

    def test_a_suggestion_moved_to_another_lane_does_not_reappear_in_the_old_one(self) -> None:
        suggestion = hat(480, origin=SUGGESTED, heard_s=0.5)
        moved, _ = e.MoveNotes(EXPERT, ((480, Lane.YELLOW),), lanes=1).apply(song_of(suggestion))
        again, _ = e.ReplaceSuggestions(EXPERT, (suggestion,)).apply(moved)
        assert [note.lane for note in again.expert.notes] == [Lane.BLUE]

    def test_own_notes_that_are_deleted_leave_no_mark(self) -> None:
        changed, _ = e.DeleteNotes(EXPERT, ((0, Lane.RED),)).apply(song_of(snare(0)))
        assert changed.expert.rejected == ()

    def test_only_the_stretch_is_replaced(self) -> None:
        old = tuple(snare(tick, origin=SUGGESTED) for tick in (0, 480, 960))
        fresh = tuple(hat(tick, origin=SUGGESTED) for tick in (0, 480, 960))
        edit = e.ReplaceSuggestions(EXPERT, fresh, start_tick=480, end_tick=960)
        changed, _ = edit.apply(song_of(*old))
        assert changed.expert.notes == (old[0], fresh[1], old[2])

    def test_equal_suggestions_change_nothing(self) -> None:
        song = song_of(snare(0, origin=SUGGESTED))
        assert e.ReplaceSuggestions(EXPERT, song.expert.notes).apply(song)[0] is song

    def test_the_inverse_counts_what_changed(self) -> None:
        song = song_of(*(snare(t, origin=SUGGESTED) for t in (0, 480, 960)))
        fresh = tuple(snare(t, origin=SUGGESTED) for t in (0, 480, 1440, 1920))
        _, undo = e.ReplaceSuggestions(EXPERT, fresh).apply(song)
        assert isinstance(undo, e.SwapNotes)
        assert (len(undo.removed), len(undo.added)) == (2, 1)

    def test_accept_and_unlock(self) -> None:
        song = song_of(snare(0, origin=SUGGESTED))
        accepted, undo = e.SetTouched(EXPERT, ((0, Lane.RED),)).apply(song)
        assert accepted.expert.notes[0].origin == Origin(0.6, touched=True)
        assert deep(undo.apply(accepted)[0]) == deep(song)
        unlocked, _ = e.SetTouched(EXPERT, ((0, Lane.RED),), touched=False).apply(accepted)
        assert deep(unlocked) == deep(song)


class TestStructure:
    def test_sections(self) -> None:
        song, _ = e.AddSection(960, "Chorus").apply(Song())
        song, _ = e.AddSection(0, "Verse").apply(song)
        song, _ = e.ChangeSection(960, name="Bridge", new_tick=1920).apply(song)
        assert song.sections == (Section(0, "Verse"), Section(1920, "Bridge"))
        song, undo = e.RemoveSection(0).apply(song)
        assert song.sections == (Section(1920, "Bridge"),)
        assert undo.apply(song)[0].sections[0] == Section(0, "Verse")
        with pytest.raises(ChartError, match="No section starts at tick 5"):
            e.ChangeSection(5, name="x").apply(song)
        with pytest.raises(ChartError, match="needs a name"):
            e.AddSection(0, " ").apply(song)

    def test_phrases_of_one_kind_do_not_overlap(self) -> None:
        song = song_of(snare(0))
        song, _ = e.AddPhrase(Phrase(PhraseKind.STAR_POWER, 0, 480)).apply(song)
        song, _ = e.AddPhrase(Phrase(PhraseKind.SOLO, 0, 480)).apply(song)
        song, undo = e.AddPhrase(Phrase(PhraseKind.STAR_POWER, 240, 480), EXPERT).apply(song)
        assert song.expert.phrases == (
            Phrase(PhraseKind.SOLO, 0, 480),
            Phrase(PhraseKind.STAR_POWER, 240, 480),
        )
        assert undo.apply(song)[0].expert.phrases[1] == Phrase(PhraseKind.STAR_POWER, 0, 480)
        song, _ = e.RemovePhrases(PhraseKind.STAR_POWER, 300, 301).apply(song)
        assert song.expert.phrases == (Phrase(PhraseKind.SOLO, 0, 480),)

    def test_phrases_need_a_track_and_a_length(self) -> None:
        with pytest.raises(ChartError, match="no Easy chart"):
            e.AddPhrase(Phrase(PhraseKind.SOLO, 0, 9), Difficulty.EASY).apply(Song())
        with pytest.raises(ChartError, match="needs a length"):
            e.AddPhrase(Phrase(PhraseKind.SOLO, 0, 0)).apply(song_of(snare(0)))

    def test_metadata_end_and_track(self) -> None:
        song = song_of(snare(0))
        compound = e.Compound(
            "Several",
            (
                e.SetMetadata(Metadata(name="New")),
                e.SetEnd(960),
                e.SetTrack(Difficulty.EASY, song.expert),
                e.SetTrack(EXPERT, None),
            ),
        )
        changed, undo = compound.apply(song)
        assert changed.metadata.name == "New"
        assert changed.end_tick == 960
        assert list(changed.tracks) == [Difficulty.EASY]
        assert undo.title == "Several"
        assert deep(undo.apply(changed)[0]) == deep(song)
        unsorted = replace(song.expert, notes=(snare(1), snare(0)))
        with pytest.raises(ChartError, match="in order"):
            e.SetTrack(EXPERT, unsorted).apply(song)
        with pytest.raises(ChartError, match="cannot end"):
            e.SetEnd(-1).apply(song)


class TestTempo:
    def test_keeping_audio_time_moves_ticks(self) -> None:
        song = replace(
            song_of(snare(480), hat(960, length=480)), sections=(Section(960, "A"),), end_tick=1920
        )
        song, _ = e.AddPhrase(Phrase(PhraseKind.SOLO, 480, 480)).apply(song)
        edit = e.ChangeTempoMap(TempoMap.constant(240), e.Keep.TIME)
        changed, undo = edit.apply(song)
        assert [(n.tick, n.length) for n in changed.expert.notes] == [(960, 0), (1920, 960)]
        assert changed.expert.phrases == (Phrase(PhraseKind.SOLO, 960, 960),)
        assert changed.sections == (Section(1920, "A"),)
        assert changed.end_tick == 3840
        assert deep(undo.apply(changed)[0]) == deep(song)

    def test_keeping_the_grid_keeps_ticks(self) -> None:
        song = song_of(snare(480))
        changed, _ = e.ChangeTempoMap(TempoMap.constant(240)).apply(song)
        assert changed.tracks is song.tracks
        assert changed.tempo_map.tempos[0].bpm == 240

    def test_another_resolution_scales_the_grid(self) -> None:
        changed, _ = e.ChangeTempoMap(TempoMap(192)).apply(song_of(snare(480), snare(720)))
        assert [note.tick for note in changed.expert.notes] == [192, 288]

    def test_of_two_notes_that_meet_the_persons_stays(self) -> None:
        song = song_of(snare(480, origin=SUGGESTED), snare(481))
        changed, _ = e.ChangeTempoMap(TempoMap.constant(30), e.Keep.TIME).apply(song)
        (note,) = changed.expert.notes
        assert note.tick == 120
        assert note.origin.touched


def test_swaps_refuse_a_song_they_do_not_fit() -> None:
    song = song_of(snare(0))
    for count in (1, 20):
        missing = tuple(hat(tick) for tick in range(count))
        with pytest.raises(ChartError, match="any more"):
            e.SwapNotes("x", EXPERT, missing, ()).apply(song)
        with pytest.raises(ChartError, match="already a red"):
            e.SwapNotes("x", EXPERT, (), (snare(0), *missing)).apply(song)


def test_titles_read_well() -> None:
    keys = ((0, Lane.RED), (1, Lane.RED))
    assert e.DeleteNotes(EXPERT, keys).title == "Delete 2 notes"
    assert e.DeleteNotes(EXPERT, keys[:1], verb="Cut").title == "Cut note"
    assert e.RejectNotes(EXPERT, keys).title == "Reject 2 suggestions"
    assert e.QuantiseNotes(EXPERT, keys, 16).title == "Quantise 2 notes to 1/16"
    assert e.ChangeNotes(EXPERT, keys, flam=True, length=0).title == (
        "Change flam and length of 2 notes"
    )


difficulties = st.sampled_from(Difficulty)


@st.composite
def edits(draw: st.DrawFn, song: Song) -> e.Edit:
    """Any edit that makes sense for ``song``, its keys mostly naming real notes."""
    difficulty = draw(difficulties)
    real = (
        [(n.tick, n.lane) for n in song.tracks[difficulty].notes]
        if difficulty in song.tracks
        else []
    )
    picked = draw(st.lists(st.sampled_from([*real, (3, 1)]), max_size=30, unique=True))
    keys = tuple((tick, Lane(lane)) for tick, lane in picked)
    many = tuple(draw(st.lists(notes(), max_size=18)))
    start = draw(st.integers(0, 2_000))
    options = {
        "add": lambda: e.AddNotes(difficulty, many),
        "delete": lambda: e.DeleteNotes(difficulty, keys),
        "move": lambda: e.MoveNotes(
            difficulty, keys, draw(st.integers(-300, 300)), draw(st.integers(-5, 5))
        ),
        "change": lambda: e.ChangeNotes(
            difficulty,
            keys,
            lane=draw(st.none() | st.sampled_from(Lane)),
            cymbal=draw(st.none() | st.booleans()),
            dynamic=draw(st.none() | st.sampled_from(Dynamic)),
            double_kick=draw(st.none() | st.booleans()),
        ),
        "quantise": lambda: e.QuantiseNotes(
            difficulty, keys, draw(st.sampled_from([4, 16, 24, 20])), draw(st.floats(0, 1))
        ),
        "nudge": lambda: e.nudge(song, difficulty, keys, draw(st.floats(-0.1, 0.1))),
        "paste": lambda: e.PasteNotes(difficulty, many, start),
        "decode": lambda: e.ReplaceSuggestions(
            difficulty, many, start, draw(st.none() | st.just(start + 1_500))
        ),
        "accept": lambda: e.SetTouched(difficulty, keys, draw(st.booleans())),
        "reject": lambda: e.RejectNotes(difficulty, keys),
        "forget": lambda: e.ForgetRejections(difficulty, start),
        "section": lambda: e.AddSection(start, "New"),
        "phrase": lambda: e.AddPhrase(draw(phrases)),
        "unphrase": lambda: e.RemovePhrases(PhraseKind.SOLO, start, start + 900),
        "metadata": lambda: e.SetMetadata(Metadata(name=str(start))),
        "end": lambda: e.SetEnd(start),
        "track": lambda: e.SetTrack(difficulty, draw(st.none() | tracks())),
        "tempo": lambda: e.ChangeTempoMap(draw(tempo_maps()), draw(st.sampled_from(e.Keep))),
    }
    return options[draw(st.sampled_from(sorted(options)))]()


def assert_valid(song: Song) -> None:
    for track in song.tracks.values():
        places = [note.sort_key for note in track.notes]
        assert places == sorted(set(places))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_undo_and_redo_after_any_sequence_of_edits(data: st.DataObject) -> None:
    states = [data.draw(songs())]
    undos: list[e.Edit] = []
    for _ in range(data.draw(st.integers(1, 6))):
        before = deep(states[-1])
        changed, undo = data.draw(edits(states[-1])).apply(states[-1])
        assert deep(states[-1]) == before, "an edit altered the song it was given"
        assert_valid(changed)
        states.append(changed)
        undos.append(undo)
    song = states[-1]
    redos: list[e.Edit] = []
    for undo, expected in zip(reversed(undos), reversed(states[:-1]), strict=True):
        song, redo = undo.apply(song)
        assert deep(song) == deep(expected)
        redos.append(redo)
    for redo, before, expected in zip(reversed(redos), states, states[1:], strict=False):
        song, undo = redo.apply(song)
        assert deep(song) == deep(expected)
        assert deep(undo.apply(song)[0]) == deep(before)


@settings(max_examples=40, deadline=None)
@given(song=songs(), difficulty=difficulties, many=st.lists(notes(), max_size=30), data=st.data())
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


def test_tracks_stay_read_only() -> None:
    changed, _ = e.AddNotes(EXPERT, (snare(0),)).apply(Song())
    assert isinstance(changed.tracks, MappingProxyType)
