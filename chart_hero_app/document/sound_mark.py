"""What tells the sound of a song from any other, wherever its files are and however called."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path

from chart_hero_core.audio.io import song_audio
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.formats.project import load_reference
from chart_hero_core.formats.sng import SNG_SUFFIX

_PIECE_BYTES = 1 << 16  # read at both ends of a file; with its size that tells it from any other


def sound_mark(song: Path) -> str:
    """What tells the sound of a song from any other, wherever it lies; empty without sound."""
    try:
        if song.suffix.lower() == SNG_SUFFIX:
            files = [song]
        else:
            audio = song_audio(song)
            files = list(dict.fromkeys((*audio.mix, *audio.drums)))
        marks = sorted(_mark_of(file) for file in files)
    except (ChartHeroError, OSError):
        return ""
    return hashlib.sha256("".join(marks).encode()).hexdigest()


def _mark_of(file: Path) -> str:
    status = file.stat()
    return _mark_as_it_is(file, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)  # asked at every save
def _mark_as_it_is(file: Path, size: int, _changed_ns: int) -> str:
    mark = hashlib.sha256(str(size).encode())
    with file.open("rb") as content:
        mark.update(content.read(_PIECE_BYTES))
        if size > 2 * _PIECE_BYTES:
            content.seek(-_PIECE_BYTES, os.SEEK_END)
        mark.update(content.read(_PIECE_BYTES))
    return mark.hexdigest()


def known_mark(saved: Path) -> str:
    """The mark in a project or draft that was written before; empty without."""
    try:
        return load_reference(saved).fingerprint
    except ChartHeroError:
        return ""
