"""From a path somebody opened to what the document shows: which audio, which chart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from chart_hero_app.document.state import Sound, State
from chart_hero_core.audio.io import Domain, SongAudio, load_song_audio, song_audio
from chart_hero_core.audio.peaks import PeakPyramid
from chart_hero_core.audio.tags import read_tags
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Metadata, Song


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What was found at a path.

    Attributes:
        source: the path.
        state: chart, settings and flags to start with.
        audio: which sound files belong to it; None when they are missing.
        project: the project file, when the path is one.
        charted: whether a drum chart was found.
        notes: sentences about what was mended, missing or worth knowing.
    """

    source: Path
    state: State
    audio: SongAudio | None
    project: Path | None = None
    charted: bool = False
    notes: tuple[str, ...] = ()


def open_path(path: Path, progress: Progress) -> Opened:
    """Find out what ``path`` is and read everything of it but the audio itself.

    Raises:
        ChartHeroError: nothing there that could be opened.
    """
    progress.report(0.0, f"Opening {path.name}")
    audio = song_audio(path)
    tags = read_tags((audio.mix or audio.drums)[0])
    metadata = Metadata(
        name=tags.title or audio.title,
        artist=tags.artist,
        album=tags.album,
        genre=tags.genre,
        year=tags.year,
    )
    return Opened(path, State(song=Song(metadata=metadata)), audio)


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
