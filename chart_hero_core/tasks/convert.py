"""Converting a chart between .chart, .mid, .sng, .zip and song folders."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from chart_hero_core.audio.readers import AUDIO_SUFFIXES
from chart_hero_core.base.errors import ChartError
from chart_hero_core.base.files import write_bytes
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.chart_files import CHART_NAMES, parse_chart, read_file
from chart_hero_core.formats.dot_chart import write_chart
from chart_hero_core.formats.midi import write_midi
from chart_hero_core.formats.old_files import keep_old
from chart_hero_core.formats.package import PACKAGE_SUFFIXES, save_package
from chart_hero_core.formats.project import SUFFIX as PROJECT_SUFFIX
from chart_hero_core.formats.proof import (
    ExportProof,
    compare_songs,
    left_out,
    note_count,
    verify_export,
)
from chart_hero_core.formats.song_folder import LoadedSong, find_ini, load_song, save_song_folder
from chart_hero_core.formats.song_ini import read_song_ini
from chart_hero_core.tasks.transcribed import transcribed

ALL_FORMATS = tuple(CHART_NAMES)
_LONE_SUFFIXES = {".chart": "chart", ".mid": "mid", ".midi": "mid"}
# What nobody calls a folder. Any other ending may be part of a title: "Mr. Brightside", "vol.2".
_NO_FOLDERS = frozenset(
    (
        *(".txt", ".ini", ".csv", ".tsv", ".xml", ".html", ".pdf", ".md", ".log", ".yaml"),
        *(".musicxml", ".mxl", ".gp", ".gp3", ".gp4", ".gp5", ".gpx", ".eof", ".rpp", ".dtx"),
        *(".rar", ".7z", ".gz", ".tar", ".bak", ".dta", ".rb3con", ".con"),
        *(".png", ".jpg", ".jpeg", ".npz", PROJECT_SUFFIX, *AUDIO_SUFFIXES),
    )
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a conversion did.

    Attributes:
        song: the song as it was read.
        written: the files now there, with what they replaced (``.bak``).
        mended: sentences on what was repaired while reading.
        proof: what reading the files back found.
    """

    song: Song
    written: tuple[Path, ...]
    mended: tuple[str, ...]
    proof: ExportProof


def convert(
    source: Path, target: Path, formats: Sequence[str] | None, progress: Progress
) -> Conversion:
    """Read ``source``, write ``target``, read it back.

    Args:
        source: song folder, .chart, .mid, .sng or drum export (.json).
        target: a file ending in .chart, .mid (or .midi), .sng or .zip; anything else is a song
            folder, which gets song.ini, sound files and pictures as well. Charts and packages that
            are replaced are kept, see :func:`save_song_folder`. A name that ends like another kind
            of file is a folder only where one of that name is there already.
        formats: which charts a folder or package shall hold (``chart``, ``mid``), None for both.

    Raises:
        FormatError: the source cannot be read.
        ChartError: the song cannot be written in that format, or the format does not fit the
            name of the target, or that name is one of a file that is not written.
        AudioError, StorageError: a sound file cannot be read, the target not written.
    """
    _refuse_other_files(target)
    with ExitStack() as stack:
        unpacked = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chart-hero-")))
        progress.report(0.0, f"Reading {source.name}")
        loaded = load_song(source, unpack_to=unpacked / "song")
        progress.check_cancelled()
        progress.report(0.3, f"Writing {target.name}")
        written, proof = _write(loaded, target, formats)
        progress.report(1.0, "Done")
    return Conversion(loaded.song, written, loaded.mended, proof)


def _refuse_other_files(target: Path) -> None:
    """A target that was meant as a file of a kind that is not written must not become a folder."""
    if target.is_dir():
        return
    suffix = target.suffix.lower()
    if suffix == ".json":
        raise ChartError("A drum export in .json can be read but not written.")
    if suffix in _NO_FOLDERS:
        raise ChartError(
            f"No {suffix} files are written. Convert to NAME.chart, NAME.mid, NAME.sng, NAME.zip "
            "or to a song folder, which is a name without an ending."
        )


def _write(
    loaded: LoadedSong, target: Path, formats: Sequence[str] | None
) -> tuple[tuple[Path, ...], ExportProof]:
    suffix = target.suffix.lower()
    if suffix in _LONE_SUFFIXES and not target.is_dir():
        kind = _LONE_SUFFIXES[suffix]
        if formats is not None and set(formats) != {kind}:
            raise ChartError(f"{target.name} can only hold one chart, in the format {kind}.")
        return _write_lone(loaded.song, target, kind)
    kinds = tuple(formats or ALL_FORMATS)
    if suffix in PACKAGE_SUFFIXES and not target.is_dir():
        proof, copy = save_package(
            loaded.song,
            target,
            formats=kinds,
            audio=loaded.audio,
            cover=loaded.cover,
            source=loaded,
        )
        return (target,) if copy is None else (target, copy), proof
    files = save_song_folder(
        loaded.song, target, formats=kinds, source=loaded, replaceable=transcribed()
    )
    return tuple(files), verify_export(target, loaded.song)


def _write_lone(song: Song, target: Path, kind: str) -> tuple[tuple[Path, ...], ExportProof]:
    """One chart file by itself, proved by reading the bytes back."""
    told_ms = _delay_beside(target)
    data = write_midi(song) if kind == "mid" else write_chart(song, lone=told_ms is None)
    found = parse_chart(f"song.{kind}", data).song
    if kind == "mid":  # a .mid has no place for title and artist
        found = replace(found, metadata=song.metadata)
    kept = keep_old(target, data, transcribed())
    write_bytes(target, data)
    sentences = [*compare_songs(song, found), *_lost_delay(song, kind, told_ms)]
    proof = ExportProof(
        note_count(song),
        note_count(found),
        tuple(f"{target.name}: {text}" for text in sentences),
        (target.name,),
        tuple(left_out(song, kind, target.name)),
    )
    return (target,) if kept is None else (target, kept), proof


def _delay_beside(target: Path) -> int | None:
    """The delay in milliseconds that a song.ini in the same folder says; None where none does."""
    file = find_ini(target.parent) if target.parent.is_dir() else None
    if file is None:
        return None
    ini = read_song_ini(read_file(file))
    return ini.metadata.delay_ms if "delay" in ini.keys else None


def _lost_delay(song: Song, kind: str, told_ms: int | None) -> Iterator[str]:
    delay_ms = song.metadata.delay_ms
    if told_ms is not None and told_ms != delay_ms:
        yield f"The song.ini beside it says a delay of {told_ms} ms; the song has {delay_ms} ms."
    elif told_ms is None and kind == "mid" and delay_ms:
        yield f"A .mid has no place for the delay of {delay_ms} ms; write it into a song.ini."
