"""The .sng container: a song folder in one file, its song.ini as a block of metadata.

Layout (all numbers little-endian): ``SNGPKG``, version, a mask of 16 bytes; then three blocks,
each led by its length: metadata, index of files, data. Byte ``i`` of a file is stored XOR
``mask[i % 16] XOR (i & 255)``.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

import numpy as np

from chart_hero_core.base.errors import FormatError
from chart_hero_core.base.files import atomic_write, size_of_file

MAGIC = b"SNGPKG"
VERSION = 1
_HEADER = struct.Struct("<6sI16s")
_COUNTS = struct.Struct("<QQ")
_INT = struct.Struct("<i")
_LONG = struct.Struct("<Q")
_PLACE = struct.Struct("<QQ")
SNG_SUFFIX = ".sng"
_PERIOD = 256  # after so many bytes mask and counter come round together
_CHUNK = 1 << 20
_MAX_BLOCK = 16 * 1024 * 1024
_MAX_FILES = 4096
_DAMAGED = "This .sng file is damaged; get or export it again."
_FORBIDDEN = set('<>:"|?*\\')


@dataclass(frozen=True, slots=True)
class SngEntry:
    """One file inside: its safe relative name (``/`` between folders), size and place in bytes."""

    name: str
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Sng:
    """What a .sng holds; the files are read from ``path`` when asked for."""

    path: Path
    metadata: Mapping[str, str]
    entries: Mapping[str, SngEntry]
    mask: bytes

    def read(self, name: str, max_bytes: int = 1 << 30) -> bytes:
        """The content of one file.

        Raises:
            FormatError: there is no such file, or it is larger than ``max_bytes``.
        """
        entry = self._entry(name)
        if entry.size > max_bytes:
            raise FormatError(f"{name} inside this .sng file is too large ({entry.size:,} bytes).")
        return b"".join(self._chunks(entry))

    def extract(self, name: str, target: Path) -> None:
        """Write one file to ``target``, atomically. Raises like :meth:`read`."""
        with atomic_write(target) as file:
            for chunk in self._chunks(self._entry(name)):
                file.write(chunk)

    def _entry(self, name: str) -> SngEntry:
        if name not in self.entries:
            raise FormatError(f"There is no {name} in this .sng file.")
        return self.entries[name]

    def _chunks(self, entry: SngEntry) -> Iterator[bytes]:
        key = _key(self.mask)
        try:
            with self.path.open("rb") as file:
                file.seek(entry.offset)
                left = entry.size
                while left:
                    chunk = file.read(min(left, _CHUNK))
                    if not chunk:
                        raise FormatError(_DAMAGED)
                    left -= len(chunk)
                    yield _masked(chunk, key)
        except OSError as error:
            raise FormatError(f"Could not read {self.path}: {error.strerror}.") from error


def read_sng(path: Path) -> Sng:
    """Read the metadata and the index of a .sng file.

    Raises:
        FormatError: it is not a .sng file, is damaged, or names files outside itself.
    """
    try:
        size = size_of_file(path)
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size or not header.startswith(MAGIC):
                raise FormatError(f"{path.name} is not a .sng file.")
            _, version, mask = _HEADER.unpack(header)
            if version != VERSION:
                raise FormatError(f"{path.name} is of .sng version {version}; only 1 is known.")
            metadata = _metadata(_Block(file))
            entries = _index(_Block(file), size)
    except OSError as error:
        raise FormatError(f"Could not read {path}: {error.strerror or error}.") from error
    return Sng(path, MappingProxyType(metadata), MappingProxyType(entries), mask)


class _Block:
    """A length-prefixed block with a count, read whole; every step is checked."""

    def __init__(self, file: IO[bytes]) -> None:
        lead = file.read(_COUNTS.size)
        if len(lead) < _COUNTS.size:
            raise FormatError(_DAMAGED)
        length, self.count = _COUNTS.unpack(lead)
        if not _LONG.size <= length <= _MAX_BLOCK:
            raise FormatError(_DAMAGED)
        self._data = file.read(length - _LONG.size)
        self._at = 0
        if len(self._data) < length - _LONG.size:
            raise FormatError(_DAMAGED)

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        if size < 0 or self._at + size > len(self._data):
            raise FormatError(_DAMAGED)
        self._at += size
        return self._data[self._at - size : self._at]

    def text(self, size: int) -> str:
        """The next ``size`` bytes as UTF-8."""
        return self.take(size).decode("utf-8", "replace")

    def string(self) -> str:
        """The next string with its length in four bytes."""
        (size,) = _INT.unpack(self.take(_INT.size))
        return self.text(size)


def _metadata(block: _Block) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(block.count):
        key = block.string()
        found[key] = block.string()
    return found


def _index(block: _Block, file_size: int) -> dict[str, SngEntry]:
    if block.count > _MAX_FILES:
        raise FormatError(_DAMAGED)
    found: dict[str, SngEntry] = {}
    for _ in range(block.count):
        name = _safe_name(block.text(block.take(1)[0]))
        size, offset = _PLACE.unpack(block.take(_PLACE.size))
        if offset + size > file_size:
            raise FormatError(_DAMAGED)
        found[name] = SngEntry(name, size, offset)
    # Files that overlap could unpack to far more than the container holds.
    if sum(entry.size for entry in found.values()) > file_size:
        raise FormatError(_DAMAGED)
    return found


def _safe_name(name: str) -> str:
    """``name`` when it stays inside a folder on every system, else :class:`FormatError`."""
    parts = name.split("/")
    if (
        any(part in ("", ".", "..") or part != part.strip() for part in parts)
        or any(char in _FORBIDDEN or ord(char) < 32 for char in name)
        or len(name.encode()) > 255
    ):
        raise FormatError(f"A file name inside the .sng file is not allowed: {name[:60]!r}.")
    return name


def _key(mask: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    counter = np.arange(_PERIOD, dtype=np.uint8)
    return np.resize(np.frombuffer(mask, np.uint8), _PERIOD) ^ counter


def _masked(chunk: bytes, key: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> bytes:
    """``chunk``, which starts at a multiple of the period, masked or unmasked."""
    data = np.frombuffer(chunk, np.uint8)
    return (data ^ np.resize(key, data.size)).tobytes()


def write_sng(
    path: Path, metadata: Mapping[str, str], files: Mapping[str, Path], mask: bytes | None = None
) -> None:
    """Write a .sng file atomically, its files in the order given.

    Args:
        metadata: the keys and values of song.ini.
        files: names inside the container and where their content lies.
        mask: 16 bytes, random ones by default.

    Raises:
        FormatError: a file cannot be read, or has a name that is not allowed.
        StorageError: ``path`` cannot be written.
    """
    mask = os.urandom(16) if mask is None else mask
    sizes = {_safe_name(name): _size(source) for name, source in files.items()}
    pairs = b"".join(_string(key) + _string(value) for key, value in metadata.items())
    index_size = sum(1 + len(name.encode()) + _PLACE.size for name in sizes)
    start = _HEADER.size + 2 * _COUNTS.size + len(pairs) + index_size + _LONG.size
    with atomic_write(path) as out:
        out.write(_HEADER.pack(MAGIC, VERSION, mask))
        out.write(_COUNTS.pack(_LONG.size + len(pairs), len(metadata)) + pairs)
        out.write(_COUNTS.pack(_LONG.size + index_size, len(sizes)))
        for name, size in sizes.items():
            encoded = name.encode()
            out.write(bytes([len(encoded)]) + encoded + _PLACE.pack(size, start))
            start += size
        out.write(_LONG.pack(sum(sizes.values())))
        key = _key(mask)
        for name, source in files.items():
            _copy(source, sizes[name], out, key)


def _string(text: str) -> bytes:
    encoded = text.encode("utf-8", "replace")
    return _INT.pack(len(encoded)) + encoded


def _size(source: Path) -> int:
    try:
        return source.stat().st_size
    except OSError as error:
        raise FormatError(f"Could not read {source}: {error.strerror}.") from error


def _copy(
    source: Path, size: int, out: IO[bytes], key: np.ndarray[tuple[int], np.dtype[np.uint8]]
) -> None:
    copied = 0
    try:
        file = source.open("rb")
    except OSError as error:
        raise FormatError(f"Could not read {source}: {error.strerror}.") from error
    with file:
        while chunk := file.read(_CHUNK):
            copied += len(chunk)
            out.write(_masked(chunk, key))
    if copied != size:
        raise FormatError(f"{source} changed while it was being packed; try again.")
