"""From a path somebody opened to what the document shows: which audio, which chart."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chart_hero_app.document.moved import Moved, moved_draft
from chart_hero_app.document.state import Sound, State
from chart_hero_app.document.storage import Restored, draft_path, new_state, restore
from chart_hero_core.audio.io import SongAudio, load_audio, load_song_audio, song_audio
from chart_hero_core.audio.peaks import PeakPyramid
from chart_hero_core.audio.readers import AUDIO_SUFFIXES, open_blocks
from chart_hero_core.audio.tags import tags_or_name
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import AudioError, ChartError, ChartHeroError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.delay import without_delay
from chart_hero_core.chart.song import Metadata, Song
from chart_hero_core.formats.audio_files import STEMS
from chart_hero_core.formats.chart_files import CHART_NAMES
from chart_hero_core.formats.old_files import keep_old
from chart_hero_core.formats.project import SUFFIX, load_project
from chart_hero_core.formats.sng import SNG_SUFFIX
from chart_hero_core.formats.song_folder import SONG_SUFFIXES, load_song

_ROOM_S = 10.0  # for notes after the last one
_MOST_PROJECTS = 8  # looked into for the one of a song

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
        silent: why there is no sound although the song is there; empty where there is.
        replaced: a sound that lies where that of the project was; it may be used instead.
        continued: when the draft that was taken up had been saved.
        view: what the views remembered.
        saved_as: the newest project of a song that was opened without it, see :func:`project_of`.
        moved: unsaved work that was done on the song at another place.
    """

    source: Path
    state: State
    audio: SongAudio | None
    project: Path | None = None
    charted: bool = False
    notes: tuple[str, ...] = ()
    missing: str = ""
    silent: str = ""
    replaced: Path | None = None
    continued: datetime | None = None
    view: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    saved_as: Path | None = None
    moved: Moved | None = None


def open_path(
    path: Path,
    progress: Progress,
    *,
    use_draft: bool = True,
    use_chart: bool = True,
    moved: Moved | None = None,
) -> Opened:
    """Find out what ``path`` is and read everything of it but the audio itself.

    A draft of the song is taken up where it was left, unless ``use_draft`` is false. A chart in
    a song folder is left alone when ``use_chart`` is false. ``moved`` is to be taken up instead.

    Raises:
        ChartHeroError: nothing there that could be opened.
    """
    progress.report(0.0, f"Opening {path.name}")
    if moved is not None:
        return _take_up(path, moved)
    if path.suffix.lower() == SUFFIX:
        return _open_project(path, use_draft)
    draft, lost = _draft_of(path) if use_draft else (None, ())
    if draft is not None:
        opened = _open_draft(path, draft)
    else:
        opened = _open_song(path) if use_chart else _open_sound(path)
        elsewhere = moved_draft(path) if use_draft and not lost else None
        opened = replace(opened, notes=(*opened.notes, *lost), moved=elsewhere)
    return opened if opened.project else replace(opened, saved_as=project_of(path))


def _take_up(path: Path, moved: Moved) -> Opened:
    """The song at its new place with the work that was done on it at the old one."""
    draft = restore(moved.draft)
    if path.suffix.lower() == SUFFIX:
        opened = _open_project(path, use_draft=False)
        return replace(opened, state=draft.state, continued=draft.saved, moved=None)
    there = draft.project is not None and draft.project.exists()
    return _open_draft(path, draft if there else replace(draft, project=None))


def project_of(song: Path) -> Path | None:
    """The project, saved last, in a song's folder that is about this song; None without one."""
    folder = song if song.is_dir() else song.parent
    try:
        files = [file for file in folder.iterdir() if file.suffix.lower() == SUFFIX]
        files.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    except OSError:
        return None
    for file in files[:_MOST_PROJECTS]:
        with contextlib.suppress(ChartHeroError, OSError):
            song_of = load_project(file).audio
            found = song_of.find(file) or song_of.replaced(file)
            if found is not None and _one_song(found, song):
                return file
    return None


def _one_song(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same song: equal, or one the folder of the other."""
    inside = other.parent if one.is_dir() and other.is_file() else other
    around = one.parent if other.is_dir() and one.is_file() else one
    return around.samefile(inside)


def _open_project(path: Path, use_draft: bool) -> Opened:
    restored = restore(path)
    audio, silent = (None, "") if restored.source is None else _sound_of(restored.source)
    source = restored.source or restored.replaced or Path(restored.wanted or path)
    newer, lost = _newer_draft(source, path, restored) if use_draft else (None, ())
    elsewhere = moved_draft(source) if use_draft and newer is None and not lost else None
    if elsewhere is not None and elsewhere.saved <= restored.saved:
        elsewhere = None
    return Opened(
        source=source,
        state=restored.state if newer is None else newer.state,
        audio=audio,
        project=path,
        charted=True,
        notes=lost,
        silent=silent,
        missing=restored.wanted if restored.source is None else "",
        replaced=restored.replaced,
        continued=None if newer is None else newer.saved,
        view=restored.view,
        moved=elsewhere,
    )


def _newer_draft(
    source: Path, project: Path, saved: Restored
) -> tuple[Restored | None, tuple[str, ...]]:
    """Edits of a project that only its draft holds (it could not be written, or was not)."""
    draft, lost = _draft_of(source)
    newer = draft is not None and draft.project == project and draft.saved > saved.saved
    return (draft if newer else None), lost


def _draft_of(source: Path) -> tuple[Restored | None, tuple[str, ...]]:
    """The draft of a song, or what is to be said of one that cannot be read.

    The next save would write over it; it may be of use to somebody, or to a newer version.
    """
    draft = draft_path(source)
    if not draft.exists():
        return None, ()
    try:
        return restore(draft), ()
    except ChartHeroError as error:
        _log.warning("Draft %s not used: %s", draft, error)
        text = f"Your unsaved work on this song cannot be restored. {error}"
    try:
        keep_old(draft, b"")
    except ChartHeroError as error:
        _log.warning("Draft %s not kept: %s", draft, error)
        return None, (text,)
    return None, (f"{text} A copy of it is kept in {draft.parent}.",)


def _open_draft(path: Path, restored: Restored) -> Opened:
    there = path.exists()
    audio, silent = _sound_of(path) if there else (None, "")
    return Opened(
        source=path,
        state=restored.state,
        audio=audio,
        project=restored.project,
        charted=True,
        silent=silent,
        missing="" if there else str(path),
        continued=restored.saved,
        view=restored.view,
    )


def _open_song(path: Path) -> Opened:
    """A folder or chart with what its chart says, or sound with what its tags say."""
    folder = charted_folder(path)
    if folder is not None or path.suffix.lower() in (*SONG_SUFFIXES, ".ini"):
        return _open_charted(folder or path)
    return _open_sound(path)


def _open_sound(path: Path) -> Opened:
    audio = song_audio(path)
    _check_heard(audio)
    told = Metadata()
    if path.is_dir():
        with contextlib.suppress(ChartHeroError):
            told = load_song(path).song.metadata
    if not told.name:
        tags = tags_or_name((audio.mix or audio.drums)[0], audio.title)
        told = replace(
            told,
            name=tags.title,
            artist=told.artist or tags.artist,
            album=told.album or tags.album,
            genre=told.genre or tags.genre,
            year=told.year or tags.year,
        )
    return Opened(path, new_state(Song(metadata=told)), audio)


def _check_heard(audio: SongAudio) -> None:
    """Without a chart and a sound that can be read there is nothing to show.

    Such a file (a text, say) or folder must not take the place of the song that is open.
    """
    broken: AudioError | None = None
    for domain in domains_of(audio):
        try:
            for file in audio.drums if domain == "drums" else audio.mix:
                _check_holds_sound(file)
        except AudioError as error:
            broken = broken or error
        else:
            return
    if broken is not None:
        raise broken


def _check_holds_sound(file: Path) -> None:
    """A header may promise sound that is not behind it, so the first of it is read."""
    with open_blocks(file) as blocks:
        if any(len(block) for block in blocks):
            return
    load_audio(file)  # saves what can be saved, or says that nothing can


def _sound_of(path: Path) -> tuple[SongAudio | None, str]:
    """The sound of a song whose chart is known, or why there is none.

    What has become of the chart beside it does not matter, but a package must be unpacked.
    """
    try:
        packed = path.suffix.lower() == SNG_SUFFIX
        return song_audio(load_song(path).folder if packed else path), ""
    except ChartHeroError as error:
        return None, _without_sound(error)


def _without_sound(error: ChartHeroError) -> str:
    return f"The chart is open without sound. {error}"


def charted_folder(path: Path) -> Path | None:
    """The song folder meant by ``path``: itself, or that of a stem beside a chart."""
    if path.is_dir():
        names = {file.name.lower() for file in path.iterdir()}
        return path if names & {*CHART_NAMES.values(), "song.ini"} else None
    if path.suffix.lower() in AUDIO_SUFFIXES and path.stem.lower() in STEMS:
        names = {file.name.lower() for file in path.parent.iterdir()}
        return path.parent if names & set(CHART_NAMES.values()) else None
    return None


def _open_charted(path: Path) -> Opened:
    loaded = load_song(path)
    audio: SongAudio | None = None
    silent = ""
    try:
        audio = song_audio(loaded.folder)
    except AudioError as error:
        silent = _without_sound(error)
    song, remark = _in_time(loaded.song)
    if not song.metadata.name:
        song = replace(song, metadata=replace(song.metadata, name=loaded.folder.name))
    charted = any(track.notes for track in song.tracks.values())
    notes = (*loaded.mended, *remark)
    return Opened(path, new_state(song), audio, charted=charted, notes=notes, silent=silent)


def _in_time(song: Song) -> tuple[Song, list[str]]:
    """``song`` where its sound is, and what was done for that: the timeline knows no delay."""
    delay_ms = song.metadata.delay_ms
    if not delay_ms:
        return song, []
    try:
        settled = without_delay(song)
    except ChartError as error:
        return song, [f"The chart is {abs(delay_ms)} ms off its audio. {error}"]
    return settled, [f"The song's delay of {delay_ms} ms is now part of the tempo map."]


def chart_length_s(song: Song) -> float:
    """How far a chart without sound can be walked through; 0 when there is nothing in it."""
    notes = [track.notes[-1].tick for track in song.tracks.values() if track.notes]
    ticks = [*notes, *(section.tick for section in song.sections), song.end_tick or 0]
    last_s = song.tempo_map.seconds(max(ticks))
    return last_s + _ROOM_S if last_s > 0 or notes else 0.0


def load_sound(files: SongAudio, domain: Domain, known: Sound, progress: Progress) -> Sound:
    """``known`` with one more domain's clip and peaks.

    Raises:
        AudioError: the files cannot be read.
    """
    # Only here, as it takes scipy along.
    from chart_hero_core.features.domain import heard_domain

    clip, loaded = load_song_audio(files, domain, progress=progress)
    found = heard_domain(files, clip, loaded)
    clips = {**known.clips, found: clip}
    pyramids = {**known.pyramids, found: PeakPyramid.of(clip)}
    duration_s = max(known.duration_s, clip.duration_s)
    return Sound(MappingProxyType(clips), MappingProxyType(pyramids), files, duration_s)


def domains_of(files: SongAudio) -> tuple[Domain, ...]:
    """Which clips to load, the one to look at first."""
    if not files.drums:
        return ("mix",)
    return ("drums",) if files.mix == files.drums else ("drums", "mix")
