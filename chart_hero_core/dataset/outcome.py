"""The outcome of one source: passed between processes and kept in the journal as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.dataset.picture import Picture


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard that was written, with what the index says of it."""

    domain: Domain
    file: str
    sha256: str
    size: int
    duration_s: float
    reviewed_s: float
    strokes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One source, used or not.

    Attributes:
        source: its path. ``kind``: what it was found as.
        quick, key: marks of its files and options, by size and time, and by content.
        song_id: the same wherever the files lie; empty when they could not be read.
        reason: why it is not used, empty when it is.
        remarks: what else a person should know.
        doubtful: whether a person should look at the picture.
        seconds: processor time it took.
    """

    source: str
    kind: str
    quick: str = ""
    key: str = ""
    song_id: str = ""
    title: str = ""
    artist: str = ""
    charter: str = ""
    genre: str = ""
    bpm: float = 0.0
    reason: str = ""
    remarks: tuple[str, ...] = ()
    doubtful: bool = False
    offset_s: float | None = None
    quality: float | None = None
    residual_s: float | None = None
    shards: tuple[Shard, ...] = ()
    picture: Picture | None = None
    seconds: float = 0.0

    @property
    def used(self) -> bool:
        """Whether shards were made of it."""
        return not self.reason

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Outcome":
        """The inverse; raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
        picture = data["picture"]
        return Outcome(
            **{
                **data,
                "remarks": tuple(map(str, data["remarks"])),
                "shards": tuple(_shard(entry) for entry in data["shards"]),
                "picture": None if picture is None else Picture.from_json(picture),
            }
        )


def _shard(data: dict[str, Any]) -> Shard:
    strokes = tuple(int(count) for count in data["strokes"])
    if len(strokes) != DRUM_COUNT:
        raise ValueError("strokes")
    return Shard(**{**data, "strokes": strokes})
