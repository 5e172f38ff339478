"""Standard MIDI files as such, against an independent library."""

import io

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.errors import ChartError
from chart_hero_core.formats.midi.smf import Message, read_smf, write_smf
from chart_hero_core.formats.result import MAX_SENTENCES, Repairs

_seven_bits = st.integers(0, 127)
_short = st.tuples(st.sampled_from((0x83, 0x90, 0xA1, 0xB0, 0xE2)), _seven_bits, _seven_bits)
_shorter = st.tuples(st.sampled_from((0xC0, 0xD5)), _seven_bits)
_meta = st.binary(max_size=300).map(lambda payload: b"\xff\x01" + payload)
_sysex = st.lists(_seven_bits, max_size=300).map(lambda values: bytes((0xF0, *values, 0xF7)))
_messages = st.lists(
    st.tuples(st.integers(0, 2**20), _short.map(bytes) | _shorter.map(bytes) | _meta | _sysex),
    max_size=20,
).map(lambda pairs: [Message(*pair) for pair in sorted(pairs, key=lambda pair: pair[0])])


@given(st.lists(_messages, min_size=1, max_size=3), st.integers(1, 32_767))
def test_what_is_written_comes_back_here_and_in_mido(
    tracks: list[list[Message]], resolution: int
) -> None:
    data = write_smf(resolution, tracks)
    repairs = Repairs()
    file = read_smf(data, repairs)
    assert (file.kind, file.resolution) == (1, resolution)
    assert [list(track.messages) for track in file.tracks] == tracks
    assert repairs.sentences() == ()
    other = mido.MidiFile(file=io.BytesIO(data), charset="latin-1")
    assert other.ticks_per_beat == resolution
    for track, messages in zip(other.tracks, tracks, strict=True):
        assert [message.type for message in track].count("end_of_track") == 1
        ticks = [sum(m.time for m in track[: index + 1]) for index in range(len(messages))]
        assert ticks == [message.tick for message in messages]


def test_the_bytes_of_a_small_file() -> None:
    data = write_smf(480, [[Message(0, b"\xff\x01hi"), Message(200, b"\x90\x60\x64")]])
    assert data == (
        b"MThd\0\0\0\6\0\1\0\1\x01\xe0"
        b"MTrk\0\0\0\x0f\0\xff\x01\x02hi\x81\x48\x90\x60\x64\0\xff\x2f\0"
    )


def test_what_a_file_cannot_hold_is_refused() -> None:
    with pytest.raises(ChartError, match="ticks per quarter"):
        write_smf(40_000, [[]])
    for tick in (-1, 2**28):
        with pytest.raises(ChartError, match=f"Tick {tick} cannot"):
            write_smf(480, [[Message(tick, b"\x90\x60\x64")]])
    with pytest.raises(ChartError, match="tracks"):
        write_smf(480, [[]] * 70_000)


def test_repairs_are_counted_and_their_list_is_bounded() -> None:
    repairs = Repairs()
    repairs.add("A thing.")
    repairs.add("Another.", 0)
    repairs.add("A third.", 2)
    repairs.add("A third.")
    assert repairs.sentences() == ("A thing.", "A third. (3 times)")
    for index in range(1000):
        repairs.add(f"Kind {index}.")
    assert len(repairs.sentences()) == MAX_SENTENCES + 1
    assert repairs.sentences()[-1] == "942 further kinds of repairs are not listed."
