"""Who is trained on, and who is held back: groups that share nothing, in every style.

Songs that share artist and title, some recording or a charter are one group and go one way (of
duplicates only one is in the dataset). A group once assigned stays where it is; new groups go, in
an order that only depends on themselves, to where their strata are wanting.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.drums import TOMS, DrumClass
from chart_hero_core.dataset.dedupe import clusters
from chart_hero_core.dataset.index import SPLITS

# A charter of more than this share of the songs would drag them all into one split.
_PROLIFIC = 0.2
# With thousands of songs, a tenth held back is plenty; below, so few say little.
_FEWEST_HELD, _MOST_HELD = 300, 2_000
_MOST_SHARE = 0.15
_TEMPO_BANDS = (90.0, 120.0, 150.0, 180.0)


@dataclass(frozen=True, slots=True)
class SplitSong:
    """What of a song decides its split."""

    song_id: str
    artist: str
    title: str
    charter: str
    genre: str
    bpm: float
    strokes: tuple[int, ...]
    domains: tuple[str, ...]

    @property
    def work(self) -> str:
        """See :func:`work_of`."""
        return work_of(self.artist, self.title)

    def strata(self) -> tuple[str, ...]:
        """The bins it falls in: genre, tempo band, toms, ride, domains."""
        total = max(sum(self.strokes), 1)
        toms = sum(self.strokes[int(drum)] for drum in TOMS) / total
        ride = self.strokes[int(DrumClass.RIDE)] / total
        band = sum(self.bpm >= edge for edge in _TEMPO_BANDS)
        return (
            f"genre {_plain(self.genre)}",
            f"tempo {band}",
            f"toms {'few' if toms < 0.05 else 'some' if toms < 0.2 else 'many'}",
            f"ride {'none' if ride < 0.01 else 'some' if ride < 0.15 else 'much'}",
            f"domains {'+'.join(sorted(self.domains))}",
        )


@dataclass(frozen=True, slots=True)
class Split:
    """The split of each song by its id, and what a person should know of it."""

    of: Mapping[str, str]
    remarks: tuple[str, ...] = ()


def work_of(artist: str, title: str) -> str:
    """Artist and title, whatever their spelling; empty for a song without a title."""
    return f"{_plain(artist)}|{_plain(title)}" if _plain(title) else ""


def split_songs(
    songs: Sequence[SplitSong],
    shares: Mapping[str, float],
    before: Mapping[str, str],
    related: Sequence[tuple[str, str]] = (),
) -> Split:
    """Assign every song.

    Args:
        shares: of ``validation`` and ``test``, 0..1; see :func:`held_back` for how many that is.
        before: the split of songs (by id or work) in an earlier build.
        related: pairs of songs that share some recording.
    """
    spread = _prolific(songs)
    root = clusters([s.song_id for s in songs], [*_ties(songs, spread), *related])
    groups: dict[str, list[SplitSong]] = defaultdict(list)
    for song in songs:
        groups[root[song.song_id]].append(song)
    goal = {name: held_back(len(songs), shares.get(name, 0.0)) for name in SPLITS[1:]}
    goal["train"] = len(songs) - sum(goal.values())
    board = _Board(songs, goal)
    fresh = []
    for members in groups.values():
        known = {before[key] for s in members for key in (s.song_id, s.work) if key in before}
        if known:
            # What was ever trained on cannot be held back any more.
            board.assign(members, "train" if len(known) > 1 else next(iter(known)))
        else:
            fresh.append(members)
    # Large groups first, while there is room for them; then by their own hash.
    for members in sorted(fresh, key=lambda group: (-len(group), _hash(group))):
        board.assign(members, board.neediest(members))
    remarks = tuple(
        f"{charter} charted {share * 100:.0f} % of the songs: some of these are learned from, "
        "others are held out."
        for charter, share in spread.items()
    )
    return Split(board.of, remarks)


def held_back(songs: int, share: float) -> int:
    """How many songs a share is: a few of few, at least 300 of thousands, at most 2,000."""
    if share <= 0:
        return 0
    wanted = max(share * songs, min(_FEWEST_HELD, _MOST_SHARE * songs * share / 0.1))
    return min(round(wanted) or (1 if songs >= 5 else 0), _MOST_HELD)


class _Board:
    """Counts of songs by split and stratum, and where the next group is wanted most."""

    def __init__(self, songs: Sequence[SplitSong], goal: Mapping[str, int]) -> None:
        self._goal = goal
        self._songs = max(len(songs), 1)
        self._all = Counter(stratum for song in songs for stratum in song.strata())
        self._held: dict[str, Counter[str]] = {name: Counter() for name in SPLITS}
        self._sizes: Counter[str] = Counter()
        self.of: dict[str, str] = {}

    def assign(self, members: Sequence[SplitSong], name: str) -> None:
        """Put a group into a split."""
        for song in members:
            self.of[song.song_id] = name
            self._held[name].update(song.strata())
        self._sizes[name] += len(members)

    def neediest(self, members: Sequence[SplitSong]) -> str:
        """The split that lacks most of what the group has, among those with room for it."""
        room = [
            name
            for name in SPLITS[1:]
            if self._sizes[name] + len(members) <= max(self._goal[name], 1) and self._goal[name] > 0
        ]
        return max((*room, "train"), key=lambda name: (self._want(members, name), name))

    def _want(self, members: Sequence[SplitSong], name: str) -> float:
        """How much of its goal is missing, in all and in the strata of the group, 1 to below 0."""
        share = self._goal[name] / self._songs
        if share <= 0:
            return -1.0
        strata = {stratum for song in members for stratum in song.strata()}
        lacks = [1 - self._held[name][s] / max(self._all[s] * share, 1e-9) for s in strata]
        in_all = 1 - self._sizes[name] / max(self._goal[name], 1)
        return in_all + float(np.mean(np.clip(lacks, -1, 1)))


def _ties(songs: Sequence[SplitSong], spread: Mapping[str, float]) -> list[tuple[str, str]]:
    """Pairs of songs that must go one way."""
    first: dict[str, str] = {}
    ties = []
    for song in songs:
        charter = _plain(song.charter)
        keys = [f"work {song.work}"] if song.work else []
        keys += [f"charter {charter}"] if charter and song.charter not in spread else []
        ties += [(first.setdefault(key, song.song_id), song.song_id) for key in keys]
    return ties


def _prolific(songs: Sequence[SplitSong]) -> dict[str, float]:
    """Charters of so many of the songs that they cannot be kept together, with their shares."""
    counts = Counter(_plain(song.charter) for song in songs)
    del counts[""]
    many = {key for key, count in counts.items() if count > max(_PROLIFIC * len(songs), 1)}
    return {
        song.charter: counts[_plain(song.charter)] / len(songs)
        for song in songs
        if _plain(song.charter) in many
    }


def _hash(members: Sequence[SplitSong]) -> str:
    smallest = min(song.song_id for song in members)
    return hashlib.sha256(smallest.encode()).hexdigest()


def _plain(text: str) -> str:
    """Letters and digits only, lower case; markup and brackets (``(2x Bass)``) left out."""
    bare = re.sub(r"<[^>]*>|\([^)]*\)|\[[^]]*\]", "", text)
    return "".join(letter for letter in bare.casefold() if letter.isalnum())
