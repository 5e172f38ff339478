"""A song folder on disk: reading it, writing it, and lone charts and .sng files alike."""

import hashlib
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from chart_hero_core.audio.io import NOT_MUSIC
from chart_hero_core.audio.readers import AUDIO_SUFFIXES
from chart_hero_core.base.errors import ChartError, FormatError
from chart_hero_core.base.files import (
    is_reserved_name,
    replaced_together,
    user_cache_dir,
    write_bytes,
)
from chart_hero_core.chart.rating import estimate_rating
from chart_hero_core.chart.song import Metadata, Song
from chart_hero_core.formats.audio_files import (
    STEMS,
    audio_length_s,
    copy_file,
    find_stems,
    place_audio,
    playable_suffix,
    target_name,
)
from chart_hero_core.formats.chart_choice import choose_chart
from chart_hero_core.formats.chart_files import (
    CHART_NAMES,
    CHART_SUFFIXES,
    chart_bytes,
    merged_metadata,
    parse_chart,
    read_file,
)
from chart_hero_core.formats.drum_notes import is_pro
from chart_hero_core.formats.limits import MAX_BYTES
from chart_hero_core.formats.old_files import keep_old, move_away
from chart_hero_core.formats.result import ReadResult
from chart_hero_core.formats.sng import SNG_SUFFIX, Sng, read_sng
from chart_hero_core.formats.song_ini import (
    FILE_NAME,
    IniResult,
    ini_from_pairs,
    read_song_ini,
    write_song_ini,
)

# Of lone files that :func:`load_song` reads.
SONG_SUFFIXES = (*CHART_SUFFIXES, SNG_SUFFIX)
_COVERS = ("album.png", "album.jpg", "album.jpeg")
_EXTRA_STEMS = ("album", "background", "video", "highway")
_EXTRA_SUFFIXES = (".png", ".jpg", ".jpeg", ".mp4", ".webm", ".avi", ".mkv")
_END_MARGIN_MS = 2_000
_ROUNDING_MS = 2  # the whole numbers of chart files move the end by up to a millisecond


@dataclass(frozen=True, slots=True)
class LoadedSong:
    """A song as found on disk.

    Attributes:
        song: the chart; without notes when the folder has no chart yet.
        folder: where it lies (for a .sng: the folder it was unpacked to).
        chart_path: the chart file that was read, None without one.
        audio: the sound files by stem name (``song``, ``drums``, ``drums_1`` …).
        mended: sentences about what was repaired or had to be guessed.
        cover: the album picture, if any.
        packed: the .sng it came in, whose further files are kept when the song is written.
    """

    song: Song
    folder: Path
    chart_path: Path | None = None
    audio: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    mended: tuple[str, ...] = ()
    cover: Path | None = None
    packed: Sng | None = None


def load_song(path: Path, *, unpack_to: Path | None = None) -> LoadedSong:
    """Load a song folder, or a lone .chart, .mid, .sng or drum export (.json).

    A notes.chart or notes.mid brings its folder's song.ini and sound files along. The sound files
    of a .sng are unpacked to ``unpack_to``, by default a folder in the user's cache.

    Raises:
        FormatError: there is nothing there that can be read.
    """
    if path.is_dir():
        return load_song_folder(path)
    suffix = path.suffix.lower()
    if suffix == SNG_SUFFIX:
        return _load_sng(path, unpack_to)
    if suffix not in CHART_SUFFIXES and path.name.lower() != FILE_NAME:
        if not path.exists():
            raise FormatError(f"There is no file or folder {path}.")
        if suffix == ".zip":
            raise FormatError(f"{path.name} is packed: unpack it, and give the folder in it.")
        raise FormatError(f"{path.name} is not a chart (.chart, .mid, .sng or a song folder).")
    if path.name.lower() == FILE_NAME:
        return load_song_folder(path.parent)
    if path.name.lower() in CHART_NAMES.values():
        return _load_folder(path.parent, path)
    result = parse_chart(path.name, read_file(path))
    return LoadedSong(result.song, path.parent, path, mended=result.mended)


def load_song_folder(path: Path) -> LoadedSong:
    """Load a song folder: notes.mid before notes.chart (as games do), song.ini before both.

    A chart that is broken or has no drums does not hide a better one; ``mended`` names it.
    A folder with sound files or a song.ini but no chart gives a song without notes.

    Raises:
        FormatError: it cannot be read, or holds no song.
    """
    return _load_folder(path, None)


def _load_folder(folder: Path, chart: Path | None) -> LoadedSong:
    files = _files(folder)
    audio = find_stems(folder)
    ini = None
    if FILE_NAME in files:
        ini = read_song_ini(read_file(files[FILE_NAME]))
    charted = chart is not None or any(name in files for name in CHART_NAMES.values())
    if not charted and ini is None and not audio:
        raise FormatError(f"{folder} holds no song: no chart, no song.ini and no sound files.")
    found, result = _chart_in(files, ini, chart)
    cover = find_cover(folder)
    return LoadedSong(result.song, folder, found, MappingProxyType(audio), result.mended, cover)


def _chart_in(
    files: Mapping[str, Path], ini: IniResult | None, wanted: Path | None
) -> tuple[Path | None, ReadResult]:
    """The chart of a folder, and what it says; without one what song.ini says."""
    charts = {files[name].name: files[name] for name in CHART_NAMES.values() if name in files}
    if wanted is not None:
        charts.setdefault(wanted.name, wanted)  # a spelling of two, or a file that is gone
    if charts:
        contents = {name: partial(read_file, path) for name, path in charts.items()}
        chosen = choose_chart(contents, ini, None if wanted is None else wanted.name)
        return charts[chosen.name], chosen.result
    if ini is None:
        return None, ReadResult(Song())
    return None, ReadResult(Song(metadata=merged_metadata(Metadata(), ini)), ini.mended)


def find_cover(folder: Path) -> Path | None:
    """The album picture of a song folder. Raises :class:`FormatError` if it cannot be read."""
    files = _files(folder)
    return next((files[name] for name in _COVERS if name in files), None)


def find_ini(folder: Path) -> Path | None:
    """The song.ini of a folder, however it is spelt. Raises :class:`FormatError` as above."""
    return _files(folder).get(FILE_NAME)


def find_charts(folder: Path) -> list[Path]:
    """The charts of a song folder as games prefer them. Raises as above."""
    files = _files(folder)
    return [files[name] for name in CHART_NAMES.values() if name in files]


def _files(folder: Path) -> dict[str, Path]:
    """The files of a folder by lower-case name; of two spellings the lower-case one."""
    try:
        files = sorted((f for f in folder.iterdir() if f.is_file()), key=lambda f: f.name)
    except OSError as error:
        raise FormatError(f"Could not read {folder}: {error.strerror or error}.") from error
    return {file.name.lower(): file for file in files}


def _load_sng(path: Path, unpack_to: Path | None) -> LoadedSong:
    sng = read_sng(path)
    ini = ini_from_pairs(sng.metadata)
    spelt = {name.lower(): name for name in sng.entries}
    names = [spelt[name] for name in CHART_NAMES.values() if name in spelt]
    if not names:
        raise FormatError(f"{path.name} holds no chart.")
    contents = {name: partial(sng.read, name, MAX_BYTES) for name in names}
    result = choose_chart(contents, ini).result
    folder = unpack_to or _cache_folder(path)
    for entry in sng.entries.values():
        if "/" not in entry.name and (_is_stem(entry.name) or _is_extra(entry.name)):
            _unpack(sng, entry.name, folder / entry.name.lower())
    cover = find_cover(folder) if folder.is_dir() else None
    audio = find_stems(folder) if folder.is_dir() else {}
    return LoadedSong(result.song, folder, path, MappingProxyType(audio), result.mended, cover, sng)


def _cache_folder(path: Path) -> Path:
    status = path.stat()
    mark = f"{path.absolute()}\0{status.st_size}\0{status.st_mtime_ns}"
    digest = hashlib.sha256(mark.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return user_cache_dir() / "unpacked" / digest


def _unpack(sng: Sng, name: str, target: Path) -> None:
    if target.is_file() and target.stat().st_size == sng.entries[name].size:
        return
    sng.extract(name, target)


def _known_kinds(formats: Sequence[str]) -> list[str]:
    """Each format once. Raises :class:`ChartError` for none, and for unknown ones."""
    unknown = [kind for kind in formats if kind not in CHART_NAMES]
    if unknown or not formats:
        raise ChartError("A song folder needs a chart format: chart, mid or both.")
    return list(dict.fromkeys(formats))


def _written(texts: Mapping[Path, bytes], replaceable: Container[str] | None) -> list[Path | None]:
    """Write charts and song.ini; returns where what they replace is kept, if it is."""
    kept: list[Path | None] = []
    if replaceable is not None:
        kept += [keep_old(target, data, replaceable) for target, data in texts.items()]
    for target, data in texts.items():
        write_bytes(target, data)
    return kept


def save_song_folder(
    song: Song,
    folder: Path,
    *,
    formats: Sequence[str] = ("chart", "mid"),
    audio: Mapping[str, Path] = MappingProxyType({}),
    cover: Path | None = None,
    source: LoadedSong | None = None,
    replaceable: Container[str] | None = None,
) -> list[Path]:
    """Write a song folder; its files are replaced together at the end, nothing else is removed.

    Args:
        formats: which charts: ``chart``, ``mid``.
        audio: sound files by stem name; copied under that name, and encoded to .ogg when games
            do not know their format.
        cover: the album picture (.png or .jpg).
        source: where the song came from: its sound files (unless ``audio`` names some), cover,
            background and video come along into a new folder.
        replaceable: charts and a song.ini that are replaced stay, as ``notes.chart.bak``, and a
            notes.mid, which games read before a notes.chart, makes way for one in the same way,
            but for what has one of these digests (:mod:`old_files`). None keeps nothing.

    Returns:
        The files of the song, written or already in place.

    Raises:
        ChartError: an unknown format, stem or picture, or a chart that a format cannot hold.
        AudioError: a sound file cannot be read.
        StorageError: the folder cannot be written.
    """
    kinds = _known_kinds(formats)
    sounds = audio or (source.audio if source is not None else {})
    placed = {stem: folder / _sound_name(stem, path, folder) for stem, path in sounds.items()}
    extras = _extras(folder, cover, source)
    complete = replace(song, metadata=finished_metadata(song, list(sounds.values())))
    # What the formats cannot hold must be known before the first file is written.
    names = tuple(path.name for path in placed.values())
    texts = {
        folder / CHART_NAMES[kind]: chart_bytes(complete, kind, names if names else None)
        for kind in kinds
    }
    texts[folder / FILE_NAME] = write_song_ini(complete.metadata)
    with replaced_together():
        for stem, path in sounds.items():
            place_audio(path, placed[stem])
        for target, origin in extras.items():
            copy_file(origin, target)
        others = _unpack_others(source, folder)
        kept = _written(texts, replaceable)
    if replaceable is not None and "mid" not in kinds:
        kept.append(move_away(folder / CHART_NAMES["mid"], replaceable))
    return [*texts, *placed.values(), *extras, *others, *filter(None, kept)]


def _sound_name(stem: str, path: Path, folder: Path) -> str:
    """The name of a sound in ``folder``; one that games play there already keeps the one it has."""
    name = target_name(stem, path)
    there = folder / f"{stem}{path.suffix.lower()}"
    return there.name if _same_file(there, path) and playable_suffix(path) else name


def charts_among(written: Iterable[Path]) -> list[Path]:
    """Of the files of a song, those that may be a person's work: its charts and song.ini."""
    return [file for file in written if file.name in (*CHART_NAMES.values(), FILE_NAME)]


def finished_metadata(song: Song, audio: Sequence[Path] = ()) -> Metadata:
    """The song's data with what can be known filled in: length, rating, kind of kit.

    The length is that of the sound files, else up to the end event or shortly after the last note.
    """
    data = song.metadata
    length_ms = data.length_ms
    if length_ms is None:
        length_s = audio_length_s([f for f in audio if f.stem.lower() not in NOT_MUSIC])
        length_ms = _chart_length_ms(song) if length_s is None else math.ceil(length_s * 1000)
    rating = data.difficulty
    if rating < 0 and any(track.notes for track in song.tracks.values()):
        rating = estimate_rating(song)
    return replace(
        data, length_ms=length_ms, difficulty=rating, pro_drums=is_pro(song), five_lane=False
    )


def _chart_length_ms(song: Song) -> int | None:
    last = [track.notes[-1].tick for track in song.tracks.values() if track.notes]
    end_s = song.tempo_map.seconds(song.end_tick or 0)
    if not last and not end_s:
        return None
    last_s = song.tempo_map.seconds(max(last, default=0))
    length_ms = max(end_s * 1000 + _ROUNDING_MS, last_s * 1000 + _END_MARGIN_MS)
    # What is heard later lies later in the sound; what is heard sooner may still be all of it.
    return math.ceil(length_ms + max(song.metadata.delay_ms, 0))


def _extras(folder: Path, cover: Path | None, source: LoadedSong | None) -> dict[Path, Path]:
    """Pictures and videos to copy: target -> origin."""
    found: dict[Path, Path] = {}
    if source is not None and source.folder.is_dir():
        for name, path in _files(source.folder).items():
            if _is_extra(name):
                found[folder / name] = path
    if cover is not None:
        suffix = cover.suffix.lower().replace(".jpeg", ".jpg")
        if suffix not in (".png", ".jpg"):
            raise ChartError("The cover must be a .png or .jpg picture.")
        found = {target: path for target, path in found.items() if target.stem != "album"}
        found[folder / f"album{suffix}"] = cover
    return {target: path for target, path in found.items() if not _same_file(target, path)}


def _is_extra(name: str) -> bool:
    path = Path(name.lower())
    return path.stem in _EXTRA_STEMS and path.suffix in _EXTRA_SUFFIXES


def _is_stem(name: str) -> bool:
    path = Path(name.lower())
    return path.stem in STEMS and path.suffix in AUDIO_SUFFIXES


def _unpack_others(source: LoadedSong | None, folder: Path) -> list[Path]:
    """Bring what a .sng holds beside the song into ``folder``, where nothing is replaced by it."""
    found: list[Path] = []
    if source is None or source.packed is None:
        return found
    for name in source.packed.entries:
        if _is_other(name, source.packed) and not (folder / name).exists():
            source.packed.extract(name, folder / name)
            found.append(folder / name)
    return found


def _is_other(name: str, packed: Sng) -> bool:
    """Whether nothing else of a song folder is called so, and every system takes the name."""
    parts = name.split("/")
    above = ("/".join(parts[:count]) for count in range(1, len(parts)))
    if any(map(is_reserved_name, parts)) or any(each in packed.entries for each in above):
        return False
    own = name.lower() in (*CHART_NAMES.values(), FILE_NAME) or _is_stem(name) or _is_extra(name)
    return len(parts) > 1 or not own


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
