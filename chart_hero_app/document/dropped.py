"""Several files dropped together: which of them to open, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chart_hero_app.document.opening import Opened, charted_folder
from chart_hero_core.audio.io import SongAudio, song_audio
from chart_hero_core.audio.readers import AUDIO_SUFFIXES
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.formats.audio_files import STEMS
from chart_hero_core.formats.chart_files import CHART_NAMES
from chart_hero_core.formats.project import SUFFIX
from chart_hero_core.formats.song_folder import SONG_SUFFIXES
from chart_hero_core.formats.song_ini import FILE_NAME


def meant_by(paths: Sequence[Path]) -> Path:
    """What to open of several files dropped together: the folder of a song's stems, or the first.

    ``paths`` is not empty.
    """
    folder = paths[0].parent
    together = len(paths) > 1 and all(path.parent == folder and path.is_file() for path in paths)
    return folder if together and _are_stems(paths, folder) else paths[0]


def _are_stems(paths: Sequence[Path], folder: Path) -> bool:
    """Whether files of ``folder`` are parts of its song, by the names of games or of separators."""
    if all(path.stem.lower() in STEMS for path in paths):
        return True
    try:
        audio = song_audio(folder)
    except ChartHeroError:
        return False
    return bool(audio.drums) and {*audio.drums} <= {*paths} <= {*audio.drums, *audio.mix}


def with_others_told(opened: Opened, path: Path, dropped: Sequence[Path]) -> Opened:
    """``opened``, found at ``path``, with a sentence on other songs that were dropped with it."""
    others = [other for other in dropped if _is_another_song(other, path, opened.audio)]
    if not others:
        return opened
    left = f"{others[0].name} was" if len(others) == 1 else f"the {len(others)} others were"
    sentence = f"Only one song can be open: {path.name} was opened, {left} not."
    return replace(opened, notes=(*opened.notes, sentence))


def _is_another_song(other: Path, path: Path, audio: SongAudio | None) -> bool:
    """Whether ``other`` could be opened, too, and is no part of what was found at ``path``."""
    if other == path or (audio is not None and other in (*audio.mix, *audio.drums)):
        return False
    name, stem = other.name.lower(), other.stem.lower()
    if other.parent == _whole_folder(path) and (stem in STEMS or name in CHART_NAMES.values()):
        return False
    return other.is_dir() or other.suffix.lower() in (*AUDIO_SUFFIXES, *SONG_SUFFIXES, SUFFIX)


def _whole_folder(path: Path) -> Path | None:
    """The folder that is one song, where that and no lone file is meant by ``path``."""
    if path.name.lower() in (*CHART_NAMES.values(), FILE_NAME):
        return path.parent
    return path if path.is_dir() else charted_folder(path)
