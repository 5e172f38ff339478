"""The quirks of .mid files, each from a hand-made file."""

import io
from types import MappingProxyType

import mido

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.lead_in import with_lead_in
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Metadata,
    Note,
    Phrase,
    PhraseKind,
    Section,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.formats.midi import read_midi, write_midi
from chart_hero_core.formats.midi.codes import DRUMS
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.formats.raw_midi import (
    drums,
    meta,
    midi,
    note,
    text,
    track,
)
from tests.core.formats.small_songs import full_song


def _expert(data: bytes, pro_drums: bool | None = True) -> tuple[Note, ...]:
    return read_midi(data, pro_drums=pro_drums).song.expert.notes


def _kinds(data: bytes, pro_drums: bool | None = True) -> list[tuple[int, str, bool]]:
    return [(n.tick, n.lane.name, n.cymbal) for n in _expert(data, pro_drums)]


def test_lanes_and_difficulties() -> None:
    data = drums(
        *note(0, 60), *note(0, 73), *note(0, 86), *note(0, 99), *note(0, 100), *note(0, 95)
    )
    tracks = read_midi(data, pro_drums=True).song.tracks
    found = {d.name: [(n.lane.name, n.double_kick) for n in t.notes] for d, t in tracks.items()}
    assert found == {
        "EASY": [("KICK", False)],
        "MEDIUM": [("RED", False)],
        "HARD": [("YELLOW", False)],
        "EXPERT": [("KICK", True), ("BLUE", False), ("GREEN", False)],
    }


def test_a_tom_marker_holds_up_to_but_not_including_its_end() -> None:
    gems = [event for tick in (0, 100, 200, 300) for event in note(tick, 98)]
    assert _kinds(drums(*gems, *note(100, 110, 200))) == [
        (0, "YELLOW", True),
        (100, "YELLOW", False),
        (200, "YELLOW", False),
        (300, "YELLOW", True),
    ]


def test_a_marker_is_a_held_state_and_each_colour_has_its_own() -> None:
    gems = [*note(0, 98), *note(0, 99), *note(0, 100), *note(50, 99), *note(50, 100)]
    found = _kinds(drums(*gems, *note(0, 111, 51), *note(50, 112, 0)))
    assert found == [
        (0, "YELLOW", True),
        (0, "BLUE", False),
        (0, "GREEN", True),
        (50, "BLUE", False),
        (50, "GREEN", False),  # a marker of no length still holds its own tick
    ]


def _markers(data: bytes, pitch: int) -> list[tuple[int, int]]:
    """The markers of a written file, as (start, end)."""
    (drum_track,) = (t for t in mido.MidiFile(file=io.BytesIO(data)).tracks if t.name == DRUMS)
    tick = 0
    edges = []
    for message in drum_track:
        tick += message.time
        if message.type in ("note_on", "note_off") and message.note == pitch:
            edges.append(tick)
    return list(zip(edges[::2], edges[1::2], strict=True))


def test_toms_that_follow_each_other_have_one_marker() -> None:
    gems = [event for tick in (0, 120, 240, 360, 480, 1440, 2401) for event in note(tick, 99)]
    toms = [*note(120, 111, 121), *note(480, 111, 3000)]
    other = [*note(180, 98), *note(300, 85)]
    song = read_midi(drums(*gems, *toms, *other), pro_drums=True).song
    written = write_midi(song)
    # Over cymbals of another pad, not over one of its own; 2 quarters (960) are no gap.
    assert _markers(written, 111) == [(120, 300), (480, 1500), (2401, 2461)]
    assert read_midi(written, pro_drums=True).song == song


def test_a_marker_reaches_the_last_tom_at_the_coarsest_resolution() -> None:
    toms = tuple(Note(tick, Lane.YELLOW) for tick in (0, 1))
    song = Song(
        Metadata(pro_drums=True),
        TempoMap(resolution=1),
        tracks=MappingProxyType({Difficulty.EXPERT: Track(toms)}),
    )
    assert read_midi(write_midi(song), pro_drums=True).song.expert.notes == toms


def test_a_marker_ends_before_a_snare_on_the_yellow_pad() -> None:
    flip = [TextEvent(100, "mix 3 drums0d"), TextEvent(200, "mix 3 drums0")]
    notes = (Note(0, Lane.YELLOW), Note(120, Lane.RED), Note(240, Lane.YELLOW))
    track_of = {Difficulty.EXPERT: Track(notes, events=tuple(flip))}
    written = write_midi(Song(metadata=Metadata(pro_drums=True), tracks=MappingProxyType(track_of)))
    usual = Song().tempo_map.resolution // 8
    assert _markers(written, 110) == [(0, usual), (240, 240 + usual)]


def test_without_markers_the_kit_is_what_song_ini_says() -> None:
    data = drums(*note(0, 98), *note(100, 97))
    assert _kinds(data, None)[0] == (0, "YELLOW", False)
    assert not read_midi(data).song.metadata.pro_drums
    assert _kinds(data, True)[0] == (0, "YELLOW", True)
    assert _kinds(data, False)[0] == (0, "YELLOW", False)
    marked = drums(*note(0, 98), *note(100, 97), *note(100, 110))
    assert _kinds(marked, None)[0] == (0, "YELLOW", True)
    assert _kinds(marked, False)[0] == (0, "YELLOW", False)
    (sentence,) = read_midi(marked, pro_drums=False).mended
    assert sentence.startswith("song.ini says pro_drums = False, so all pads were read as toms")
    assert read_midi(data, pro_drums=False).mended == ()


def test_five_lanes_become_four() -> None:
    chords = {0: (97,), 10: (98,), 20: (99,), 30: (100,), 40: (101,), 50: (100, 101)}
    gems = [
        e for tick, pitches in chords.items() for pitch in pitches for e in note(tick, pitch, 5)
    ]
    result = read_midi(drums(*gems))
    assert [(n.tick, n.lane.name, n.cymbal) for n in result.song.expert.notes] == [
        (0, "RED", False),
        (10, "YELLOW", True),
        (20, "BLUE", False),
        (30, "GREEN", True),
        (40, "GREEN", False),
        (50, "BLUE", False),
        (50, "GREEN", True),
    ]
    assert result.song.metadata.pro_drums
    assert not result.song.metadata.five_lane
    assert result.mended == ("The 5-lane chart was brought onto a 4-lane pro kit.",)


def test_velocity_counts_only_with_the_dynamics_event() -> None:
    gems = [*note(0, 97, velocity=127), *note(20, 97, velocity=1), *note(40, 96, velocity=1)]
    assert {n.dynamic for n in _expert(drums(*gems))} == {Dynamic.NORMAL}
    for words in ("[ENABLE_CHART_DYNAMICS]", "ENABLE_CHART_DYNAMICS"):
        found = _expert(drums((0, text(words)), *gems, *note(60, 97, velocity=126)))
        assert [n.dynamic.value for n in found] == ["accent", "ghost", "ghost", "normal"]


def test_the_louder_of_two_kicks_at_a_tick_counts_whichever_is_longer() -> None:
    gems = [
        *note(0, 95, 300), *note(0, 96, 10, 127),
        *note(480, 95, 300, 127), *note(480, 96, 310, 1),
        *note(960, 95, 300), *note(960, 96, 10, 1),
    ]  # fmt: skip
    found = _expert(drums((0, text("[ENABLE_CHART_DYNAMICS]")), *gems))
    assert [(n.double_kick, n.dynamic) for n in found] == [
        (True, Dynamic.ACCENT),
        (True, Dynamic.ACCENT),
        (True, Dynamic.GHOST),
    ]


def test_flams_double_kicks_and_lengths() -> None:
    gems = [*note(0, 95), *note(0, 96), *note(200, 97, 161), *note(400, 97, 162)]
    found = _expert(drums(*gems, *note(200, 109, 1)))
    assert [(n.tick, n.double_kick, n.flam, n.length) for n in found] == [
        (0, True, False, 0),  # both kicks at one tick are one double kick
        (200, False, True, 0),
        (400, False, False, 162),
    ]


def test_a_flam_is_of_the_hands_where_there_are_any() -> None:
    gems = [*note(0, 96), *note(0, 97), *note(0, 60), *note(200, 96)]
    tracks = read_midi(drums(*gems, *note(0, 109, 1), *note(200, 109, 1))).song.tracks
    found = [(n.tick, n.lane, n.flam) for n in tracks[Difficulty.EXPERT].notes]
    assert found == [(0, Lane.KICK, False), (0, Lane.RED, True), (200, Lane.KICK, True)]
    assert not tracks[Difficulty.EASY].notes[0].flam


def test_disco_flip() -> None:
    gems = [
        *note(0, 97),
        *note(100, 97),
        *note(100, 98),
        *note(200, 98),
        *note(300, 98),
        *note(400, 97),
    ]
    texts = [
        (50, text("[mix 3 drums0d]")),
        (250, text("[mix 2 drums0]")),
        (350, text("[mix 3 drums0]")),
    ]
    data = drums(*gems, *texts, *note(200, 110))
    song = read_midi(data).song
    assert [(n.tick, n.lane.name, n.cymbal) for n in song.expert.notes] == [
        (0, "RED", False),
        (100, "RED", False),  # charted yellow
        (100, "YELLOW", True),  # charted red
        (200, "RED", False),  # a charted tom is a snare, too
        (300, "RED", False),
        (400, "RED", False),
    ]
    assert song.expert.events == (TextEvent(50, "mix 3 drums0d"), TextEvent(350, "mix 3 drums0"))
    assert read_midi(write_midi(song)).song == song
    assert [n.lane.name for n in _expert(drums(*gems, *texts), False)][1] == "RED"


def test_a_yellow_tom_under_a_disco_flip_interrupts_it() -> None:
    notes = (Note(0, Lane.RED), Note(100, Lane.YELLOW), Note(200, Lane.YELLOW, cymbal=True))
    song = Song(tracks={Difficulty.EXPERT: Track(notes, events=(TextEvent(0, "mix 3 drums1d"),))})
    back = read_midi(write_midi(song)).song.expert
    assert back.notes == notes
    assert [e.text for e in back.events] == ["mix 3 drums1d", "mix 3 drums1", "mix 3 drums1d"]


def test_phrases_lie_over_all_difficulties_and_rolls_by_velocity() -> None:
    fill = [event for pitch in range(120, 125) for event in note(400, pitch, 50)]
    rolls = [*note(500, 126, 30, 45), *note(600, 126, 30, 100), *note(700, 127, 30, 21)]
    data = drums(
        *note(0, 96), *note(0, 84), *note(0, 60), *note(0, 103, 96), *note(100, 116, 200),
        *fill, *rolls, *note(900, 105), *note(900, 106), *note(950, 125),
    )  # fmt: skip
    tracks = read_midi(data).song.tracks
    common = [
        Phrase(PhraseKind.SOLO, 0, 96),
        Phrase(PhraseKind.STAR_POWER, 100, 200),
        Phrase(PhraseKind.ACTIVATION, 400, 51),  # its last tick belongs to it
        Phrase(PhraseKind.DOUBLE_ROLL, 700, 30),
        Phrase(PhraseKind.VERSUS_1, 900, 10),
        Phrase(PhraseKind.VERSUS_2, 900, 10),
    ]
    assert tracks[Difficulty.EASY].phrases == tuple(common)
    hard = Phrase(PhraseKind.ROLL, 500, 30)
    assert set(tracks[Difficulty.HARD].phrases) == {*common, hard}
    assert set(tracks[Difficulty.EXPERT].phrases) - {*common, hard} == {
        Phrase(PhraseKind.ROLL, 600, 30),
        Phrase(PhraseKind.KICK_LANE, 950, 10),
    }


def test_overlapping_phrases_are_cut() -> None:
    result = read_midi(drums(*note(0, 96), *note(0, 116, 300), *note(100, 116, 50, channel=1)))
    assert result.song.expert.phrases == (
        Phrase(PhraseKind.STAR_POWER, 0, 100),
        Phrase(PhraseKind.STAR_POWER, 100, 200),
    )
    assert result.mended == ("Overlapping phrases of one kind were cut.",)


def test_sections_events_and_end() -> None:
    words = [
        (0, "[music_start]"),
        (10, "[section Verse 1]"),
        (20, "[prc_chorus]"),
        (30, "section Solo [a]"),
        (40, "[coda]"),
        (50, "just a remark"),
        (60, "[end]"),
        (70, "[end]"),
    ]
    events = track("EVENTS", [(tick, text(each)) for tick, each in words])
    song = read_midi(midi(track(None, []), track("PART DRUMS", note(0, 96)), events)).song
    assert song.sections == (
        Section(10, "Verse 1"),
        Section(20, "chorus", practice=True),
        Section(30, "Solo [a]"),
    )
    assert song.end_tick == 60
    assert song.events == (TextEvent(0, "music_start"), TextEvent(40, "coda"), TextEvent(70, "end"))
    (foreign,) = song.foreign
    assert [(item.place, item.tick) for item in foreign.items] == [("EVENTS", 50)]
    written = write_midi(song)
    assert b"[section Verse 1]" in written
    assert b"[prc_chorus]" in written  # as Rock Band's tools want it
    assert read_midi(written).song == song


def test_unknown_tracks_and_events_survive() -> None:
    lyrics = track("PART VOCALS", [(5, meta(5, "la")), (5, b"\xf0\x03\x50\x53\xf7"), *note(5, 60)])
    twin = track("PART VOCALS", [(7, b"\xb0\x07\x40")])
    part = track(
        "PART DRUMS", [*note(0, 96), *note(3, 24), (4, text("# why?")), (4, text("[play]"))]
    )
    data = midi(track("My Song", []), lyrics, part, twin)
    song = read_midi(data, pro_drums=True).song
    assert song.expert.events == (TextEvent(4, "play"),)
    (foreign,) = song.foreign
    places = [item.place for item in foreign.items]
    assert places[:4] == [*["PART DRUMS"] * 3, "tempo track"]
    assert places[4:] == [*["PART VOCALS"] * 5, *["PART VOCALS #2"] * 2]
    assert bytes.fromhex(foreign.items[1].data) == b"\xff\x01# why?"
    written = mido.MidiFile(file=io.BytesIO(write_midi(song)))
    names = ["My Song", "PART DRUMS", "EVENTS", "PART VOCALS", "PART VOCALS"]
    assert [each.name for each in written.tracks] == names
    kinds = [message.type for message in written.tracks[3]]
    assert kinds[:3] == ["track_name", "lyrics", "sysex"]
    assert kinds[3:] == ["note_on", "note_off", "end_of_track"]
    assert read_midi(write_midi(song), pro_drums=True).song == song


def test_names_of_tracks_stay_at_their_start_when_the_music_moves() -> None:
    drums, guitar = track("PART DRUMS", note(960, 96)), track("PART GUITAR", note(960, 97))
    later, _ = with_lead_in(read_midi(midi(track("T", []), drums, guitar), pro_drums=True).song)
    written = mido.MidiFile(file=io.BytesIO(write_midi(later)))
    assert [each[0].type for each in written.tracks] == ["track_name"] * 4
    assert [each[0].time for each in written.tracks] == [0] * 4
    assert next(m.time for m in written.tracks[3] if m.type == "note_on") == 960 + 1920


# ---- writing --------------------------------------------------------------------------


def test_the_written_file_obeys_the_strict_rules() -> None:
    file = mido.MidiFile(file=io.BytesIO(write_midi(full_song())))
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert {m.type for m in file.tracks[0]} == {"set_tempo", "time_signature", "end_of_track"}
    for each in file.tracks[1:]:
        assert (each[0].type, each[0].time) == ("track_name", 0)
    part = file.tracks[1]
    assert part.name == "PART DRUMS"
    assert part[1].text == "[ENABLE_CHART_DYNAMICS]"
    held: dict[int, int] = {}
    tick = 0
    for message in part:
        tick += message.time
        if message.type == "note_on":
            assert message.note not in held
            held[message.note] = tick
        elif message.type == "note_off":
            assert tick > held.pop(message.note)  # never of no length, never unpaired
    assert held == {}


def test_notes_one_tick_apart_stay_apart() -> None:
    notes = tuple(Note(tick, Lane.YELLOW, cymbal=tick % 2 == 0) for tick in range(6))
    song = Song(tracks={Difficulty.EXPERT: Track(notes)})
    assert read_midi(write_midi(song)).song.expert.notes == notes


def test_a_chart_of_cymbals_alone_is_known_as_pro_without_song_ini() -> None:
    notes = (Note(0, Lane.YELLOW, cymbal=True), Note(100, Lane.KICK))
    song = Song(tracks={Difficulty.EXPERT: Track(notes)})
    assert read_midi(write_midi(song)).song == song


def test_the_hardest_track_decides_where_the_format_cannot_tell_them_apart() -> None:
    tom, cymbal = Note(0, Lane.BLUE), Note(0, Lane.BLUE, cymbal=True)
    solo, roll = Phrase(PhraseKind.SOLO, 0, 10), Phrase(PhraseKind.ROLL, 20, 10)
    song = Song(
        tracks={
            Difficulty.EASY: Track((cymbal,), (Phrase(PhraseKind.SOLO, 50, 10), roll)),
            Difficulty.HARD: Track((cymbal,), (roll,)),
            Difficulty.EXPERT: Track((tom,), (solo, roll)),
        }
    )
    tracks = read_midi(write_midi(song)).song.tracks
    assert {track.notes for track in tracks.values()} == {(tom,)}
    assert {track.phrases for track in tracks.values()} == {(solo, roll)}


def test_input_is_not_changed_and_output_is_the_same_each_time() -> None:
    song = full_song()
    assert write_midi(song) == write_midi(full_song())
    assert song == full_song()
