"""A song folder as one file: .zip for sharing, .sng for Clone Hero and YARG."""

import hashlib
import tempfile
import zipfile
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from chart_hero_core.base.errors import ChartError, StorageError
from chart_hero_core.base.files import atomic_write
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.chart_files import read_file
from chart_hero_core.formats.old_files import kept_if_changed
from chart_hero_core.formats.proof import ExportProof, verify_export
from chart_hero_core.formats.sng import SNG_SUFFIX, write_sng
from chart_hero_core.formats.song_folder import LoadedSong, save_song_folder
from chart_hero_core.formats.song_ini import FILE_NAME, ini_pairs, read_song_ini
from chart_hero_core.formats.text import encode_text

ZIP_SUFFIX = ".zip"
PACKAGE_SUFFIXES = (ZIP_SUFFIX, SNG_SUFFIX)
# Already compressed: packing them again costs time and saves nothing.
_COMPRESSED = (".ogg", ".opus", ".mp3", ".png", ".jpg", ".jpeg", ".mp4", ".webm")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: the same song gives the same bytes


def pack_folder(folder: Path, target: Path, deep: bool = False) -> None:
    """Pack the files of a song folder into ``target`` (.zip or .sng), atomically.

    Hidden files and subfolders stay out unless ``deep``. A .zip holds a folder named like itself.

    Raises:
        ChartError: the folder has no song.ini, or the target another suffix.
        StorageError: something cannot be read or written.
    """
    suffix = target.suffix.lower()
    if suffix not in PACKAGE_SUFFIXES:
        raise ChartError("A song can be packed as .zip or .sng.")
    try:
        files = {
            file.relative_to(folder).as_posix(): file
            for file in sorted(folder.rglob("*") if deep else folder.iterdir())
            if file.is_file() and (deep or not file.name.startswith(".")) and file != target
        }
    except OSError as error:
        raise StorageError(f"Could not read {folder}: {error.strerror or error}.") from error
    if FILE_NAME not in files:
        raise ChartError(f"{folder} has no song.ini, so it cannot be packed.")
    if suffix == ZIP_SUFFIX:
        _write_zip(target, files)
    else:
        metadata = read_song_ini(read_file(files.pop(FILE_NAME))).metadata
        pairs = ini_pairs(metadata)
        # Drawn from the song and not by chance: the same song gives the same bytes.
        mask = hashlib.sha256(encode_text(repr(list(pairs.items())))).digest()[:16]
        write_sng(target, pairs, files, mask)


def _write_zip(target: Path, files: Mapping[str, Path]) -> None:
    with atomic_write(target) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            inside_name = encode_text(f"{target.stem}/{name}").decode()
            info = zipfile.ZipInfo(inside_name, _EPOCH)
            packed = file.suffix.lower() in _COMPRESSED
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.file_size = file.stat().st_size
            with file.open("rb") as content, archive.open(info, "w") as inside:
                while chunk := content.read(1 << 20):
                    inside.write(chunk)


def save_package(
    song: Song,
    target: Path,
    *,
    formats: Sequence[str] = ("chart", "mid"),
    audio: Mapping[str, Path] = MappingProxyType({}),
    cover: Path | None = None,
    source: LoadedSong | None = None,
    replaceable: Container[str] = (),
) -> tuple[ExportProof, Path | None]:
    """Write a song straight into a .zip or .sng and prove it; see :func:`save_song_folder`.

    Args:
        replaceable: another package at ``target`` stays, as ``NAME.bak``, unless it has one of
            these digests.

    Returns:
        The proof, and the copy of what was replaced, if there is one.

    Raises:
        ChartError, AudioError, StorageError: as :func:`save_song_folder` and :func:`pack_folder`.
    """
    if target.suffix.lower() not in PACKAGE_SUFFIXES:
        raise ChartError("A song can be packed as .zip or .sng.")
    try:
        with tempfile.TemporaryDirectory(prefix="chart-hero-") as name:
            folder = Path(name) / (target.stem or "song")
            save_song_folder(song, folder, formats=formats, audio=audio, cover=cover, source=source)
            with kept_if_changed(target, replaceable) as kept:
                pack_folder(folder, target, True)
    except OSError as error:
        raise StorageError(f"Could not write {target}: {error.strerror or error}.") from error
    return verify_export(target, song), next(iter(kept), None)
