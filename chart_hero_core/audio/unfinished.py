"""Wav files that were never finished: their header says that they hold nothing.

Recorders that stream write the header first and the sizes at the end; one that was stopped the hard
way leaves a size of 0 before the sound.
"""

import io
import struct
from pathlib import Path

_CHUNK = struct.Struct("<4sI")
_MOST_CHUNKS = 64
_SIZE = struct.Struct("<I")
_UNKNOWN = 0xFFFF_FFFF  # of files too large to say it: readers take what is there


def unfinished_at(path: Path) -> int | None:
    """Where the wrong size stands in the file; None for any other file.

    What follows an empty ``data`` chunk is sound unless it is well-formed chunks up to the very
    end: then the file holds none, and says more about itself.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        end = path.stat().st_size
        at = 12
        for _ in range(_MOST_CHUNKS):
            file.seek(at)
            told = file.read(_CHUNK.size)
            if len(told) < _CHUNK.size:
                return None
            name, size = _CHUNK.unpack(told)
            if name == b"data":
                sound = at + _CHUNK.size
                open_end = size == 0 and end > sound and not _are_chunks(file, sound, end)
                return at + 4 if open_end else None
            at += _CHUNK.size + size + size % 2
    return None


def _are_chunks(file: io.BufferedReader, at: int, end: int) -> bool:
    for _ in range(_MOST_CHUNKS):
        if at == end:
            return True
        file.seek(at)
        told = file.read(_CHUNK.size)
        if len(told) < _CHUNK.size:
            return False
        name, size = _CHUNK.unpack(told)
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        at += _CHUNK.size + size
        at += size % 2 if at < end else 0
    return False


class Finished(io.RawIOBase):
    """The file as it would be if it had been finished; only read."""

    def __init__(self, path: Path, size_at: int) -> None:
        super().__init__()
        self._file = path.open("rb")
        end = path.stat().st_size
        self._sizes = {4: _size(end - 8), size_at: _size(end - size_at - _SIZE.size)}

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._file.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read, with the sizes of the whole and of the sound replaced."""
        start = self._file.tell()
        count = self._file.readinto(buffer)
        for place, size in self._sizes.items():
            first, last = max(place, start), min(place + len(size), start + count)
            if first < last:
                buffer[first - start : last - start] = size[first - place : last - place]
        return count

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()


def _size(size: int) -> bytes:
    return _SIZE.pack(min(size, _UNKNOWN))
