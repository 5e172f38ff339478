"""The quirks of .chart files, each from a hand-made file."""

from collections.abc import Mapping

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
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
from chart_hero_core.formats.dot_chart import read_chart, write_chart
from chart_hero_core.formats.midi import read_midi, write_midi
from chart_hero_core.formats.result import ReadResult
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from tests.core.formats.small_songs import full_song

SONG = "Resolution = 192"


def chart(sections: Mapping[str, str]) -> bytes:
    """A .chart of sections whose lines are separated by ``;``."""
    parts = []
    for name, lines in {"Song": SONG, "SyncTrack": "0 = TS 4;0 = B 120000", **sections}.items():
        body = "".join(f"  {line.strip()}\n" for line in lines.split(";") if line.strip())
        parts.append(f"[{name}]\n{{\n{body}}}\n")
    return "".join(parts).encode()


def _read(drums: str, **sections: str) -> ReadResult:
    return read_chart(chart({"ExpertDrums": drums, **sections}), pro_drums=True)


def _notes(drums: str) -> list[tuple[int, str, bool, str, bool]]:
    return [
        (n.tick, n.lane.name, n.cymbal, n.dynamic.value, n.double_kick)
        for n in _read(drums).song.expert.notes
    ]


def test_lanes_cymbals_dynamics_and_double_kicks() -> None:
    codes = "0 = N 0 0;1 = N 1 0;1 = N 34 0;2 = N 2 0;2 = N 66 0;2 = N 41 0;3 = N 3 0;4 = N 4 0"
    assert _notes(f"{codes};4 = N 68 0;4 = N 37 0;5 = N 32 0;6 = N 0 0;6 = N 32 0;6 = N 33 0") == [
        (0, "KICK", False, "normal", False),
        (1, "RED", False, "accent", False),
        (2, "YELLOW", True, "ghost", False),
        (3, "BLUE", False, "normal", False),
        (4, "GREEN", True, "accent", False),
        (5, "KICK", False, "normal", True),
        (6, "KICK", False, "accent", True),
    ]


def test_modifiers_may_come_before_their_note_but_not_without_it() -> None:
    assert _notes("0 = N 67 0;0 = N 3 0") == [(0, "BLUE", True, "normal", False)]
    result = _read("0 = N 67 0;0 = N 2 0;5 = N 34 0")
    assert result.song.expert.notes == (Note(0, Lane.YELLOW),)
    assert result.mended == (
        "A mark without its note in [ExpertDrums] was left out (bar 1, beat 1). (2 times)",
    )


def test_marks_without_their_note_are_placed() -> None:
    marks = ";".join(f"{tick} = N 66 0" for tick in (193, 200, 768, 1536, 2304, 3072))
    assert _read(marks).mended == (
        "A mark without its note in [ExpertDrums] was left out "
        "(bar 1, beat 2; bar 2, beat 1; bar 3, beat 1; 2 more). (6 times)",
    )


def test_the_kind_of_kit() -> None:
    plain = chart({"ExpertDrums": "0 = N 2 0"})
    assert not read_chart(plain).song.metadata.pro_drums
    assert read_chart(plain, pro_drums=True).song.metadata.pro_drums
    marked = chart({"ExpertDrums": "0 = N 2 0;0 = N 66 0;9 = N 5 0"})
    song = read_chart(marked).song
    assert song.metadata.pro_drums
    assert song.expert.notes == (Note(0, Lane.YELLOW, cymbal=True), Note(9, Lane.GREEN))
    told_plain = read_chart(marked, pro_drums=False, five_lane=False)
    assert told_plain.song.expert.notes == (Note(0, Lane.YELLOW), Note(9, Lane.GREEN))
    assert told_plain.mended[0].startswith("song.ini says pro_drums = False")
    assert read_chart(plain, pro_drums=False).mended == ()


@pytest.mark.parametrize("told", [None, True])
def test_five_lanes_become_four(told: bool | None) -> None:
    pads = "0 = N 1 0;1 = N 2 0;2 = N 3 0;3 = N 4 0;3 = N 37 0;4 = N 5 0;4 = N 44 0"
    data = chart({"ExpertDrums": f"{pads};5 = N 4 0;5 = N 5 0;6 = N 3 0;6 = N 4 0;6 = N 5 0"})
    result = read_chart(data, five_lane=told)
    assert result.song.expert.notes == (
        Note(0, Lane.RED),
        Note(1, Lane.YELLOW, cymbal=True),
        Note(2, Lane.BLUE),
        Note(3, Lane.GREEN, cymbal=True, dynamic=Dynamic.ACCENT),
        Note(4, Lane.GREEN, dynamic=Dynamic.GHOST),
        Note(5, Lane.BLUE),
        Note(5, Lane.GREEN, cymbal=True),
        Note(6, Lane.BLUE),
        Note(6, Lane.GREEN, cymbal=True),
    )
    assert result.mended == (
        "The 5-lane chart was brought onto a 4-lane pro kit.",
        "Of several notes on one lane at one tick only one was kept.",
    )


def test_phrases() -> None:
    phrases = _read("0 = S 2 96;100 = S 64 96;200 = S 65 9;300 = S 66 9;400 = S 67 9;500 = S 0 9")
    assert phrases.song.expert.phrases == (
        Phrase(PhraseKind.STAR_POWER, 0, 96),
        Phrase(PhraseKind.ACTIVATION, 100, 97),  # its end tick belongs to it
        Phrase(PhraseKind.ROLL, 200, 9),
        Phrase(PhraseKind.DOUBLE_ROLL, 300, 9),
        Phrase(PhraseKind.KICK_LANE, 400, 9),
        Phrase(PhraseKind.VERSUS_1, 500, 9),
    )
    assert b"  100 = S 64 96\n" in write_chart(phrases.song)


def test_notes_on_the_soloend_tick_count() -> None:
    result = _read('0 = E solo;96 = E soloend;96 = N 1 0;96 = E solo;200 = E "soloend"')
    assert result.song.expert.phrases == (
        Phrase(PhraseKind.SOLO, 0, 96),  # the note at 96 is of the next one
        Phrase(PhraseKind.SOLO, 96, 105),
    )
    assert result.mended == ()
    written = write_chart(result.song).decode()
    assert "  200 = E soloend\n" in written
    assert read_chart(write_chart(result.song), pro_drums=True).song == result.song


def test_solos_without_their_counterpart() -> None:
    result = _read("0 = E soloend;10 = E solo;20 = E solo;30 = N 1 0")
    assert result.song.expert.phrases == (Phrase(PhraseKind.SOLO, 10, 21),)
    assert result.mended == (
        "A solo's start or end without its counterpart was left out. (2 times)",
        "A solo that never ended was ended.",
    )


def test_disco_flip_in_a_chart() -> None:
    result = _read(
        "0 = E mix_3_drums0d;5 = N 1 0;6 = N 2 0;6 = N 66 0;9 = E mix_3_drums0;9 = N 1 0"
    )
    assert result.song.expert.notes == (
        Note(5, Lane.YELLOW, cymbal=True),
        Note(6, Lane.RED),
        Note(9, Lane.RED),
    )
    assert result.song.expert.events[0] == TextEvent(0, "mix 3 drums0d")
    written = write_chart(result.song).decode()
    assert "  0 = E mix_3_drums0d\n  5 = N 1 0\n  6 = N 2 0\n  6 = N 66 0\n" in written


def test_events_and_sections() -> None:
    events = (
        'E "section Intro"|E "[section Verse]"|E "prc_chorus"|E "end"|E "lyric Hel-"|E "coda"'
        '|E section Bare|E "section a "b" {c}"'
    )
    lines = ";".join(f"{tick} = {event}" for tick, event in enumerate(events.split("|")))
    result = read_chart(chart({"Events": lines}))
    assert [s.name for s in result.song.sections] == [
        "Intro",
        "Verse",
        "chorus",
        "Bare",
        "a 'b' {c}",
    ]
    assert result.song.end_tick == 3
    assert result.song.events == (TextEvent(4, "lyric Hel-"), TextEvent(5, "coda"))
    assert result.mended == ("Double quotes inside a text were turned into single ones.",)
    assert read_chart(write_chart(result.song)).song == result.song


def test_a_section_without_a_name_is_kept_as_the_text_it_is() -> None:
    song = read_chart(chart({"Events": '0 = E "prc_";1 = E "section_ "'})).song
    assert song.sections == ()
    assert song.events == (TextEvent(0, "prc_"), TextEvent(1, "section_"))
    assert read_chart(write_chart(song)).song == song
    assert read_midi(write_midi(song)).song.events == song.events


def test_tempo_map() -> None:
    sync = "0 = TS 6 3;0 = B 97531;96 = A 307594;96 = B 120000;192 = TS 3;200 = X 1;300 = A 7"
    song = read_chart(chart({"SyncTrack": sync})).song
    assert song.tempo_map == TempoMap(
        192,
        (TempoChange(0, 60e9 / 97_531), TempoChange(96, 500_000.0, anchor_us=307_594)),
        (TimeSignature(0, 6, 8), TimeSignature(192, 3, 4)),
    )
    # t = 0.5 quarters at 97.531 BPM
    assert song.tempo_map.seconds(96) == pytest.approx(30 / 97.531)
    written = write_chart(song).decode()
    assert "  0 = TS 6 3\n  0 = B 97531\n  96 = A 307594\n  96 = B 120000\n" in written
    assert "  200 = X 1\n  300 = A 7\n" in written  # an anchor without its tempo, kept as it is


def test_anchors_hold_only_where_the_tempos_put_them() -> None:
    """The second tempo starts at 0.5 s; an anchor of before the song was moved is no anchor."""
    for time_us, held in ((500_000, True), (504_900, True), (505_100, False), (2_500_000, False)):
        result = read_chart(chart({"SyncTrack": f"0 = B 120000;192 = A {time_us};192 = B 90000"}))
        tempo = result.song.tempo_map.tempos[1]
        assert tempo.anchor_us == (time_us if held else None)
        assert bool(result.mended) is not held


def test_missing_tempos_and_impossible_ones() -> None:
    sync = "0 = B 0;5 = B x;6 = TS 0;7 = TS 4 99;8 = TS 300;96 = B 60000"
    result = read_chart(chart({"SyncTrack": sync}))
    assert result.song.tempo_map.tempos == (TempoChange(0, 500_000.0), TempoChange(96, 1e6))
    assert result.song.tempo_map.signatures == (TimeSignature(0),)
    assert result.mended == ("A tempo or time signature that cannot be was left out. (5 times)",)


def test_song_section() -> None:
    lines = (
        'Name = "A "quoted" {name} [x]";Artist = Bare;Year = ", 2021";Charter = "Me"'
        ';Offset = -0.0105;Resolution = 480;PreviewStart = 12.5;PreviewEnd = 20;Genre = ""'
        ';Player2 = bass;MusicStream = "song.ogg";Custom = "x = y"'
    )
    result = read_chart(chart({"Song": lines}))
    data = result.song.metadata
    assert (data.name, data.artist, data.year, data.charter) == (
        'A "quoted" {name} [x]',
        "Bare",
        "2021",
        "Me",
    )
    assert (data.delay_ms, data.preview_start_ms) == (-10, 12_500)
    assert data.other == {"preview_end_time": "20000"}
    assert result.mended == ()
    written = write_chart(result.song, lone=True).decode().split("}\n")[0]
    assert written.splitlines()[2:] == [
        "  Name = \"A 'quoted' {name} [x]\"",
        '  Artist = "Bare"',
        '  Year = ", 2021"',
        '  Charter = "Me"',
        "  Offset = -0.01",
        "  Resolution = 480",
        "  PreviewStart = 12.5",
        "  PreviewEnd = 20",
        "  Player2 = bass",
        '  MusicStream = "song.ogg"',
        '  Custom = "x = y"',
    ]


def test_streams_replace_those_of_a_loaded_file() -> None:
    streams = 'MusicStream = "old.mp3";Drum2Stream = "b.ogg"'
    song = read_chart(chart({"Song": f"{SONG};{streams}"})).song
    assert write_chart(song).count(b"Stream = ") == 2
    assert write_chart(song, streams={}).count(b"Stream = ") == 0
    written = write_chart(song, streams={"DrumStream": 'dr"ums.ogg'})
    assert b'  DrumStream = "dr\'ums.ogg"\n' in written
    assert written.count(b"Stream = ") == 1


def test_unknown_sections_lines_and_codes_survive() -> None:
    data = chart(
        {
            "ExpertSingle": "0 = N 7 5;1 = E idle;1 = H 2 3",
            "Empty": "",
            "My Notes": 'a = 1;b = "two"',
            "ExpertDrums": "0 = N 1 0;1 = N 99 0;2 = S 40 5;3 = H x;k = v",
            "Events": '5 = Q "y"',
        }
    )
    song = read_chart(data, pro_drums=True).song
    (foreign,) = song.foreign
    assert [(i.place, i.tick, i.data) for i in foreign.items if i.place == "ExpertDrums"] == [
        ("ExpertDrums", None, "k = v"),
        ("ExpertDrums", 1, "N 99 0"),
        ("ExpertDrums", 2, "S 40 5"),
        ("ExpertDrums", 3, "H x"),
    ]
    written = write_chart(song)
    again = read_chart(written, pro_drums=True)
    assert again.song == song
    assert again.mended == ()
    assert (
        b"[ExpertSingle]\n{\n  0 = N 7 5\n  1 = E idle\n  1 = H 2 3\n}\n[Empty]\n{\n}\n" in written
    )


# ---- what has to be mended ------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = chart({"Song": f'Name = "Käse";{SONG}', "ExpertDrums": "0 = N 1 0"}).decode()
    result = read_chart(text.replace("\n", "\r\n").encode(encoding))
    assert result.song.metadata.name == "Käse"
    assert len(result.song.expert.notes) == 1
    assert len(result.mended) == 1


def test_ticks_that_go_back_are_sorted() -> None:
    result = _read("96 = N 1 0;0 = N 0 0;48 = N 2 0")
    assert [n.tick for n in result.song.expert.notes] == [0, 48, 96]
    assert result.mended == (
        "Lines of [ExpertDrums] that went back in time were sorted. (2 times)",
    )


def test_names_and_keys_in_lower_case() -> None:
    data = b"[song]\n{\n  name = x\n  resolution = 480\n}\n[expertdrums]\n{\n  0 = n 1 0\n}\n"
    result = read_chart(data)
    assert (result.song.metadata.name, result.song.tempo_map.resolution) == ("x", 480)
    assert result.song.expert.notes == (Note(0, Lane.RED),)
    assert result.mended == (
        "[song] was read as [Song].",
        "[expertdrums] was read as [ExpertDrums].",
    )


def test_sections_that_occur_twice_or_are_not_closed() -> None:
    text = chart({"ExpertDrums": "0 = N 1 0"}).decode()
    twice = read_chart((text + "[ExpertDrums]\n{\n  9 = N 2 0\n").encode())
    assert [n.tick for n in twice.song.expert.notes] == [0, 9]
    assert twice.mended == (
        "[ExpertDrums] occurred more than once; its parts were joined.",
        "[ExpertDrums] was not closed.",
    )
    half = read_chart(text.replace("}\n[ExpertDrums]", "[ExpertDrums]").encode())
    assert len(half.song.expert.notes) == 1
    assert half.mended == ("[SyncTrack] was not closed.",)


def test_loose_spacing_and_lines_that_say_nothing() -> None:
    text = (
        "rubbish\n[Song]{\nResolution=192\n}\n\n[ExpertDrums] \n{\n\t0=N 1\n 5   =   N   2   0 \n"
    )
    result = read_chart((text + "hello\n-5 = N 1 0\n99999999999 = N 1 0\n}\n").encode())
    assert result.song.expert.notes == (Note(0, Lane.RED), Note(5, Lane.YELLOW))
    assert result.mended == (
        "Text outside of the sections was left out.",
        "A line of [ExpertDrums] that says nothing was left out.",
        "A line of [ExpertDrums] at an impossible tick was left out. (2 times)",
    )


def test_without_a_song_section_192_ticks_are_assumed() -> None:
    result = read_chart(b"[ExpertDrums]\n{\n  0 = N 1 0\n}\n")
    assert result.song.tempo_map.resolution == 192
    assert result.mended == ("[Song] has no Resolution; 192 was assumed.",)


# ---- writing --------------------------------------------------------------------------


def test_the_written_file_obeys_the_strict_rules() -> None:
    data = write_chart(full_song(), streams={"MusicStream": "song.ogg"})
    lines = data.decode("utf-8").split("\n")
    headers = [line for line in lines if line.startswith("[")]
    assert headers == [
        "[Song]",
        "[SyncTrack]",
        "[Events]",
        "[ExpertDrums]",
        "[EasyDrums]",
        "[ExpertSingle]",
    ]
    assert "  Offset = 0" in lines  # song.ini says the delay
    tick = 0
    for line in lines[lines.index("[SyncTrack]") :]:
        if " = " in line:
            assert int(line.split(" = ")[0]) >= tick
            tick = int(line.split(" = ")[0])
        else:
            tick = 0


def test_what_cannot_be_written_is_refused() -> None:
    late = Song(tracks={Difficulty.EXPERT: Track((Note(2**40, Lane.RED),))})
    with pytest.raises(ChartError, match="Tick"):
        write_chart(late)
    odd = Song(tempo_map=TempoMap(480, signatures=(TimeSignature(0, 4, 5),)))
    with pytest.raises(ChartError, match="4/5"):
        write_chart(odd)


def test_texts_cannot_break_out_of_their_line() -> None:
    evil = 'x"\n}\n[ExpertDrums]\n{\n  0 = N 0 0'
    song = Song(
        metadata=Metadata(name=evil),
        sections=(Section(0, evil),),
        events=(TextEvent(0, evil),),
        tracks={Difficulty.EASY: Track((Note(5, Lane.RED),), events=(TextEvent(1, evil),))},
    )
    result = read_chart(write_chart(song))
    assert result.mended == ()
    assert list(result.song.tracks) == [Difficulty.EASY]
    assert result.song.tracks[Difficulty.EASY].notes == (Note(5, Lane.RED),)
    assert result.song.metadata.name == evil.replace('"', "'").replace("\n", " ")


def test_input_is_not_changed_and_output_is_the_same_each_time() -> None:
    song = full_song()
    assert write_chart(song) == write_chart(full_song())
    assert song == full_song()
