"""Opening one source: its chart, its sound files, and fingerprints for recognising duplicates."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chart_hero_core.audio.io import SongAudio, song_audio
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import AudioError, DatasetError, FormatError
from chart_hero_core.chart.song import Metadata
from chart_hero_core.dataset.labels import Labels, labels_of, labels_of_project
from chart_hero_core.dataset.sources import Source, SourceKind
from chart_hero_core.formats.chart_files import CHART_NAMES
from chart_hero_core.formats.project import load_project
from chart_hero_core.formats.song_folder import (
    find_charts,
    find_ini,
    load_song,
    load_song_folder,
)

_BLOCK = 1 << 20
# Raised when what is made of a song changes, so that earlier shards are made anew.
RECIPE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A source, read.

    Attributes:
        offset_s: where its song.ini (or chart) says the chart lies in the audio.
        files: the sound files by domain; a song may have both, or one.
        mended: what the reader had to repair or guess.
        in_place: the chart was made on this very audio (a project of the app).
    """

    metadata: Metadata
    labels: Labels
    offset_s: float
    files: dict[Domain, tuple[Path, ...]]
    mended: tuple[str, ...]
    in_place: bool = False


def read_content(source: Source, unpack_to: Path, *, any_kit: bool = False) -> Content:
    """Read a source; a .sng is unpacked to ``unpack_to``.

    Raises:
        ChartHeroError: it cannot be read, or not be learned from; the sentence says why.
    """
    if source.kind is SourceKind.PROJECT:
        return _project(source)
    if source.kind is SourceKind.SNG:
        loaded = load_song(source.path, unpack_to=unpack_to)
    elif source.kind is SourceKind.EXPORT:
        loaded = load_song(source.path)
    elif source.chart is None or source.chart.name.lower() in CHART_NAMES.values():
        loaded = load_song_folder(source.path)
    else:
        loaded = load_song(source.chart)
    labels = labels_of(loaded.song, any_kit=any_kit)
    metadata = loaded.song.metadata
    files = audio_files(song_audio(loaded.folder))
    return Content(metadata, labels, metadata.delay_ms / 1e3, files, loaded.mended)


def _project(source: Source) -> Content:
    project = load_project(source.path)
    labels = labels_of_project(project)
    place = project.audio.find(source.path)
    if place is None and (other := project.audio.replaced(source.path)) is not None:
        raise DatasetError(
            f"The sound of this project, {other}, was changed or replaced since it was saved: "
            "open it in the app and check that the notes are in time."
        )
    if place is None:
        raise DatasetError(f"The sound of this project, {project.audio.path}, is not there.")
    metadata = project.song.metadata
    # The app draws charts on the audio itself: what it saves needs no delay.
    files = audio_files(song_audio(place))
    return Content(metadata, labels, 0.0, files, (), in_place=True)


def audio_files(audio: SongAudio) -> dict[Domain, tuple[Path, ...]]:
    """The files of each domain; a mix that is nothing but the drums is none."""
    files: dict[Domain, tuple[Path, ...]] = {}
    if audio.drums:
        files["drums"] = audio.drums
    if audio.mix and set(audio.mix) != set(audio.drums):
        files["mix"] = audio.mix
    return files


def source_files(source: Source) -> tuple[Path, ...]:
    """Every file that what is made of a source depends on.

    Raises:
        FormatError: a file or folder cannot be read.
    """
    if source.kind is SourceKind.SNG:
        return (source.path,)
    if source.kind is SourceKind.PROJECT:
        place = load_project(source.path).audio.find(source.path)
        return (source.path, *(() if place is None else _sounds(place)))
    if source.kind is SourceKind.EXPORT:
        return (source.path, *_sounds(source.path.parent))
    charts = find_charts(source.path)  # all: a broken one makes way for another
    own = dict.fromkeys((find_ini(source.path), source.chart, *charts))
    return (*(file for file in own if file is not None and file.is_file()), *_sounds(source.path))


def _sounds(place: Path) -> Iterator[Path]:
    try:
        audio = song_audio(place)
    except AudioError:
        return  # said again, and to the person, when the song is read
    yield from dict.fromkeys((*audio.drums, *audio.mix))


def quick_mark(source: Source, files: Sequence[Path], options: dict[str, Any]) -> str:
    """A mark that stays while names, sizes and times of a source's files do.

    Raises:
        FormatError: a file is gone or must not be looked at.
    """
    rows = []
    for file in files:
        try:
            status = file.stat()
        except OSError as error:
            raise FormatError(f"Could not read {file}: {error.strerror or error}.") from error
        rows.append([str(file), status.st_size, status.st_mtime_ns])
    described = json.dumps([RECIPE, str(source.path), rows, options], sort_keys=True)
    return hashlib.sha256(described.encode("utf-8", "surrogateescape")).hexdigest()


def content_mark(files: Sequence[Path]) -> str:
    """A mark of what the files hold, wherever they lie.

    Raises:
        FormatError: one cannot be read.
    """
    mark = hashlib.sha256(str(RECIPE).encode())
    for file in files:
        try:
            mark.update(f"\0{file.name}\0{file.stat().st_size}\0".encode("utf-8", "replace"))
            with file.open("rb") as content:
                while block := content.read(_BLOCK):
                    mark.update(block)
        except OSError as error:
            raise FormatError(f"Could not read {file}: {error.strerror or error}.") from error
    return mark.hexdigest()
