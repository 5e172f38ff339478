"""Broken and unusual .mid files that are read all the same, each from a hand-made file."""

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note, Phrase, PhraseKind, Section
from chart_hero_core.formats.midi import read_midi, write_midi
from chart_hero_core.timing.tempo_map import TempoChange, TimeSignature
from tests.core.formats.raw_midi import chunk, drums, header, meta, midi, note, tempo, text, track


def _expert(data: bytes) -> tuple[Note, ...]:
    return read_midi(data, pro_drums=True).song.expert.notes


def _mended(data: bytes) -> tuple[str, ...]:
    return read_midi(data, pro_drums=True).mended


def test_running_status_goes_on_after_a_meta_event() -> None:
    body = b"\0\xff\x03\x0aPART DRUMS" + b"\0\x90\x60\x64" + b"\0\xff\x01\x01x" + b"\x0a\x60\0"
    body += b"\x0a\x61\x64" + b"\0\xf0\x01\xf7" + b"\x0a\x61\0" + b"\0\xff\x2f\0"
    data = header(2) + track(None, []) + chunk(body)
    assert [(n.tick, n.lane.name) for n in _expert(data)] == [(0, "KICK"), (20, "RED")]
    assert _mended(data) == ()


def test_note_on_with_velocity_0_ends_a_note() -> None:
    events = [(0, b"\x90\x6e\x64"), *note(0, 98), (50, b"\x90\x6e\0"), *note(50, 98)]
    assert [n.cymbal for n in _expert(drums(*events))] == [False, True]


def test_notes_that_never_end_are_ended() -> None:
    events = [(0, b"\x90\x60\x64"), (5, b"\x90\x74\x64"), *note(100, 98), (90, b"\x90\x6e\x64")]
    result = read_midi(drums(*events, *note(200, 116, 10), *note(300, 96)))
    assert [(n.tick, n.lane.name, n.cymbal, n.length) for n in result.song.expert.notes] == [
        (0, "KICK", False, 0),
        (100, "YELLOW", False, 0),
        (300, "KICK", False, 0),
    ]
    assert result.song.expert.phrases[0] == Phrase(PhraseKind.STAR_POWER, 5, 195)
    assert result.mended == ("A note that never ended was ended. (3 times)",)


def test_a_stray_note_off_is_left_out() -> None:
    data = drums((0, b"\x80\x60\0"), *note(10, 96))
    assert len(_expert(data)) == 1
    assert _mended(data) == ("A note-off without its note was left out.",)


def test_doubled_notes_are_one() -> None:
    data = drums(*note(0, 97), *note(0, 97, channel=2))
    assert len(_expert(data)) == 1
    assert _mended(data) == ("Of several notes on one lane at one tick only one was kept.",)


def test_tempo_outside_the_first_track_counts_but_the_first_has_the_last_word() -> None:
    first = track(None, [(0, tempo(500_000)), (0, meta(0x58, b"\x03\x02\x18\x08"))])
    events = [(0, tempo(1)), (480, tempo(400_000)), (480, meta(0x58, b"\x06\x03\x18\x08"))]
    result = read_midi(midi(first, track("PART DRUMS", [*events, *note(0, 96)])))
    tempo_map = result.song.tempo_map
    assert tempo_map.tempos == (TempoChange(0, 500_000.0), TempoChange(480, 400_000.0))
    assert tempo_map.signatures == (TimeSignature(0, 3, 4), TimeSignature(480, 6, 8))
    assert result.mended == ("Tempo events outside the first track were moved there.",)


def test_impossible_tempos_and_signatures_are_left_out() -> None:
    events = [
        (0, tempo(0)),
        (1, meta(0x51, b"")),
        (2, meta(0x58, b"\0\x02")),
        (3, meta(0x58, b"\4\x20")),
    ]
    result = read_midi(midi(track(None, events), track("PART DRUMS", note(0, 96))))
    assert result.song.tempo_map.tempos == (TempoChange(0, 500_000.0),)
    assert result.song.tempo_map.signatures == (TimeSignature(0),)
    assert len(result.mended) == 2


@pytest.mark.parametrize("name", [None, "My Song", "PART DRUMS"])
def test_format_0(name: str | None) -> None:
    events = [(0, tempo(400_000)), (5, text("[section A]")), (6, text("[end]")), *note(0, 96)]
    result = read_midi(midi(track(name, events), kind=0))
    assert result.song.expert.notes == (Note(0, Lane.KICK),)
    assert result.song.tempo_map.tempos == (TempoChange(0, 400_000.0),)
    assert result.song.sections == (Section(5, "A"),)
    assert result.song.end_tick == 6
    assert "The file was in MIDI format 0; it will be saved in format 1." in result.mended
    again = read_midi(write_midi(result.song))
    assert (again.song.tracks, again.song.sections) == (result.song.tracks, result.song.sections)


def test_riff_trailing_bytes_and_rubbish_between_tracks() -> None:
    plain = drums(*note(0, 96))
    size = len(plain).to_bytes(4, "little")
    riff = b"RIFF" + (len(plain) + 12).to_bytes(4, "little") + b"RMIDdata" + size + plain
    split = plain.rindex(b"MTrk")
    cases = {
        riff: "RIFF container",
        b"\0\0" + plain: "began with foreign bytes",
        plain + b"rubbish": "after its last track",
        plain[:split] + b"XFIH\0\0\0\2ab" + plain[split:]: "block of the MIDI file that is not",
        plain[:split] + b"abc" + plain[split:]: "foreign bytes between its tracks",
    }
    for data, words in cases.items():
        assert _expert(data) == (Note(0, Lane.KICK),), words
        (sentence,) = _mended(data)
        assert words in sentence


def test_a_track_that_is_cut_off_keeps_what_is_there() -> None:
    whole = drums(*[event for tick in range(0, 1000, 100) for event in note(tick, 96)])
    for data in (whole[:-30], whole[:-6]):
        found = _expert(data)
        assert found == tuple(Note(tick, Lane.KICK) for tick in range(0, 100 * len(found), 100))
        assert len(found) >= 6
        assert any("cut off" in sentence for sentence in _mended(data))


def test_a_wrong_track_length_is_seen_through() -> None:
    first = track("PART DRUMS", note(0, 96))
    for claimed in (len(first) + 7, 2**31):
        wrong = b"MTrk" + claimed.to_bytes(4, "big") + first[8:]
        data = header(2) + wrong + track("EVENTS", [(5, text("[section A]"))])
        song = read_midi(data, pro_drums=True).song
        assert song.expert.notes == (Note(0, Lane.KICK),)
        assert song.sections == (Section(5, "A"),)
        assert len(_mended(data)) == 1


def test_names_and_text_that_are_not_plain() -> None:
    events = track("EVENTS", [(0, meta(1, b"[section Caf\xe9]")), (1, meta(1, "[section Käse]"))])
    data = midi(track(None, []), track(" part drum ", note(0, 96)), events)
    result = read_midi(data, pro_drums=True)
    assert result.song.sections == (Section(0, "Café"), Section(1, "Käse"))
    assert result.song.expert.notes == (Note(0, Lane.KICK),)
    assert result.mended == ("A track called 'part drum' was read as PART DRUMS.",)


def test_a_name_may_end_with_a_nul() -> None:
    data = midi(track(None, []), track("PART DRUMS\0", note(0, 96)), track("EVENTS\0", []))
    song = read_midi(data, pro_drums=True).song
    assert song.expert.notes == (Note(0, Lane.KICK),)
    assert song.foreign == ()
    assert write_midi(song) == write_midi(read_midi(write_midi(song), pro_drums=True).song)


def test_tracks_of_one_name_are_joined() -> None:
    data = midi(track(None, []), *(track("PART DRUMS", note(t, 96)) for t in (50, 0)))
    assert [n.tick for n in _expert(data)] == [0, 50]
    assert _mended(data) == ("Several tracks are called PART DRUMS; they were joined.",)


def test_other_drum_tracks_are_not_the_drum_track() -> None:
    names = ("PART DRUMS_2X", "PART REAL_DRUMS_PS")
    data = midi(track(None, []), *(track(name, note(0, 96)) for name in names))
    result = read_midi(data)
    assert result.song.tracks == {}
    assert result.mended == ("The file has no PART DRUMS track, so there are no drum notes.",)


def test_the_only_track_may_be_another_instrument() -> None:
    data = midi(track("PART GUITAR", note(480, 96)), kind=0)
    result = read_midi(data, pro_drums=True)
    assert not result.song.tracks
    assert any("no PART DRUMS" in sentence for sentence in result.mended)
    assert not read_midi(write_midi(result.song)).song.tracks


def test_values_above_127_and_system_messages() -> None:
    body = b"\0\xff\x03\x0aPART DRUMS\0\x90\x60\xe4\0\xf8\0\xf2\1\1\x0a\x80\x60\0\0\xff\x2f\0"
    data = header(2) + track(None, []) + chunk(body)
    assert _expert(data) == (Note(0, Lane.KICK),)
    assert len(_mended(data)) == 2
