"""From a path somebody opened to what the document shows: which audio, which chart."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chart_hero_app.document.state import Sound, State
from chart_hero_app.document.storage import Restored, default_plan, draft_path, restore
from chart_hero_core.audio.io import Domain, SongAudio, load_song_audio, song_audio
from chart_hero_core.audio.peaks import PeakPyramid
from chart_hero_core.audio.tags import read_tags
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Metadata, Song
from chart_hero_core.formats.project import SUFFIX

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What was found at a path.

    Attributes:
        source: the path.
        state: chart, settings and flags to start with.
        audio: which sound files belong to it; None when they are missing.
        project: the project file, when the path is one.
        charted: whether a drum chart was found.
        notes: sentences about what was mended or is worth knowing.
        missing: where the song should be, when it is not there.
        continued: when the draft that was taken up had been saved.
        view: what the views remembered.
    """

    source: Path
    state: State
    audio: SongAudio | None
    project: Path | None = None
    charted: bool = False
    notes: tuple[str, ...] = ()
    missing: str = ""
    continued: datetime | None = None
    view: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def open_path(path: Path, progress: Progress, *, use_draft: bool = True) -> Opened:
    """Find out what ``path`` is and read everything of it but the audio itself.

    A draft of the song is taken up where it was left, unless ``use_draft`` is false.

    Raises:
        ChartHeroError: nothing there that could be opened.
    """
    progress.report(0.0, f"Opening {path.name}")
    if path.suffix.lower() == SUFFIX:
        return _open_project(path, use_draft)
    if use_draft:
        continued = _open_draft(path)
        if continued is not None:
            return continued
    return _open_song(path)


def _open_project(path: Path, use_draft: bool) -> Opened:
    restored = restore(path)
    audio = song_audio(restored.source) if restored.source is not None else None
    source = restored.source or Path(restored.wanted or path)
    newer = _newer_draft(source, path, restored) if use_draft else None
    return Opened(
        source=source,
        state=restored.state if newer is None else newer.state,
        audio=audio,
        project=path,
        charted=True,
        missing=restored.wanted if audio is None else "",
        continued=None if newer is None else newer.saved,
        view=restored.view,
    )


def _newer_draft(source: Path, project: Path, saved: Restored) -> Restored | None:
    """Edits of a project that only its draft holds (it could not be written, or was not)."""
    try:
        draft = restore(draft_path(source))
    except ChartHeroError:
        return None
    return draft if draft.project == project and draft.saved > saved.saved else None


def _open_draft(path: Path) -> Opened | None:
    draft = draft_path(path)
    if not draft.exists():
        return None
    try:
        restored = restore(draft)
        audio = song_audio(path)
    except ChartHeroError as error:
        _log.warning("Draft %s not used: %s", draft, error)
        return None
    return Opened(
        source=path,
        state=restored.state,
        audio=audio,
        project=restored.project,
        charted=True,
        continued=restored.saved,
        view=restored.view,
    )


def _open_song(path: Path) -> Opened:
    audio = song_audio(path)
    tags = read_tags((audio.mix or audio.drums)[0])
    metadata = Metadata(
        name=tags.title or audio.title,
        artist=tags.artist,
        album=tags.album,
        genre=tags.genre,
        year=tags.year,
    )
    return Opened(path, State(Song(metadata=metadata), default_plan()), audio)


def load_sound(files: SongAudio, domain: Domain, known: Sound, progress: Progress) -> Sound:
    """``known`` with one more domain's clip and peaks.

    Raises:
        AudioError: the files cannot be read.
    """
    clip, found = load_song_audio(files, domain, progress=progress)
    clips = {**known.clips, found: clip}
    pyramids = {**known.pyramids, found: PeakPyramid.of(clip)}
    duration_s = max(known.duration_s, clip.duration_s)
    return Sound(MappingProxyType(clips), MappingProxyType(pyramids), files, duration_s)


def domains_of(files: SongAudio) -> tuple[Domain, ...]:
    """Which clips to load, the one to look at first."""
    if not files.drums:
        return ("mix",)
    return ("drums",) if files.mix == files.drums else ("drums", "mix")
