"""Project files (``.chproj``): a song in progress with everything that no chart file can hold.

A project is one JSON document with a format name and a version. Older versions are brought up to
date by the pure functions in :data:`MIGRATIONS`; newer ones are refused.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chart_hero_core import __version__
from chart_hero_core.base.errors import FormatError
from chart_hero_core.base.files import size_of_file, write_bytes
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.song_json import song_from_json, song_to_json

SUFFIX = ".chproj"
FORMAT = "chart-hero project"
VERSION = 1
MAX_BYTES = 256 * 1024 * 1024

JsonObject = dict[str, Any]
# version -> what makes a document of the next version of it, without altering it
MIGRATIONS: Mapping[int, Callable[[JsonObject], JsonObject]] = MappingProxyType({})

_AUDIO = '"audio":'  # as :func:`save_project` writes it, before the song
_START_BYTES = 1 << 16  # two paths of the greatest length, and more

_DAMAGED = "The file is damaged; only an earlier copy of it (.bak, or a backup) can help."


@dataclass(frozen=True, slots=True)
class SongReference:
    """Where the audio of a project is, and how to know it again when it was moved.

    Attributes:
        path: the sound file or song folder, as it was last opened.
        relative: the same, seen from the project file's folder; empty when that says nothing.
        size: bytes of the sound file, None for a folder.
        fingerprint: what tells its sound from any other, empty when none was taken.
    """

    path: str = ""
    relative: str = ""
    size: int | None = None
    fingerprint: str = ""

    def find(self, project: Path) -> Path | None:
        """The song, looked for beside the project first; None when it is at neither place."""
        return next((place for place in self._places(project) if self._fits(place)), None)

    def replaced(self, project: Path) -> Path | None:
        """A sound file where the song was, but not that song: it was changed or replaced."""
        if self.size is None or self.find(project) is not None:
            return None
        anything = replace(self, size=None)
        found = (place for place in self._places(project) if anything._fits(place))
        return next((place for place in found if place.is_file()), None)

    def _places(self, project: Path) -> list[Path]:
        beside = [project.parent / self.relative] if self.relative else []
        return beside + ([Path(self.path)] if self.path else [])

    def _fits(self, place: Path) -> bool:
        try:
            if self.size is None:
                return place.exists()
            return place.is_file() and place.stat().st_size == self.size
        except OSError:
            return False

    @staticmethod
    def to(song: Path, project: Path) -> "SongReference":
        """A reference to ``song`` for a project file at ``project``."""
        song = song.absolute()
        try:
            relative = song.relative_to(project.absolute().parent).as_posix()
        except ValueError:
            relative = ""
        size = song.stat().st_size if song.is_file() else None
        return SongReference(str(song), relative, size)


@dataclass(frozen=True, slots=True)
class Project:
    """A song in work.

    Attributes:
        audio: where its sound is.
        song: the chart, with origins, heard times and rejected suggestions.
        decode: decode settings by knob name, as JSON values.
        micro_spans_s: flagged passages ``(start, end)`` in seconds.
        view: the state of the views, as JSON values; only the app knows its keys.
    """

    audio: SongReference = field(default_factory=SongReference)
    song: Song = field(default_factory=Song)
    decode: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    micro_spans_s: tuple[tuple[float, float], ...] = ()
    view: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def project_to_json(project: Project) -> JsonObject:
    """The document of a project, of the newest version."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "saved_by": __version__,
        "audio": {
            "path": project.audio.path,
            "relative": project.audio.relative,
            "size": project.audio.size,
            "fingerprint": project.audio.fingerprint,
        },
        "song": song_to_json(project.song),
        "decode": dict(project.decode),
        "micro_spans_s": [list(span) for span in project.micro_spans_s],
        "view": dict(project.view),
    }


def project_from_json(document: object) -> Project:
    """The project of a document of any version known.

    Raises:
        FormatError: it is no project, is damaged, or comes from a newer program.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FormatError("This file is not a Chart Hero project.")
    document = migrate(document)
    try:
        return Project(
            audio=_reference(document["audio"]),
            song=song_from_json(document["song"]),
            decode=MappingProxyType(dict(document["decode"])),
            micro_spans_s=tuple(
                (float(start), float(end)) for start, end in document["micro_spans_s"]
            ),
            view=MappingProxyType(dict(document["view"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise FormatError(_DAMAGED) from error


def load_reference(path: Path) -> SongReference:
    """Where the song of a project is, read from its beginning alone: projects can be long.

    Raises:
        FormatError: it cannot be read, or says nothing of a song there.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise FormatError(f"Could not read {path}: {error.strerror or error}.") from error
    try:
        if FORMAT not in start:
            raise FormatError("This file is not a Chart Hero project.")
        place = start.index(_AUDIO) + len(_AUDIO)
        audio, _ = json.JSONDecoder().raw_decode(start, place)
        return _reference(audio)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise FormatError(_DAMAGED) from error


def _reference(audio: JsonObject) -> SongReference:
    size = audio["size"]
    return SongReference(
        str(audio["path"]),
        str(audio["relative"]),
        None if size is None else int(size),
        str(audio["fingerprint"]),
    )


def migrate(document: JsonObject) -> JsonObject:
    """The document brought up to the newest version; the one given is not altered.

    Raises:
        FormatError: its version is newer than this program, or none that there ever was.
    """
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise FormatError(_DAMAGED)
    if version > VERSION:
        raise FormatError(
            "This project was saved by a newer version of Chart Hero; please update to open it."
        )
    while version < VERSION:
        if version not in MIGRATIONS:
            raise FormatError(_DAMAGED)
        document = MIGRATIONS[version](document)
        version += 1
    return document


def save_project(project: Project, path: Path) -> None:
    """Write a project atomically. Raises :class:`StorageError` when it cannot be written."""
    text = json.dumps(project_to_json(project), ensure_ascii=False, separators=(",", ":"))
    # Of file names that are no Unicode the odd parts become JSON escapes, and come back unchanged.
    write_bytes(path, text.encode("utf-8", "backslashreplace") + b"\n")


def load_project(path: Path) -> Project:
    """Read a project.

    Raises:
        FormatError: it cannot be read, is no project, is damaged, or from a newer program.
    """
    try:
        if size_of_file(path) > MAX_BYTES:
            raise FormatError(f"{path.name} is too large for a Chart Hero project.")
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"Could not read {path}: {error.strerror or error}.") from error
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        start = data.lstrip()[:80]
        raise FormatError(
            _DAMAGED if FORMAT.encode() in start else "This file is not a Chart Hero project."
        ) from error
    return project_from_json(document)
