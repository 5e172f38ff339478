"""Where songs with charts are: song folders, .sng files, drum exports and finished projects."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.formats.chart_files import CHART_NAMES, read_file
from chart_hero_core.formats.midi_json import export_facts
from chart_hero_core.formats.project import SUFFIX as PROJECT_SUFFIX

_EXPORT_SUFFIX = ".midi.json"
_EXPORT_MAX_BYTES = 64 << 20
_ARCHIVES = (".zip", ".rar", ".7z")
PACKED = "It is packed: songs in it are found when it is unpacked."


class SourceKind(Enum):
    """What a song was found as."""

    FOLDER = "song folder"
    SNG = ".sng"
    EXPORT = "drum export"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A song to look at. ``path`` is the folder or file; ``chart`` the chart in a folder."""

    path: Path
    kind: SourceKind = SourceKind.FOLDER
    chart: Path | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something found that cannot become a song, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What lies below some folders, both in order of path."""

    sources: tuple[Source, ...]
    unusable: tuple[Unusable, ...]


def find_sources(roots: Sequence[Path], progress: Progress | None = None) -> Found:
    """Every song below ``roots``; a root may be a song itself.

    An export whose song folder is found too is not listed: the chart it was made from wins.
    Of the exports of one chart (a file per difficulty) one is listed, that with Expert.
    Links to folders are followed, each folder is looked into once. Archives are named as unusable:
    packs of songs are handed about in them.
    """
    progress = progress or SilentProgress()
    seen: set[Path] = set()
    songs: dict[Path, Source] = {}
    exports: list[Path] = []
    unusable: list[Unusable] = []
    for root in roots:
        if not _is_there(root):
            unusable.append(Unusable(root, "It is not there, or must not be read."))
            continue
        for folder, names in folders_below(root, seen, unusable):
            progress.check_cancelled()
            _take(folder, names, songs, exports)
            unusable += [Unusable(folder / name, PACKED) for name in names if _is_archive(name)]
    found, spoilt = _of_exports(exports, songs)
    for source in found:
        songs.setdefault(source.path, source)
    unusable += spoilt
    ordered = sorted(songs.values(), key=lambda source: str(source.path))
    return Found(tuple(ordered), tuple(sorted(unusable, key=lambda u: str(u.path))))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def folders_below(
    root: Path, seen: set[Path], unusable: list[Unusable]
) -> Iterator[tuple[Path, list[str]]]:
    """Folders below ``root`` that are not in ``seen`` yet, each with the files in it.

    Links to folders are followed. Folders that cannot be read are added to ``unusable``, those that
    were looked into to ``seen``.
    """
    if root.is_file():
        yield root.parent, [root.name]
        return
    if real_path(root) in seen:
        return
    seen.add(real_path(root))

    def failed(error: OSError) -> None:
        reason = error.strerror or "unknown error"
        unusable.append(Unusable(Path(error.filename), f"The folder cannot be read: {reason}."))

    for folder, folders, names in os.walk(root, onerror=failed, followlinks=True):
        shown = sorted(name for name in folders if not name.startswith("."))
        folders[:] = _unseen(Path(folder), shown, seen)
        yield Path(folder), sorted(names)


def _unseen(folder: Path, names: list[str], seen: set[Path]) -> list[str]:
    """The folders to go on to from ``folder``, which are added to ``seen``."""
    here = real_path(folder)
    found = []
    for name in names:
        place = real_path(folder / name)
        # A link upwards is no song: Wine's drives have one to the root of the whole disk.
        if place in seen or here.is_relative_to(place):
            continue
        seen.add(place)
        found.append(name)
    return found


def _take(folder: Path, names: list[str], songs: dict[Path, Source], exports: list[Path]) -> None:
    """Add what one folder holds."""
    lower = {name.lower(): name for name in names}
    chart = next((lower[name] for name in CHART_NAMES.values() if name in lower), None)
    if chart is not None:
        place = real_path(folder)
        songs[place] = Source(place, SourceKind.FOLDER, place / chart)
    for name in names:
        path = folder / name
        if name.lower().endswith(".sng"):
            songs[real_path(path)] = Source(real_path(path), SourceKind.SNG)
        elif name.lower().endswith(PROJECT_SUFFIX):
            songs[real_path(path)] = Source(real_path(path), SourceKind.PROJECT)
        elif name.lower().endswith(_EXPORT_SUFFIX):
            exports.append(real_path(path))


def _is_archive(name: str) -> bool:
    return name.lower().endswith(_ARCHIVES)


def real_path(path: Path) -> Path:
    """Where a path leads; ``Path.resolve`` fails at links that lead to themselves."""
    return Path(os.path.realpath(path))


def _of_exports(
    exports: list[Path], songs: dict[Path, Source]
) -> tuple[list[Source], list[Unusable]]:
    """One source for each chart that was exported and is not a source itself."""
    groups: dict[str, list[Path]] = {}
    expert: dict[Path, bool] = {}
    unusable = []
    for path in exports:
        try:
            origin, difficulties = export_facts(read_file(path, _EXPORT_MAX_BYTES))
        except ChartHeroError as error:
            unusable.append(Unusable(path, str(error)))
            continue
        expert[path] = "expert" in difficulties
        groups.setdefault(origin or str(path), []).append(path)
    found = []
    for origin, paths in groups.items():
        chart = Path(origin)
        if _is_chart(chart):
            folder = real_path(chart).parent
            if folder not in songs:
                found.append(Source(folder, SourceKind.FOLDER, real_path(chart)))
            continue
        found.append(Source(max(paths, key=lambda p: (expert[p], str(p))), SourceKind.EXPORT))
    return found, unusable


def _is_chart(path: Path) -> bool:
    try:
        return path.suffix.lower() in (".mid", ".midi", ".chart") and path.is_file()
    except (OSError, ValueError):
        return False
