"""Hand-made .mid files for tests: bytes put together without the project's own writer."""

from collections.abc import Sequence

Timed = tuple[int, bytes]


def vlq(value: int) -> bytes:
    """A variable-length quantity."""
    out = bytes((value & 0x7F,))
    while value := value >> 7:
        out = bytes((value & 0x7F | 0x80,)) + out
    return out


def meta(kind: int, payload: bytes | str) -> bytes:
    """A meta event with its length."""
    data = payload.encode() if isinstance(payload, str) else payload
    return bytes((0xFF, kind)) + vlq(len(data)) + data


def text(words: str) -> bytes:
    """A text event."""
    return meta(1, words)


def note(
    tick: int, pitch: int, length: int = 10, velocity: int = 100, channel: int = 0
) -> list[Timed]:
    """A note with its end."""
    return [
        (tick, bytes((0x90 | channel, pitch, velocity))),
        (tick + length, bytes((0x80 | channel, pitch, 0))),
    ]


def chunk(body: bytes) -> bytes:
    """A track chunk round raw bytes."""
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def track(name: str | None, events: Sequence[Timed], end: bool = True) -> bytes:
    """A track chunk; events are sorted by tick, keeping their order."""
    named = [] if name is None else [(0, meta(3, name))]
    body = b""
    last = 0
    for tick, data in sorted([*named, *events], key=lambda event: event[0]):
        body += vlq(tick - last) + data
        last = tick
    return chunk(body + (b"\0\xff\x2f\0" if end else b""))


def header(tracks: int, kind: int = 1, division: int = 480) -> bytes:
    """The header chunk."""
    numbers = (kind, tracks, division)
    return b"MThd\0\0\0\6" + b"".join(number.to_bytes(2, "big") for number in numbers)


def midi(*tracks: bytes, kind: int = 1, division: int = 480) -> bytes:
    """A whole file."""
    return header(len(tracks), kind, division) + b"".join(tracks)


def tempo(us: int) -> bytes:
    """A tempo event."""
    return meta(0x51, us.to_bytes(3, "big"))


def drums(*events: Timed, name: str = "PART DRUMS") -> bytes:
    """A file of an empty tempo track and a drum track."""
    return midi(track(None, []), track(name, list(events)))
