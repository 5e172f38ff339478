"""Where the sound of an mp3 starts in the games, and its length where decoders only guess.

Every mp3 begins with what its encoder needed to start up. Files with a LAME tag say how much, and
are played to the sample alike everywhere. Measured for the rest with BASS 2.4.16.7, the library
that the games play with: in files with the VBRI tag of Fraunhofer's encoders it leaves out what
that says, at least 529 frames, and decodes the tag's own frame as silence; in files without
either it leaves out 529 frames or, as YARG sets it, none.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_DECODER_DELAY = 529  # frames that every decoder of layer III is late by
_SEARCH_BYTES = 1 << 16  # for the first frame, after the tags
_HEAD_BYTES = 1 << 13  # after that: the longest frame, and the next one's header
_TAG_BIT_RATE = 9  # 128 or 80 kbit/s, in which a tag finds room at every rate
_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


@dataclass(frozen=True, slots=True)
class Mp3Start:
    """What the head of an mp3 says.

    Attributes:
        lead: frames of what the decoder gives that the games leave out; below 0: frames of silence
            that they play before it.
        counted: the sound with a tag that tells its length, for decoders that would guess it by
            the size of the first frame; None where the file tells it.
        certain: all games start it at the same place.
    """

    lead: int = 0
    counted: bytes | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class _Frame:
    """One frame of layer III: how many bytes it has."""

    size: int
    side_bytes: int  # between the header and where a tag stands


def mp3_start(path: Path) -> Mp3Start:
    """Read the head of the mp3 ``path``; the whole file only where it has no tag.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        # Read, not mapped into memory: a drive that is pulled out would end the program.
        file.seek(_after_tags(file))
        head = file.read(_SEARCH_BYTES + _HEAD_BYTES)
        at = _first_frame(head)
        first = None if at is None else _frame(head, at)
        if at is None or first is None:
            return Mp3Start()
        tag = at + 4 + first.side_bytes
        if head[tag : tag + 4] in (b"Xing", b"Info"):
            return Mp3Start(certain=_has_delay(head, tag))
        return _counted(head[at:] + file.read())


def _counted(data: bytes) -> Mp3Start:
    """The start of ``data``, frames without a tag that says how many they are."""
    vbri = data[36:40] == b"VBRI"
    count = _count_frames(data)
    if not count:
        return Mp3Start(certain=vbri)
    left_out = max(int.from_bytes(data[42:44], "big"), _DECODER_DELAY) if vbri else 0
    # Where there is a tag, the decoder leaves out its own delay.
    return Mp3Start(left_out - _DECODER_DELAY, _tag_frame(data, count) + data, vbri)


def _tag_frame(data: bytes, count: int) -> bytes:
    """A silent frame like the first one, with a tag that says how many follow."""
    header = bytearray(data[:4])
    header[1] |= 1  # without a check sum
    header[2] = _TAG_BIT_RATE << 4 | header[2] & 0x0C
    frame = _frame(header, 0)
    assert frame is not None  # like the first one, which is one
    tag = bytes(header) + bytes(frame.side_bytes) + b"Xing" + struct.pack(">II", 1, count)
    return tag.ljust(frame.size, b"\0")


def _has_delay(data: bytes, tag: int) -> bool:
    """Whether a Xing tag goes on with LAME's part, and that with the encoder's delay."""
    flags = data[tag + 7]
    lame = tag + 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    return data[lame : lame + 1] > b"\0" and any(data[lame + 21 : lame + 24])


def _after_tags(file: IO[bytes]) -> int:
    """Where the file goes on after its ID3 tags."""
    at = 0
    while (head := file.read(10))[:3] == b"ID3" and len(head) == 10:
        size = 0
        for byte in head[6:]:
            size = size << 7 | byte & 0x7F
        at += 10 + size + (10 if head[5] & 0x10 else 0)
        file.seek(at)
    return at


def _first_frame(data: bytes) -> int | None:
    """Where the first frame starts that another one follows."""
    at = 0
    while (at := data.find(b"\xff", at, _SEARCH_BYTES)) >= 0:
        frame = _frame(data, at)
        if frame is not None and _frame(data, at + frame.size) is not None:
            return at
        at += 1
    return None


def _frame(data: bytes | bytearray, at: int) -> _Frame | None:
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return None
    version, step = data[at + 1] >> 3 & 3, data[at + 2] >> 2 & 3
    kbits, padding = data[at + 2] >> 4, data[at + 2] >> 1 & 1
    if version == 1 or step == 3 or kbits in (0, 15):
        return None
    new, mono = version == 3, data[at + 3] >> 6 == 3
    size = (144 if new else 72) * _KBITS[new][kbits] * 1000 // _RATES[version][step] + padding
    side_bytes = (17 if mono else 32) if new else (9 if mono else 17)
    return _Frame(size, side_bytes)


def _count_frames(data: bytes) -> int:
    """How many frames there are; 0 where they do not go on to the end."""
    count = at = 0
    while (frame := _frame(data, at)) is not None and at + frame.size <= len(data):
        count += 1
        at += frame.size
    # What is left is a broken last frame or a tag; these are small beside any song.
    return count if len(data) - at < max(_SEARCH_BYTES, len(data) // 50) else 0
