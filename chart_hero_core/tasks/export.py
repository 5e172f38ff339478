"""A transcription to files: the song folder the games read, and lists of hits."""

import re
from collections.abc import Sequence
from pathlib import Path

from chart_hero_core.audio.encode import provide_playable
from chart_hero_core.audio.io import SongAudio
from chart_hero_core.base.drums import Hit
from chart_hero_core.base.files import write_text
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.song_folder import ExportProof, save_song_folder, verify_export

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def folder_name(song: Song) -> str:
    """``Artist - Title`` without what file systems refuse."""
    name = f"{song.metadata.artist} - {song.metadata.name}"
    return _UNSAFE.sub("_", name).strip(" .")[:120] or "Song"


def export_song_folder(
    song: Song, source: SongAudio, folder: Path, formats: Sequence[str], progress: Progress
) -> tuple[list[Path], ExportProof]:
    """Write a complete song folder (chart, song.ini, audio), then read it back and compare.

    Raises:
        AudioError, StorageError: the audio cannot be read, or the folder not written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    audio: dict[str, Path] = {}
    stems = _stems(source)
    for index, (stem, path) in enumerate(stems.items()):
        part = SubProgress(progress, 0.9 * index / len(stems), 0.9 * (index + 1) / len(stems))
        audio[stem] = provide_playable(path, folder, stem, part)
    written = save_song_folder(song, folder, formats=tuple(formats), audio=audio)
    progress.report(0.95, "Reading the files back")
    proof = verify_export(folder, song)
    progress.report(1.0, "Done")
    return [*audio.values(), *(path for path in written if path not in audio.values())], proof


def _stems(source: SongAudio) -> dict[str, Path]:
    """The files the games will play, by the stem names they know."""
    if source.source.is_file():
        return {"song": source.source}
    files = source.mix or source.drums
    if len(files) == 1:
        return {"song": files[0]}
    return {path.stem.lower(): path for path in files}


def write_hits(hits: Sequence[Hit], path: Path) -> None:
    """``seconds<TAB>class<TAB>confidence`` rows, as heard: before any snapping to the grid."""
    rows = [f"{max(hit.time_s, 0.0):.6f}\t{hit.drum.label}\t{hit.confidence:.4f}\n" for hit in hits]
    write_text(path, "".join(rows))
