"""Passages a person vouches for, and the songs kept for training.

Notes in a reviewed passage become the person's own, and nothing is suggested there any more: the
passage says all there is, which is what makes it fit to learn from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from chart_hero_app.document import storage
from chart_hero_app.document.spans import covers
from chart_hero_core.base.files import user_data_dir
from chart_hero_core.chart.edits import SetTouched
from chart_hero_core.chart.song import Difficulty, Song
from chart_hero_core.formats.project import SUFFIX
from chart_hero_core.formats.song_ini import default_folder_name

if TYPE_CHECKING:
    from chart_hero_app.document.state import Span
    from chart_hero_app.document.storage import Saving


def vouched(song: Song, span: Span) -> Song:
    """The song with the Expert notes of a passage (seconds) as the person's own."""
    seconds = song.tempo_map.seconds
    keys = tuple(
        (note.tick, note.lane)
        for note in song.expert.notes
        if covers((span,), seconds(note.tick)) and not note.origin.touched
    )
    if not keys:
        return song
    return SetTouched(Difficulty.EXPERT, keys).apply(song)[0]


def my_charts_dir() -> Path:
    """Where songs kept for training lie (not created here)."""
    return user_data_dir() / "my charts"


def my_charts() -> tuple[Path, ...]:
    """The songs kept for training, by name."""
    return tuple(sorted(my_charts_dir().glob(f"*{SUFFIX}")))


def keep_for_training(saving: Saving) -> Path:
    """Keep a project among the songs to learn from; the same song replaces itself.

    Raises:
        StorageError: it cannot be written.
    """
    mark = hashlib.sha256(str(saving.source.absolute()).encode("utf-8", "replace")).hexdigest()
    name = default_folder_name(saving.state.song.metadata)
    path = my_charts_dir() / f"{name} {mark[:8]}{SUFFIX}"
    for older in my_charts_dir().glob(f"* {mark[:8]}{SUFFIX}"):
        if older != path:
            older.unlink(missing_ok=True)  # the song was renamed
    storage.save(saving, path)
    return path
