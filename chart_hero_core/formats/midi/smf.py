"""Standard MIDI files as such: bytes <-> tracks of timed messages. Knows nothing of drums.

Reading follows the specification where a file does, and goes on where real files break it:
running status kept over meta events, wrong track lengths, missing ends, RIFF wrapping, rubbish
before and after. A reader of our own, because general libraries refuse such files.
"""

from dataclasses import dataclass
from typing import NamedTuple

from chart_hero_core.base.errors import ChartError, FormatError
from chart_hero_core.formats.limits import (
    MAX_BYTES,
    MAX_EVENTS,
    MAX_RESOLUTION,
    MAX_TICK,
    MAX_TRACKS,
)
from chart_hero_core.formats.result import Repairs

META = 0xFF
TEXT, TRACK_NAME, END_OF_TRACK, SET_TEMPO, TIME_SIGNATURE = 0x01, 0x03, 0x2F, 0x51, 0x58
_SYSEX = (0xF0, 0xF7)
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_SYSTEM_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
_HEADER_SEARCH = 4096


class Message(NamedTuple):
    """One message at an absolute tick.

    ``data`` is the status byte and what belongs to it; of meta and system-exclusive messages the
    length is left out (``FF 01 text``).
    """

    tick: int
    data: bytes

    def is_meta(self, kind: int) -> bool:
        """Whether this is the meta message ``kind``."""
        return self.data[0] == META and self.data[1] == kind


@dataclass(frozen=True, slots=True)
class MidiTrack:
    """The messages of one track in ascending ticks, without the end-of-track message."""

    messages: tuple[Message, ...]
    end_tick: int


@dataclass(frozen=True, slots=True)
class MidiFile:
    """A whole file. ``kind`` is the format of the header: 0, 1 or 2."""

    kind: int
    resolution: int
    tracks: tuple[MidiTrack, ...]


def read_smf(data: bytes, repairs: Repairs) -> MidiFile:
    """Parse ``data``.

    Raises:
        FormatError: it is not a MIDI file, uses SMPTE time, or is larger than any chart.
    """
    if len(data) > MAX_BYTES:
        raise FormatError("This MIDI file is larger than 64 MB; it does not look like a chart.")
    start = data.find(b"MThd", 0, _HEADER_SEARCH)
    if start < 0 or len(data) < start + 14:
        raise FormatError("This is not a MIDI file: it has no MThd header.")
    if start and data[:4] == b"RIFF":
        repairs.add("The MIDI file was wrapped in a RIFF container.")
    elif start:
        repairs.add("The MIDI file began with foreign bytes.")
    size = int.from_bytes(data[start + 4 : start + 8], "big")
    kind = int.from_bytes(data[start + 8 : start + 10], "big")
    division = int.from_bytes(data[start + 12 : start + 14], "big")
    if division & 0x8000:
        raise FormatError("This MIDI file counts in SMPTE frames; charts count ticks per quarter.")
    if division == 0:
        raise FormatError("This MIDI file has a resolution of 0 ticks per quarter.")
    first = start + 8 + max(size, 6)
    tracks = _read_tracks(data, first if first < len(data) else start + 14, repairs)
    if not tracks:
        raise FormatError("This MIDI file holds no tracks.")
    return MidiFile(kind, division, tuple(tracks))


def _read_tracks(data: bytes, position: int, repairs: Repairs) -> list[MidiTrack]:
    tracks: list[MidiTrack] = []
    budget = MAX_EVENTS
    while position + 8 <= len(data):
        name = data[position : position + 4]
        end = position + 8 + int.from_bytes(data[position + 4 : position + 8], "big")
        if name != b"MTrk":
            found = data.find(b"MTrk", position)
            if found < 0:
                break
            if end != found:
                repairs.add("The MIDI file held foreign bytes between its tracks.")
            else:
                repairs.add("A block of the MIDI file that is not a track was left out.")
            position = found
            continue
        limit = _track_limit(data, position + 8, end, repairs)
        if len(tracks) >= MAX_TRACKS:
            raise FormatError("This MIDI file has over a thousand tracks; it is not a chart.")
        parser = _TrackParser(data, position + 8, limit, budget, repairs)
        tracks.append(parser.parse())
        budget -= parser.count
        position = limit
    if position < len(data):
        repairs.add("The MIDI file had foreign bytes after its last track.")
    return tracks


def _track_limit(data: bytes, start: int, end: int, repairs: Repairs) -> int:
    """Where a track must end at the latest: its length is believed when it can be right."""
    if end == len(data) or data[end : end + 4] == b"MTrk":
        return end
    found = data.find(b"MTrk", start)
    if end > len(data):
        repairs.add("A track of the MIDI file was cut off or had a wrong length.")
        return len(data) if found < 0 else found
    named = data[end : end + 4]
    if len(named) < 4 or named.isalnum() or found < 0 or found > end:
        return end
    repairs.add("A track of the MIDI file had a wrong length.")
    return found


class _TrackParser:
    """Reads the messages of one track; stops where nothing sensible follows."""

    def __init__(self, data: bytes, start: int, limit: int, budget: int, repairs: Repairs) -> None:
        self._data = data
        self._at = start
        self._limit = limit
        self._budget = budget
        self._repairs = repairs
        self._status = 0
        self._tick = 0
        self.count = 0

    def parse(self) -> MidiTrack:
        messages: list[Message] = []
        ended = False
        while not ended and self._at < self._limit:
            message = self._next()
            if message is None:
                break
            ended = message.is_meta(END_OF_TRACK)
            if not ended and message.data[0] not in _SYSTEM_BYTES:
                messages.append(message)
        if not ended:
            self._repairs.add("A track of the MIDI file was cut off or damaged; its rest is gone.")
        return MidiTrack(tuple(messages), self._tick)

    def _next(self) -> Message | None:
        """The next message; None when the track is damaged here."""
        delta = self._variable_length()
        if delta is None or self._at >= self._limit:
            return None
        if self._tick + delta > MAX_TICK:
            return None
        self._tick += delta
        self.count += 1
        if self.count > self._budget:
            raise FormatError("This MIDI file has over a million events; it is not a chart.")
        status = self._data[self._at]
        if status >= 0x80:
            self._at += 1
        else:
            status = self._status
        if status == META or status in _SYSEX:
            return self._long_message(status)
        return self._short_message(status)

    def _long_message(self, status: int) -> Message | None:
        head = bytes((status,))
        if status == META:
            if self._at >= self._limit:
                return None
            head += self._data[self._at : self._at + 1]
            self._at += 1
        length = self._variable_length()
        if length is None or self._at + length > self._limit:
            return None
        payload = self._data[self._at : self._at + length]
        self._at += length
        return Message(self._tick, head + payload)

    def _short_message(self, status: int) -> Message | None:
        if status >= 0xF0:
            self._repairs.add("A system message that does not belong in a file was left out.")
            self._at = min(self._at + _SYSTEM_BYTES.get(status, 0), self._limit)
            return Message(self._tick, bytes((0xF1,)))
        size = _DATA_BYTES.get(status & 0xF0)
        if size is None or self._at + size > self._limit:
            return None
        # The specification ends running status at a meta event; real files go on after it.
        self._status = status
        payload = self._data[self._at : self._at + size]
        self._at += size
        if max(payload) > 0x7F:
            self._repairs.add("A MIDI value above 127 was brought down to 127.")
            payload = bytes(min(byte, 0x7F) for byte in payload)
        return Message(self._tick, bytes((status,)) + payload)

    def _variable_length(self) -> int | None:
        value = 0
        for _ in range(4):
            if self._at >= self._limit:
                return None
            byte = self._data[self._at]
            self._at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        return None


def write_smf(resolution: int, tracks: list[list[Message]]) -> bytes:
    """A format 1 file; each track's messages must be in ascending ticks.

    Raises:
        ChartError: the resolution or a tick is beyond what a MIDI file can hold.
    """
    if resolution > MAX_RESOLUTION:
        raise ChartError(
            f"A .mid cannot hold {resolution} ticks per quarter; the most is {MAX_RESOLUTION}."
        )
    if len(tracks) > 0xFFFF:
        raise ChartError("A .mid cannot hold more than 65,535 tracks.")
    header = b"".join(number.to_bytes(2, "big") for number in (1, len(tracks), resolution))
    chunks = [b"MThd", (6).to_bytes(4, "big"), header]
    for messages in tracks:
        body = _track_bytes(messages)
        chunks += [b"MTrk", len(body).to_bytes(4, "big"), body]
    return b"".join(chunks)


def _track_bytes(messages: list[Message]) -> bytes:
    parts: list[bytes] = []
    last = 0
    for tick, data in messages:
        if not 0 <= tick <= MAX_TICK:
            raise ChartError(f"Tick {tick} cannot be in a .mid; it must lie in 0 to {MAX_TICK}.")
        parts.append(_variable_length(tick - last))
        last = tick
        if data[0] == META:
            parts += [data[:2], _variable_length(len(data) - 2), data[2:]]
        elif data[0] in _SYSEX:
            parts += [data[:1], _variable_length(len(data) - 1), data[1:]]
        else:
            parts.append(data)
    parts.append(bytes((0, META, END_OF_TRACK, 0)))
    return b"".join(parts)


def _variable_length(value: int) -> bytes:
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))
