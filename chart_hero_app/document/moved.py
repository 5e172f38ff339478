"""Unsaved work of songs that were moved or renamed: found again by what the song sounds like.

A draft is called by where its song was. Where that has gone, the sound itself tells: a mark of the
content of its files, which a draft keeps and which a new place or name does not change.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chart_hero_app.document.sound_mark import sound_mark
from chart_hero_app.document.storage import drafts_dir
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.formats.project import SUFFIX, SongReference, load_reference

_MOST_DRAFTS = 300  # looked into, the newest first

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """A draft of a song that is somewhere else now.

    Attributes:
        draft: the file.
        song: where the song was.
        saved: when the draft was written.
    """

    draft: Path
    song: Path
    saved: datetime


def moved_draft(song: Path) -> Moved | None:
    """The newest draft of this very song whose own place is empty now; None without one."""
    try:
        dated = [(file.stat().st_mtime, file) for file in drafts_dir().glob(f"*{SUFFIX}")]
    except OSError:
        return None
    mark = ""
    for saved, draft in sorted(dated, reverse=True)[:_MOST_DRAFTS]:
        try:
            told = load_reference(draft)
        except ChartHeroError as error:
            _log.warning("Draft %s not looked into: %s", draft, error)
            continue
        if not told.path or os.path.lexists(told.path):
            continue
        mark = mark or sound_mark(song)
        if _is_of(told, song, mark):
            return Moved(draft, Path(told.path), datetime.fromtimestamp(saved))
    return None


def _is_of(told: SongReference, song: Path, mark: str) -> bool:
    if told.fingerprint:
        return told.fingerprint == mark
    # A draft of an earlier version: a file is known by its size, a folder by its name.
    if told.size is not None:
        return song.is_file() and song.stat().st_size == told.size
    return song.is_dir() and song.name == Path(told.path).name
