"""A transcription to files: the song folder the games read, and lists of hits."""

import re
from collections.abc import Sequence
from pathlib import Path

from chart_hero_core.audio.io import SongAudio
from chart_hero_core.base.drums import Hit
from chart_hero_core.base.files import write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.proof import ExportProof, verify_export
from chart_hero_core.formats.song_folder import save_song_folder

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
    progress.report(0.0, "Writing the song folder")
    written = save_song_folder(song, folder, formats=tuple(formats), audio=_stems(source))
    progress.check_cancelled()
    progress.report(0.8, "Reading the files back")
    proof = verify_export(folder, song)
    progress.report(1.0, "Done")
    return written, proof


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
