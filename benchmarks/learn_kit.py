r"""What "learn this kit" is worth: edits on the rest of each song, before and after.

    chart-hero synthesise MATERIAL -o songs --heldout --part test --minutes 12.5 \
        --song-seconds 75 --seed 11
    python benchmarks/learn_kit.py songs

Of each song folder the first 30 s of the true chart teach the model; edits are counted from there
to the end, on the true tempo map, at the baseline hop.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import Activations
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli.exits import run_script
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint
from chart_hero_core.model.hidden_states import run_last_layers, run_network
from chart_hero_core.model.infer import in_context
from chart_hero_core.tasks.adapt import corrected_strokes
from chart_hero_core.training.own_songs.adapt import adapt, adapted_activations
from chart_hero_core.training.own_songs.gate import score_hits
from chart_hero_core.training.own_songs.held_out import HeldOutSong, decode_held_out

DOMAINS: tuple[Domain, ...] = ("drums", "mix")


def main() -> None:
    """Print a line per song and the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", type=Path)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0, help="corrected (%(default)s)")
    args = parser.parse_args()
    checkpoint = load_checkpoint(args.checkpoint)
    folders = [path for path in sorted(args.songs.iterdir()) if path.is_dir()]
    if not folders:
        raise DatasetError(f"{args.songs} holds no song folders.")
    for domain in DOMAINS:
        rows = [_song(checkpoint, folder, domain, args.seconds) for folder in folders]
        edits = np.array([row[:3] for row in rows])
        took_s = [row[3] for row in rows]
        for folder, (before, after, notes) in zip(folders, edits.tolist(), strict=True):
            print(f"{domain:6s} {folder.name:50.50s} {before:4.0f} -> {after:4.0f} of {notes:.0f}")
        before, after, notes = edits.sum(axis=0)
        print(
            f"{domain:6s} edits per 100 notes: {100 * before / notes:.1f} -> "
            f"{100 * after / notes:.1f}; learning took {np.median(took_s):.1f} s (median)\n"
        )


def _song(
    checkpoint: Checkpoint, folder: Path, domain: Domain, seconds: float
) -> tuple[float, float, float, float]:
    """Edits before and after, notes, and how long learning and hearing again took."""
    song = load_song(folder).song
    clip, _ = load_song_audio(song_audio(folder), domain, SAMPLE_RATE)
    samples = to_reference_level(clip.samples)
    _, hidden = run_network(samples, checkpoint)
    known = corrected_strokes(song, ((0.0, seconds),))
    rest = HeldOutSong(
        folder.name,
        domain,
        samples,
        corrected_strokes(song, ((seconds, clip.duration_s),)),
        song.tempo_map,
    )
    heard = in_context(run_last_layers(hidden, checkpoint), hidden, samples, checkpoint)
    before, notes = _edits(checkpoint, rest, heard)
    began = time.perf_counter()
    try:
        adapted = adapt(checkpoint, hidden, known, SilentProgress())
    except DatasetError:  # nothing is played in the passage
        return before, before, notes, 0.0
    heard = adapted_activations(adapted, hidden, samples)
    took_s = time.perf_counter() - began
    return before, _edits(adapted.checkpoint, rest, heard)[0], notes, took_s


def _edits(checkpoint: Checkpoint, song: HeldOutSong, heard: Activations) -> tuple[float, float]:
    hits = decode_held_out(checkpoint, song.domain, prepare(heard))
    edits, notes = score_hits(song, hits).sum(axis=0)[:2]
    return float(edits), float(notes)


if __name__ == "__main__":
    run_script(main)
