"""How often suggested marks are right: double kicks and roll lanes on charts, ghosts on takes.

    python benchmarks/marks.py MATERIAL [--minutes 9]

Charts that use such marks, those learned from and those held out: the suggestions from their notes
alone, against what their charters wrote; ``sure`` is the mean confidence, which should be the share
that is right.
Held-out drummers' takes on held-out kits, transcribed from drums and from mixes: of the snare
strokes suggested as ghosts that are strokes at all, how many were played with less than half the
usual velocity (the 70th percentile), and how many of those that were heard are suggested.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.base.files import user_cache_dir
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.chart.song import PhraseKind
from chart_hero_core.cli.exits import run_script
from chart_hero_core.decode.marks import Mark, suggest_marks
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.kits import load_kits
from chart_hero_core.synthesis.performances import load_grooves, read_charts
from chart_hero_core.synthesis.songs import RenderedSong, Studio, render_take
from chart_hero_core.tasks.marks import LIKELY
from chart_hero_core.tasks.synthesise import write_song
from chart_hero_core.tasks.transcribe import AnalyseOptions, TranscribeOptions, transcribe
from chart_hero_core.timing.quantise import places_in_beats

SONG_S, SHORTEST_TAKE_S = 75.0, 60.0
USUAL_PERCENTILE, GHOST = 70, 0.5
NEAR_S = 0.025
LANES = (PhraseKind.ROLL, PhraseKind.DOUBLE_ROLL)


def measure_charts(folder: Path, heldout: bool) -> None:
    """Print how suggestions of double kicks and roll lanes fare."""
    right: dict[Mark, list[tuple[float, bool]]] = {Mark.DOUBLE_KICK: [], Mark.ROLL: []}
    written, used = 0, dict.fromkeys(right, 0)
    for _, song in read_charts(folder, heldout):
        notes, phrases = song.expert.notes, song.expert.phrases
        hits = [Hit(song.tempo_map.seconds(note.tick), note.drum) for note in notes]
        in_beat = places_in_beats(np.array([note.tick for note in notes]), song.tempo_map)
        seconds = sum(note.double_kick for note in notes)
        lanes = [phrase for phrase in phrases if phrase.kind in LANES]
        written += seconds
        used[Mark.DOUBLE_KICK] += seconds > 0
        used[Mark.ROLL] += bool(lanes)
        for one in suggest_marks(hits, in_beat, right):
            first, last = notes[one.indices[0]], notes[one.indices[-1]]
            if one.mark is Mark.DOUBLE_KICK and seconds:
                right[one.mark].append((one.confidence, first.double_kick))
            if one.mark is Mark.ROLL and lanes:
                there = any(p.tick <= last.tick and first.tick < p.end_tick for p in lanes)
                right[one.mark].append((one.confidence, there))
    for mark, found in right.items():
        likely = [entry for entry in found if entry[0] >= LIKELY]
        sure, share = np.mean(likely, axis=0)
        kind = "held-out charts" if heldout else "charts"
        print(f"{mark.value}: {used[mark]} {kind}, {len(likely):,} at least {LIKELY:.0%} likely: ")
        print(f"    right {share:.3f}, sure {sure:.3f}")
    hit = sum(ok for confidence, ok in right[Mark.DOUBLE_KICK] if confidence >= LIKELY)
    print(f"    of {written:,} double kicks written {hit / written:.3f} are suggested")


def takes(material: Path, minutes: float) -> Iterator[RenderedSong]:
    """Held-out drummers on held-out kits."""
    kits = load_kits(material / "kits", heldout=True)
    studio = Studio(kits, load_backing(material, True, user_cache_dir()))
    found = [t for t in load_grooves(material / "grooves", heldout=True) if t.human]
    found = [take for take in found if take.duration_s > SHORTEST_TAKE_S]
    rng = np.random.default_rng(1)
    for place in rng.permutation(len(found))[: max(round(minutes * 60 / SONG_S), 1)]:
        yield render_take(found[place].name, found[place], studio, rng, SONG_S)


def count_ghosts(rendered: RenderedSong, folder: Path, domain: Domain) -> np.ndarray:
    """Ghosts suggested that are strokes, right ones, ghosts heard, and suggested of these."""
    take = rendered.take
    snares = np.array([CLASS_OF[Articulation(a)] is DrumClass.SNARE for a in take.articulations])
    times_s, velocities = take.times_s[snares], take.velocities[snares]
    if not len(times_s):
        return np.zeros(4, np.int64)
    soft = velocities < GHOST * np.percentile(velocities, USUAL_PERCENTILE)
    options = replace(TranscribeOptions(), analyse=AnalyseOptions(domain=domain))
    hits = transcribe(folder, options, SilentProgress()).hits
    ghosts = {
        one.indices[0]
        for one in suggest_marks(hits, np.zeros(len(hits)), (Mark.GHOST,))
        if one.confidence * hits[one.indices[0]].confidence >= LIKELY
    }
    heard = [index for index, hit in enumerate(hits) if hit.drum is DrumClass.SNARE]
    found, of = match_times(times_s, np.array([hits[i].time_s for i in heard]), NEAR_S)
    marked = np.array([heard[place] in ghosts for place in of], np.bool_)
    true = soft[found]
    return np.array([marked.sum(), (marked & true).sum(), true.sum(), (marked & true).sum()])


def measure_takes(material: Path, minutes: float) -> None:
    """Print how suggestions of ghosts fare."""
    domains: tuple[Domain, ...] = ("drums", "mix")
    totals = {domain: np.zeros(4, np.int64) for domain in domains}
    songs = 0
    for rendered in takes(material, minutes):
        songs += 1
        with tempfile.TemporaryDirectory() as room:
            folder = write_song(rendered, Path(room))
            for domain, total in totals.items():
                total += count_ghosts(rendered, folder, domain)
    for domain, (marked, right, true, found) in totals.items():
        print(f"ghosts, {songs} takes, {domain}: {right} of {marked} suggested are right,")
        print(f"    {found} of {true} heard ones are suggested")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("material", type=Path, help="folder with charts, grooves, kits, backing")
    parser.add_argument("--minutes", type=float, default=9.0, help="of takes (%(default)s)")
    options = parser.parse_args()
    for heldout in (False, True):
        measure_charts(options.material / "charts", heldout)
    measure_takes(options.material, options.minutes)


if __name__ == "__main__":
    run_script(main)
