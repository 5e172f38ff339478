"""From the document to files for the games, and the proof that they say what the song says."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from chart_hero_core.audio.io import SongAudio
from chart_hero_core.base.errors import ChartError, ChartHeroError, FormatError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.audio_files import find_stems
from chart_hero_core.formats.old_files import digest, is_copy
from chart_hero_core.formats.package import ZIP_SUFFIX, save_package
from chart_hero_core.formats.proof import ExportProof, verify_export
from chart_hero_core.formats.sng import SNG_SUFFIX
from chart_hero_core.formats.song_folder import (
    LoadedSong,
    charts_among,
    find_cover,
    load_song,
    save_song_folder,
)
from chart_hero_core.formats.song_ini import default_folder_name
from chart_hero_core.tasks.export import cover_file, game_stems, song_cover, with_silence
from chart_hero_core.tasks.transcribed import transcribed


class Package(Enum):
    """What the export is put into."""

    FOLDER = "Folder"
    ZIP = "Zip archive"
    SNG = ".sng file"

    @property
    def suffix(self) -> str:
        """Of the file; empty for a folder."""
        return {Package.FOLDER: "", Package.ZIP: ZIP_SUFFIX, Package.SNG: SNG_SUFFIX}[self]


@dataclass(frozen=True, slots=True, eq=False)
class ExportPlan:
    """What to write and where. ``cover`` is a picture file, or its bytes from the tags."""

    song: Song
    target: Path
    package: Package = Package.FOLDER
    formats: tuple[str, ...] = ("chart", "mid")
    source: Path | None = None
    audio: SongAudio | None = None
    cover: Path | bytes | None = None
    lead_in: bool = False  # whether silence comes before the song
    own: frozenset[str] = frozenset()  # digests of files that this work on the song has written


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: its proof, copies of what it replaced, digests of what may be work."""

    proof: ExportProof
    kept: tuple[Path, ...] = ()
    digests: frozenset[str] = frozenset()

    @property
    def remark(self) -> str:
        """``Replaced files are kept: notes.chart.bak``; empty where nothing was replaced."""
        names = ", ".join(file.name for file in self.kept)
        return f"Replaced files are kept: {names}" if names else ""


def default_target(song: Song, source: Path | None, package: Package) -> Path:
    """A place beside the song; in the home folder where nothing can be written there."""
    beside = source is not None and os.access(source.parent, os.W_OK)
    parent = source.parent if source is not None and beside else Path.home()
    return parent / f"{default_folder_name(song.metadata)}{package.suffix}"


def found_cover(source: Path | None, audio: SongAudio | None) -> Path | bytes | None:
    """The album picture in the song's folder, else the one inside the sound file."""
    with contextlib.suppress(FormatError):  # a folder that cannot be read shows no picture
        if source is not None and source.is_dir() and (found := find_cover(source)):
            return found
        return None if audio is None else song_cover(audio)
    return None


def export(plan: ExportPlan, progress: Progress) -> Exported:
    """Write everything, read it back and compare; charts and packages that are replaced are kept.

    Raises:
        ChartError, AudioError, StorageError: it cannot be written; nothing is half written.
    """
    if not plan.formats:
        raise ChartError("Choose notes.chart, notes.mid or both.")
    progress.report(0.05, "Collecting the files")
    source = _source(plan)
    with tempfile.TemporaryDirectory(prefix="chart-hero-") as folder:
        content = _gathered(plan, source, Path(folder))
        progress.report(0.2, "Writing chart and audio")
        progress.check_cancelled()
        write = _write_folder if plan.package is Package.FOLDER else _write_package
        exported = write(plan, content, progress)
    progress.report(1.0, "Done")
    return exported


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """What goes into the export: the song as it is written, and the files beside it."""

    song: Song
    audio: Mapping[str, Path]
    cover: Path | None
    source: LoadedSong | None


def _gathered(plan: ExportPlan, source: LoadedSong | None, folder: Path) -> _Content:
    """The content; what has to be made for it comes to lie in ``folder``."""
    song, audio = plan.song, stems(plan.audio)
    cover = cover_file(plan.cover, folder)
    if plan.lead_in:
        audio = audio or (source.audio if source else {})
        song, audio = with_silence(plan.song, audio, plan.target, folder)
    return _Content(song, audio, cover, source)


def _write_folder(plan: ExportPlan, content: _Content, progress: Progress) -> Exported:
    written = save_song_folder(
        content.song,
        plan.target,
        formats=plan.formats,
        audio=content.audio,
        cover=content.cover,
        source=content.source,
        replaceable=transcribed() | plan.own,
    )
    progress.report(0.9, "Reading the files back")
    return _told(written, verify_export(plan.target, content.song))


def _write_package(plan: ExportPlan, content: _Content, _progress: Progress) -> Exported:
    proof, copy = save_package(
        content.song,
        plan.target,
        formats=plan.formats,
        audio=content.audio,
        cover=content.cover,
        source=content.source,
        replaceable=plan.own,
    )
    kept = () if copy is None else (copy,)
    return Exported(proof, kept, frozenset((digest(plan.target),)))


def _told(written: Sequence[Path], proof: ExportProof) -> Exported:
    kept = tuple(file for file in written if is_copy(file))
    return Exported(proof, kept, frozenset(digest(file) for file in charts_among(written)))


def stems(audio: SongAudio | None) -> Mapping[str, Path]:
    """The sound files by the names that games know."""
    if audio is None:
        return {}
    if audio.source.is_dir() or audio.source not in audio.mix:
        found = find_stems(audio.folder)
        if found:
            return found
    return game_stems(audio)


def _source(plan: ExportPlan) -> LoadedSong | None:
    """What else lies in the song's folder: cover, background, video."""
    if plan.source is None or not (
        plan.source.is_dir() or plan.source.suffix.lower() == SNG_SUFFIX
    ):
        return None
    try:
        return load_song(plan.source)
    except ChartHeroError:
        return None
