"""How near reductions come to those that charters made by hand.

    python benchmarks/reductions.py MATERIAL

Charts of all four difficulties whose Easy is clearly thinner than their Medium: notes (tick and
lane) of Hard, Medium and Easy as reduced from Expert, against the charter's; F, mean over charts,
and how many notes there are.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chart_hero_core.chart.reduce import reduce_song
from chart_hero_core.chart.song import Difficulty, Song, Track
from chart_hero_core.cli.exits import run_script
from chart_hero_core.formats.midi import read_midi
from chart_hero_core.synthesis.performances import manifest_rows

# Some charts hold the same notes on several difficulties, which says nothing.
THINNER, FEWEST = 0.8, 50
LOWER = (Difficulty.HARD, Difficulty.MEDIUM, Difficulty.EASY)


def charts(folder: Path) -> Iterator[Song]:
    """The charts that were reduced by hand."""
    for row in manifest_rows(folder):
        song = read_midi((folder / row["file"]).read_bytes(), pro_drums=True).song
        if any(len(song.tracks.get(one, Track()).notes) <= FEWEST for one in LOWER):
            continue
        medium, easy = (len(song.tracks[one].notes) for one in LOWER[1:])
        if easy < THINNER * medium:
            yield song


def agreement(ours: Track, theirs: Track) -> float:
    """F of the notes of two tracks."""
    one, other = ({(note.tick, note.lane) for note in track.notes} for track in (ours, theirs))
    return 2 * len(one & other) / (len(one) + len(other))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("material", type=Path, help="folder with charts")
    songs = list(charts(parser.parse_args().material / "charts"))
    made = [reduce_song(song) for song in songs]
    print(f"{len(songs)} charts")
    for difficulty in LOWER:
        pairs = [
            (ours[difficulty], song.tracks[difficulty])
            for ours, song in zip(made, songs, strict=True)
        ]
        score = np.mean([agreement(*pair) for pair in pairs])
        ours, theirs = (sum(len(pair[side].notes) for pair in pairs) for side in (0, 1))
        print(f"{difficulty.name.lower()}: F {score:.3f}, {ours:,} notes for {theirs:,}")


if __name__ == "__main__":
    run_script(main)
