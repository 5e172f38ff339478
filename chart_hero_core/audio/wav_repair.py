"""Reading wav files with broken headers whose sound is intact.

Recorders that stream write the header first and the sizes at the end; one that was stopped the hard
way leaves a size of 0 before the sound. Other programs forget the byte that fills up a chunk of odd
size, so that all that follows, the sound too, stands one byte before its place.
"""

import io
import struct
from dataclasses import dataclass
from pathlib import Path

_CHUNK = struct.Struct("<4sI")
_MOST_CHUNKS = 64
_SIZE = struct.Struct("<I")
_UNKNOWN = 0xFFFF_FFFF  # of files too large to say it: readers take what is there
_FILLER = b"\0"
# What chunks before the sound are called, besides the sound itself.
_CHUNK_NAMES = frozenset(
    b"data|fmt |LIST|fact|bext|iXML|JUNK|junk|PAD |FLLR|cue |smpl|inst|acid|id3 |ID3 |DISP|PEAK|"
    b"cart|_PMX|plst|strc|umid|minf|elm1|regn|afsp|LGWV|SAUR|bwfx".split(b"|")
)
_Piece = bytes | range  # new bytes, or a stretch of the file


@dataclass(frozen=True, slots=True)
class WavRepair:
    """The file as it should be, in pieces; ``unfinished`` where it said that it was empty."""

    pieces: tuple[_Piece, ...]
    unfinished: bool


def wav_repair(path: Path) -> WavRepair | None:
    """How to read a wav file that is not well formed; None for any other file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        end = path.stat().st_size
        at, missing = 12, list[int]()
        for _ in range(_MOST_CHUNKS):
            chunk = _chunk_at(file, at)
            if chunk is None:
                return None
            name, size = chunk
            sound = at + _CHUNK.size
            if name == b"data":
                unfinished = size == 0 and end > sound and not _are_chunks(file, sound, end)
                return _repair(missing, sound, end, unfinished)
            at = sound + size
            if size % 2 and _starts_unfilled(file, at):
                missing.append(at)
            else:
                at += size % 2
    return None


def _chunk_at(file: io.BufferedReader, at: int) -> tuple[bytes, int] | None:
    file.seek(at)
    chunk = file.read(_CHUNK.size)
    return _CHUNK.unpack(chunk) if len(chunk) == _CHUNK.size else None


def _starts_unfilled(file: io.BufferedReader, at: int) -> bool:
    """Whether the next chunk begins here, where the filling byte of the one before should be."""
    file.seek(at)
    chunk = file.read(5)
    return chunk[1:] not in _CHUNK_NAMES and chunk[:4] in _CHUNK_NAMES


def _repair(missing: list[int], sound: int, end: int, unfinished: bool) -> WavRepair | None:
    if not missing and not unfinished:
        return None
    stops = [*missing, sound - _SIZE.size if unfinished else end]
    pieces: list[_Piece] = [b"RIFF", _size(end - 8 + len(missing))]
    start = 8
    for stop in stops:
        pieces += [range(start, stop), _FILLER]
        start = stop
    pieces.pop()  # no filler behind the last stretch
    if unfinished:
        pieces += [_size(end - sound), range(sound, end)]
    return WavRepair(tuple(pieces), unfinished)


def _are_chunks(file: io.BufferedReader, at: int, end: int) -> bool:
    """Whether well-formed chunks follow up to the very end.

    Then a file with an empty ``data`` chunk holds no sound, and says more about itself.
    """
    for _ in range(_MOST_CHUNKS):
        if at == end:
            return True
        chunk = _chunk_at(file, at)
        if chunk is None:
            return False
        name, size = chunk
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        at += _CHUNK.size + size
        at += size % 2 if at < end else 0
    return False


class RepairedWav(io.RawIOBase):
    """The file as it should be; only read."""

    def __init__(self, path: Path, repair: WavRepair) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._pieces = repair.pieces
        self._length = sum(len(piece) for piece in repair.pieces)
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        """The place."""
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read from here on, over as many pieces as it takes."""
        done = 0
        first = 0  # place of a piece in the whole
        for piece in self._pieces:
            inside = self._at - first
            if 0 <= inside < len(piece) and done < len(buffer):
                part = self._part(piece[inside : inside + len(buffer) - done])
                buffer[done : done + len(part)] = part
                done += len(part)
                self._at += len(part)
            first += len(piece)
        return done

    def _part(self, piece: _Piece) -> bytes:
        if isinstance(piece, bytes):
            return piece
        self._file.seek(piece.start)
        return self._file.read(len(piece))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()


def _size(size: int) -> bytes:
    return _SIZE.pack(min(size, _UNKNOWN))
