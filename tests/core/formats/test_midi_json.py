"""chart-hero's exports: every trap that is known of them."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import Difficulty, Dynamic, Metadata, Note, Song
from chart_hero_core.formats.midi_json import read_midi_json
from chart_hero_core.formats.result import ReadResult
from chart_hero_core.timing.tempo_map import TimeSignature


def event(tick: int, hit: str, time_s: float | None = None, **flags: bool) -> dict[str, Any]:
    time_s = tick / 960 if time_s is None else time_s
    return {
        "tick": tick,
        "time_sec": time_s,
        "lane": 0,
        "hit": hit,
        "flags": flags,
        "len_ticks": 60,
    }


def export(*events: object, **changes: object) -> bytes:
    document: dict[str, object] = {
        "version": 1,
        "source": "midi",
        "path": "/nowhere/notes.mid",
        "song": {"title": "T", "artist": "A", "pack": "P", "album": None, "charter": "C"},
        "timing": {"unit": "tick", "tpq": 480, "tempos": [{"tick": 0, "us_per_beat": 500_000}]},
        "difficulties": {"Expert": {"events": list(events)}},
    }
    return json.dumps(document | changes).encode()


def test_notes_are_mapped_by_hit_code_and_sorted() -> None:
    result = read_midi_json(
        export(
            event(960, "0", double_kick=True),
            event(480, "67", cymbal=True),
            event(480, "66", cymbal=True),
            event(480, "1", accent=True),
            event(0, "4"),
            event(0, "3", ghost=True),
            event(0, "2"),
            event(960, "68", cymbal=True),
            event(960, "1", double_kick=True),
        )
    )
    assert result.song.expert.notes == (
        Note(0, Lane.YELLOW),
        Note(0, Lane.BLUE, dynamic=Dynamic.GHOST),
        Note(0, Lane.GREEN),
        Note(480, Lane.RED, dynamic=Dynamic.ACCENT),
        Note(480, Lane.YELLOW, cymbal=True),
        Note(480, Lane.BLUE, cymbal=True),
        Note(960, Lane.KICK, double_kick=True),
        Note(960, Lane.RED),
        Note(960, Lane.GREEN, cymbal=True),
    )
    assert result.song.metadata == Metadata(name="T", artist="A", charter="C")
    assert result.mended == ()


def test_seconds_come_from_ticks_and_disagreement_is_told() -> None:
    result = read_midi_json(export(event(480, "1", 0.5), event(960, "1", 2.5)))
    assert result.song.tempo_map.seconds(960) == 1.0
    assert result.mended == (
        "Expert: 1 times disagreed with ticks and tempos (by up to 1.500 s); ticks count.",
    )


def test_a_time_too_large_for_a_float_is_no_time() -> None:
    assert len(read_midi_json(export(event(480, "0", 10**400))).song.expert.notes) == 1


def test_what_cannot_be_used_is_counted() -> None:
    broken = [{"tick": -1, "hit": "1"}, {"tick": 1, "hit": "9"}, {"tick": True, "hit": "1"}, 7]
    result = read_midi_json(export(*broken, event(0, "2"), event(0, "66")))
    assert result.song.expert.notes == (Note(0, Lane.YELLOW),)
    assert result.mended == (
        "Expert: 3 events without a usable tick or hit code were left out.",
        "Expert: 1 notes lay on another one of their lane and were left out.",
    )


def test_time_signatures_and_a_missing_first_tempo() -> None:
    timing = {
        "tpq": 192,
        "tempos": [{"tick": 384, "us_per_beat": 250_000}, {"tick": 9, "us_per_beat": 0}],
        "time_signatures": [{"tick": 384, "ts": 3}],
    }
    result = read_midi_json(export(event(384, "1", 1.0), timing=timing))
    tempo_map = result.song.tempo_map
    assert (tempo_map.resolution, tempo_map.seconds(384 + 192)) == (192, 1.25)
    assert tempo_map.signatures == (TimeSignature(0), TimeSignature(384, 3))
    assert result.mended == ("The export has no tempo at its start; 120 BPM was assumed.",)


def test_the_original_is_read_when_it_is_there(tmp_path: Path) -> None:
    original = tmp_path / "notes.mid"
    original.write_bytes(b"x")

    def read(path: Path) -> ReadResult:
        assert path == original
        return ReadResult(Song(metadata=Metadata(artist="Better")), ("Mended.",))

    result = read_midi_json(export(event(0, "1"), path=str(original)), read)
    assert result.song.metadata == Metadata(name="T", artist="Better", charter="C")
    assert result.mended[0].startswith("The original chart")
    assert result.mended[1] == "Mended."
    gone = read_midi_json(export(event(0, "1"), path=str(tmp_path / "gone.mid")), read)
    assert len(gone.song.expert.notes) == 1
    odd = read_midi_json(export(event(0, "1"), path="/etc/passwd"), read)
    assert len(odd.song.expert.notes) == 1


def test_a_broken_original_is_told(tmp_path: Path) -> None:
    original = tmp_path / "notes.mid"
    original.write_bytes(b"x")

    def read(path: Path) -> ReadResult:
        raise FormatError("It is broken.")

    result = read_midi_json(export(event(0, "1"), path=str(original)), read)
    assert len(result.song.expert.notes) == 1
    assert result.mended == (f"The original chart {original} could not be read (It is broken.).",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[]", "not a chart-hero"),
        (b'{"difficulties": 3}', "not a chart-hero"),
        (export(timing={"tpq": 0}), "tpq"),
        (export(difficulties={}), "no difficulty"),
        (export(difficulties={"Insane": {}}), "no difficulty"),
    ],
)
def test_foreign_files(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_midi_json(data)


def test_other_versions_and_difficulties() -> None:
    result = read_midi_json(export(version=2, difficulties={"hard": {"events": [event(0, "0")]}}))
    assert list(result.song.tracks) == [Difficulty.HARD]
    assert "another version" in result.mended[0]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tick", "hit", "events", "Expert", "tpq", "flags"]), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=50)
@given(
    key=st.sampled_from(["version", "path", "song", "timing", "difficulties"]),
    value=values,
    events=st.lists(values, max_size=3),
)
def test_anything_gives_a_song_or_one_clear_error(
    key: str, value: object, events: list[object]
) -> None:
    with contextlib.suppress(FormatError):
        track = read_midi_json(export(*events, **{key: value})).song.expert
        places = [note.sort_key for note in track.notes]
        assert places == sorted(set(places))
