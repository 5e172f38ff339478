"""From the outcomes of all sources to a dataset: one of each song, split, indexed, reported."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from chart_hero_core.audio.fingerprint import Fingerprint
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.dataset.dedupe import (
    Duplicate,
    clusters,
    duplicate_charts,
    duplicate_sounds,
    thin_landmarks,
)
from chart_hero_core.dataset.index import Entry, open_dataset
from chart_hero_core.dataset.making import SHARDS
from chart_hero_core.dataset.outcome import Outcome
from chart_hero_core.dataset.report import DROPPED, USED, SongRow
from chart_hero_core.dataset.shards import Marks, read_marks
from chart_hero_core.dataset.sources import Unusable
from chart_hero_core.dataset.split import Split, SplitSong, split_songs, work_of


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which outcomes stay, which are dropped as duplicates (with the reason), and of which.

    ``related`` are pairs of songs kept that share some recording, such as a medley and its parts.
    """

    kept: tuple[Outcome, ...]
    duplicates: tuple[Outcome, ...]
    clones: Mapping[str, tuple[str, ...]]
    related: tuple[tuple[str, str], ...] = ()


def choose(folder: Path, outcomes: Iterable[Outcome], progress: Progress | None = None) -> Chosen:
    """One of each song: of duplicates that with most reviewed, the best fit, the most domains.

    Raises:
        DatasetError: a shard is damaged.
        Cancelled: asked for through ``progress``.
    """
    used = sorted((o for o in outcomes if o.used), key=_rank, reverse=True)
    first: dict[str, Outcome] = {}
    duplicates = []
    for outcome in used:
        same_files = first.setdefault(outcome.song_id, outcome)
        if same_files is not outcome:
            duplicates.append(_as_duplicate(outcome, same_files, "The same files as"))
    pairs = _pairs(folder, list(first.values()), progress or SilentProgress())
    same = [pair for pair in pairs if pair.same]
    root = clusters(first, [(pair.first, pair.second) for pair in same])
    why = _reasons(same)
    best: dict[str, Outcome] = {}
    clones: dict[str, list[str]] = {}
    for song_id, outcome in first.items():  # the best first
        keeper = best.setdefault(root[song_id], outcome)
        if keeper is not outcome:
            clones.setdefault(keeper.song_id, []).append(song_id)
            duplicates.append(_as_duplicate(outcome, keeper, why[song_id]))
    return Chosen(
        tuple(sorted(best.values(), key=lambda o: o.source)),
        tuple(duplicates),
        {key: tuple(ids) for key, ids in clones.items()},
        tuple((best[root[p.first]].song_id, best[root[p.second]].song_id) for p in pairs),
    )


def _rank(outcome: Outcome) -> tuple[float, float, int, str]:
    reviewed = max((shard.reviewed_s for shard in outcome.shards), default=0.0)
    return (reviewed, outcome.quality or 0.0, len(outcome.shards), outcome.source)


def _as_duplicate(outcome: Outcome, keeper: Outcome, why: str) -> Outcome:
    return replace(outcome, reason=f"{why} {keeper.source}.")


def _reasons(pairs: Sequence[Duplicate]) -> dict[str, str]:
    """Why each song that has a duplicate is dropped, if it is."""
    messages = {}
    for pair in sorted(pairs, key=lambda pair: pair.likeness):
        for song_id in (pair.first, pair.second):
            messages[song_id] = f"A duplicate ({pair.likeness:.0%} of its {pair.what}) of"
    return messages


def _pairs(folder: Path, outcomes: Sequence[Outcome], progress: Progress) -> list[Duplicate]:
    """Duplicates by sound and by chart. The mix is compared with the mix, else what there is."""
    files = {o.song_id: folder / _to_compare(o) for o in outcomes}

    @lru_cache(maxsize=256)
    def marks(song_id: str) -> Marks:
        progress.check_cancelled()
        try:
            return read_marks(files[song_id])
        except DatasetError as error:
            with contextlib.suppress(OSError):
                files[song_id].unlink()
            raise DatasetError(
                f"The shard {files[song_id]} is damaged; start the build again to make it anew."
            ) from error

    def sound(song_id: str) -> Fingerprint:
        return marks(song_id).sound

    landmarks, sketches = {}, {}
    for done, song_id in enumerate(files):
        progress.report(done / len(files), "Looking for duplicates")
        found = marks(song_id)
        landmarks[song_id], sketches[song_id] = thin_landmarks(found.sound), found.chart
    return [*duplicate_sounds(landmarks, sound), *duplicate_charts(sketches)]


def _to_compare(outcome: Outcome) -> str:
    return max(outcome.shards, key=lambda shard: shard.domain == "mix").file


def split_of(folder: Path, chosen: Chosen, shares: Mapping[str, float]) -> Split:
    """The split of the songs kept; those of earlier builds stay where they were."""
    before = _splits_before(folder)
    for song_id, clones in chosen.clones.items():
        known = {before[one] for one in (song_id, *clones) if one in before}
        if known:
            # Duplicates that only a third one showed to be such may have gone different ways.
            before[song_id] = "train" if len(known) > 1 else next(iter(known))
    songs = [
        SplitSong(
            song_id=o.song_id,
            artist=o.artist,
            title=o.title,
            charter=o.charter,
            genre=o.genre,
            bpm=o.bpm,
            strokes=o.shards[0].strokes,
            domains=tuple(shard.domain for shard in o.shards),
        )
        for o in chosen.kept
    ]
    return split_songs(songs, shares, before, chosen.related)


def _splits_before(folder: Path) -> dict[str, str]:
    """The splits of all songs and works of earlier builds, those away today as well."""
    try:
        dataset = open_dataset(folder)
    except DatasetError:
        return {}  # there is none yet, or none that can be read
    return {**dataset.away, **_splits_of(dataset.entries)}


def splits_away(folder: Path, entries: Iterable[Entry]) -> dict[str, str]:
    """What is to be remembered beside ``entries``: the splits of songs that are not there today."""
    there = _splits_of(entries)
    return {key: split for key, split in _splits_before(folder).items() if key not in there}


def _splits_of(entries: Iterable[Entry]) -> dict[str, str]:
    splits: dict[str, str] = {}
    for entry in entries:
        splits[entry.song_id] = entry.split
        work = work_of(entry.artist, entry.title)
        if work:
            splits[work] = entry.split
    return splits


def entries_of(kept: Iterable[Outcome], split: Split) -> list[Entry]:
    """The index of the songs kept."""
    return [
        Entry(
            song_id=o.song_id,
            domain=shard.domain,
            split=split.of[o.song_id],
            shard=shard.file,
            sha256=shard.sha256,
            size=shard.size,
            source=o.source,
            title=o.title,
            artist=o.artist,
            charter=o.charter,
            genre=o.genre,
            duration_s=shard.duration_s,
            reviewed_s=shard.reviewed_s,
            strokes=shard.strokes,
            bpm=o.bpm,
            offset_s=o.offset_s or 0.0,
            quality=o.quality or 0.0,
        )
        for o in kept
        for shard in o.shards
    ]


def rows_of(
    outcomes: Iterable[Outcome], chosen: Chosen, split: Split, unusable: Iterable[Unusable]
) -> tuple[SongRow, ...]:
    """Everything found, in order of path."""
    final = {o.source: o for o in outcomes}
    final.update({o.source: o for o in (*chosen.kept, *chosen.duplicates)})
    rows = [_row(o, split) for o in final.values()]
    rows += [SongRow(u.path.name, str(u.path), DROPPED, u.reason) for u in unusable]
    return tuple(sorted(rows, key=lambda row: row.path))


def _row(outcome: Outcome, split: Split) -> SongRow:
    name = " – ".join(part for part in (outcome.artist, outcome.title) if part)
    ms = None if outcome.offset_s is None else round(outcome.offset_s * 1e3, 3)
    residual = None if outcome.residual_s is None else round(outcome.residual_s * 1e3, 3)
    shards = outcome.shards if outcome.used else ()
    return SongRow(
        song=name or Path(outcome.source).name,
        path=outcome.source,
        verdict=USED if outcome.used else DROPPED,
        reason=outcome.reason,
        remarks=outcome.remarks,
        offset_ms=ms,
        residual_ms=residual,
        quality=outcome.quality,
        split=split.of.get(outcome.song_id, "") if outcome.used else "",
        domains=tuple(shard.domain for shard in shards),
        charter=outcome.charter,
        seconds=max((shard.duration_s for shard in shards), default=0.0),
        strokes=sum(shards[0].strokes) if shards else 0,
        doubtful=outcome.doubtful,
        picture=outcome.picture,
    )


def remove_leftovers(folder: Path, needed: Iterable[str]) -> None:
    """Delete shards that nothing refers to any more, and what a killed build left half-written."""
    keep = set(needed)
    for file in (folder / SHARDS).glob("*/*"):
        if file.relative_to(folder).as_posix() not in keep:
            with contextlib.suppress(OSError):  # it only takes room
                file.unlink()
