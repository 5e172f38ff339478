"""A dataset on disk: the index of its shards, and reading it song by song.

``index.json`` holds one entry per shard: split, checksum and what can be known without opening
the shard. A folder without an index is no dataset (yet).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from chart_hero_core import __version__
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.files import write_text
from chart_hero_core.dataset.shards import MAX_BYTES, DatasetSong, parse_shard

INDEX_NAME = "index.json"
FORMAT = "chart-hero dataset"
VERSION = 1
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Entry:
    """One shard as the index knows it.

    Attributes:
        shard: the file, relative to the dataset's folder.
        sha256, size: of that file.
        source: the song folder or file it was made from.
        strokes: how many of each class.
        bpm: the tempo that most of the song is in.
        quality: how well chart and audio fit, 0..1.
        reviewed_s: seconds in which the strokes are the whole truth.
    """

    song_id: str
    domain: Domain
    split: str
    shard: str
    sha256: str
    size: int
    source: str
    title: str
    artist: str
    charter: str
    genre: str
    duration_s: float
    reviewed_s: float
    strokes: tuple[int, ...]
    bpm: float
    offset_s: float
    quality: float


@dataclass(frozen=True, slots=True)
class Summary:
    """A dataset in numbers: songs, seconds and strokes by split (and by class over all)."""

    songs: dict[str, int]
    shards: dict[str, int]
    seconds: dict[str, float]
    strokes: dict[str, int]
    classes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Dataset:
    """An opened dataset; shards are only read as they are asked for.

    Attributes:
        away: the splits of songs and works (see ``split.work_of``) that earlier builds held: what
            was learned from once must not be measured on when it is back.
    """

    folder: Path
    entries: tuple[Entry, ...]
    away: Mapping[str, str] = field(default_factory=dict)

    def select(self, split: str | None = None, domain: Domain | None = None) -> tuple[Entry, ...]:
        """The entries of a split and domain (None: all)."""
        return tuple(
            entry
            for entry in self.entries
            if split in (None, entry.split) and domain in (None, entry.domain)
        )

    def songs(
        self,
        split: str | None = None,
        domain: Domain | None = None,
        *,
        seed: int | None = None,
        worker: int = 0,
        workers: int = 1,
    ) -> Iterator[DatasetSong]:
        """The songs of a split and domain one by one, each read when it is reached.

        Args:
            seed: shuffle them by this; None keeps the order of the index.
            worker, workers: only every ``workers``-th song from ``worker`` on.

        Raises:
            DatasetError: a shard is missing or damaged.
        """
        entries = self.select(split, domain)
        order = np.arange(len(entries))
        if seed is not None:
            order = np.random.default_rng(seed).permutation(len(entries))
        for place in order[worker::workers].tolist():
            yield self.read(entries[place])

    def read(self, entry: Entry) -> DatasetSong:
        """The song of an entry, its checksum compared. Raises :class:`DatasetError`."""
        return parse_shard(self._bytes(entry), entry.shard, entry.split)

    def damaged(self) -> list[str]:
        """The shards that are missing or do not fit their checksum."""
        found = []
        for entry in self.entries:
            try:
                self._bytes(entry)
            except DatasetError:
                found.append(entry.shard)
        return found

    def summary(self) -> Summary:
        """Count what is there."""
        ids = {split: {e.song_id for e in self.select(split)} for split in SPLITS}
        classes = np.zeros(DRUM_COUNT, np.int64)
        for entry in self.entries:
            classes += np.array(entry.strokes, np.int64)
        return Summary(
            songs={split: len(found) for split, found in ids.items()},
            shards=dict(Counter(entry.split for entry in self.entries)),
            seconds={s: sum(e.duration_s for e in self.select(s)) for s in SPLITS},
            strokes={s: sum(sum(e.strokes) for e in self.select(s)) for s in SPLITS},
            classes={drum.label: int(classes[drum]) for drum in DrumClass},
        )

    def _bytes(self, entry: Entry) -> bytes:
        path = self.folder / entry.shard
        try:
            if path.stat().st_size > MAX_BYTES:
                raise DatasetError(f"The shard {entry.shard} is too large to be one.")
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or error
            raise DatasetError(
                f"The shard {path} cannot be read ({reason}); build the dataset again."
            ) from error
        if checksum(data) != entry.sha256:
            raise DatasetError(f"The shard {path} is damaged; build the dataset again.")
        return data


def readers_dir(folder: Path) -> Path:
    """Where those who read a dataset for a long time leave their marks (``base.locks.in_use``)."""
    return folder / "readers"


def checksum(data: bytes) -> str:
    """The SHA-256 of a shard, as the index holds it."""
    return hashlib.sha256(data).hexdigest()


def open_dataset(folder: Path) -> Dataset:
    """Open the dataset in ``folder``.

    Raises:
        DatasetError: there is none, or its index is damaged or of a newer version.
    """
    path = folder / INDEX_NAME
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DatasetError(
            f"{folder} holds no dataset; make one with `chart-hero build-dataset`."
        ) from error
    except OSError as error:
        raise DatasetError(f"Could not read {path}: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path} is damaged; build the dataset again.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DatasetError(f"{path} is not the index of a dataset.")
    if document.get("version") != VERSION:
        raise DatasetError(f"{path} is of another version; build the dataset again.")
    try:
        away = {str(key): str(split) for key, split in document.get("away", {}).items()}
        if not set(away.values()) <= set(SPLITS):
            raise ValueError("away")
        entries = tuple(_entry(data, folder) for data in document["shards"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{path} is damaged; build the dataset again.") from error
    return Dataset(folder, entries, away)


def _entry(data: dict[str, Any], folder: Path) -> Entry:
    entry = Entry(**{**data, "strokes": tuple(int(count) for count in data["strokes"])})
    inside = (folder / entry.shard).resolve().is_relative_to(folder.resolve())
    if len(entry.strokes) != DRUM_COUNT or entry.split not in SPLITS or not inside:
        raise ValueError(entry.shard)
    return entry


def write_index(
    folder: Path,
    entries: Sequence[Entry],
    options: dict[str, Any],
    away: Mapping[str, str] | None = None,
) -> None:
    """Write the index atomically, one line per shard. Raises :class:`StorageError`.

    Args:
        away: as :attr:`Dataset.away`.
    """
    head = {"format": FORMAT, "version": VERSION, "made_by": __version__, "options": options}
    head["away"] = dict(away or {})
    rows = ",\n".join(json.dumps(asdict(entry)) for entry in entries)
    text = json.dumps(head)[:-1] + f',\n"shards": [\n{rows}\n]}}\n'
    write_text(folder / INDEX_NAME, text)
