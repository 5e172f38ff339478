"""A transcription to files: the song folder the games read, and lists of hits."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from chart_hero_core.audio.io import SongAudio
from chart_hero_core.audio.tags import read_tags
from chart_hero_core.base.drums import Hit
from chart_hero_core.base.errors import ChartError
from chart_hero_core.base.files import write_bytes, write_text
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.chart.lead_in import with_lead_in
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.audio_files import STEMS, encode_later
from chart_hero_core.formats.proof import ExportProof, verify_export
from chart_hero_core.formats.song_folder import charts_among, find_cover, save_song_folder
from chart_hero_core.tasks.transcribed import remember_transcribed, transcribed

# Stems that games do not know by name, and the parts their sound may be played as.
_PLAYED_AS = {"other": ("keys", "rhythm"), "backing": ("song", "keys"), "guitar_coop": ("rhythm",)}
# How the pictures that games show begin, and what they are called.
_PICTURES = {b"\x89PNG": "album.png", b"\xff\xd8\xff": "album.jpg"}


def export_song_folder(
    song: Song,
    source: SongAudio,
    folder: Path,
    formats: Sequence[str] = ("chart",),
    progress: Progress | None = None,
    lead_in: bool = False,
    by_hand: bool = False,
) -> tuple[list[Path], ExportProof]:
    """Write a complete song folder (chart, song.ini, audio, cover), read it back and compare.

    An older chart there is kept, see :func:`save_song_folder`, unless a transcription wrote it.

    Args:
        source: the song's audio, which is copied or encoded into the folder.
        formats: ``"chart"``, ``"mid"`` or both.
        lead_in: whether whole bars of silence come before the song, see :func:`with_silence`.
        by_hand: whether a person's chart went into the song, so that it cannot be had again.

    Returns:
        the files written, and what a comparison with the files as read back found.

    Raises:
        AudioError, StorageError: the audio cannot be read, or the folder not written.
        ChartError: the silence would be written into the song's own sound.
    """
    progress = progress or SilentProgress()
    progress.report(0.0, "Writing the song folder")
    audio = game_stems(source)
    with tempfile.TemporaryDirectory(prefix="chart-hero-") as scratch:
        if lead_in:
            song, audio = with_silence(song, audio, folder, Path(scratch))
        progress.check_cancelled()
        cover = cover_file(song_cover(source), Path(scratch))
        written = save_song_folder(
            song,
            folder,
            formats=tuple(formats),
            audio=audio,
            cover=cover,
            replaceable=transcribed(),
        )
    if not by_hand:
        remember_transcribed(charts_among(written))
    # From here on it is too late to stop: the folder is there, and must be told.
    progress.report(0.8, "Reading the files back")
    proof = verify_export(folder, song)
    progress.report(1.0, "Done")
    return written, proof


def song_cover(audio: SongAudio) -> Path | bytes | None:
    """The album picture in the song's folder, else the one inside its sound.

    Raises:
        FormatError: the folder cannot be read.
    """
    if audio.source not in audio.mix and (found := find_cover(audio.folder)):
        return found
    data = read_tags((audio.mix or audio.drums)[0]).cover
    return data if data is not None and _picture_name(data) else None


def cover_file(cover: Path | bytes | None, scratch: Path) -> Path | None:
    """The picture of :func:`song_cover` as a file; bytes are written into ``scratch``.

    Raises:
        StorageError: they cannot be written there.
    """
    if not isinstance(cover, bytes):
        return cover
    name = _picture_name(cover)
    if name is None:
        return None
    write_bytes(scratch / name, cover)
    return scratch / name


def _picture_name(data: bytes) -> str | None:
    return next((name for start, name in _PICTURES.items() if data.startswith(start)), None)


def refuse_own_sound(audio: Mapping[str, Path], target: Path) -> None:
    """Raise :class:`ChartError` when ``target`` is where the song's own sound lies."""
    if any(file.parent.resolve() == target.resolve() for file in audio.values()):
        raise ChartError(
            "Silence would be written into the song's own sound. Choose another folder."
        )


def with_silence(
    song: Song, audio: Mapping[str, Path], target: Path, scratch: Path
) -> tuple[Song, dict[str, Path]]:
    """The song after whole bars of silence, and its sound, encoded into ``scratch``.

    Args:
        audio: sound files by stem.
        target: the folder it will be written to.

    Raises:
        AudioError, StorageError: the audio cannot be read, or not written.
        ChartError: the audio lies in ``target``, which would add silence with every export.
    """
    refuse_own_sound(audio, target)
    later, silence_s = with_lead_in(song)
    padded = {stem: scratch / f"{stem}.ogg" for stem in audio}
    for stem, file in audio.items():
        # A preview is a piece of its own, without a chart to be in time with.
        encode_later(file, padded[stem], 0.0 if stem == "preview" else silence_s)
    return later, padded


def game_stems(source: SongAudio) -> dict[str, Path]:
    """The files the games will play, by the stem names they know."""
    if source.source in source.mix:
        return {"song": source.source}
    files = source.mix or source.drums
    if len(files) == 1:
        return {"song": files[0]}
    stems = {path.stem.lower(): path for path in files if path.stem.lower() in STEMS}
    for path in files:
        if path not in stems.values():
            first = ("drums",) if path in source.drums else _PLAYED_AS.get(path.stem.lower(), ())
            wanted = (*first, *STEMS)
            free = [name for name in wanted if name in STEMS and name not in stems]
            stems[free[0]] = path
    return stems


def write_hits(hits: Sequence[Hit], path: Path) -> None:
    """``seconds<TAB>class<TAB>confidence`` rows, as heard: before any snapping to the grid."""
    rows = [f"{max(hit.time_s, 0.0):.6f}\t{hit.drum.label}\t{hit.confidence:.4f}\n" for hit in hits]
    write_text(path, "".join(rows))
