"""Songs out of whole MIDI arrangements: music and drums that belong together, with true bars.

    python benchmarks/render_midi.py SOUNDFONT OUT FILE.mid ... [--seconds 80]

Writes ``NAME.mix.flac``, ``NAME.tsv`` (the strokes) and ``NAME.beats``, as
``benchmarks/timing_audio.py`` takes them, of every arrangement that says its time signature and has
at least 200 strokes and 50 s. Needs fluidsynth.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import mido
import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chart_hero_core.cli.exits import run_script
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.performances import Performance, read_take

RATE = 22050
LEAST_STROKES, LEAST_S = 200, 50.0
GAIN, PEAK = "0.6", 0.9
# A note that never ends would keep fluidsynth going.
PATIENCE_S = 300


def says_signature(midi: mido.MidiFile) -> bool:
    """Whether bars are written down rather than assumed."""
    return any(event.type == "time_signature" for track in midi.tracks for event in track)


def render(soundfont: Path, path: Path, seconds: float) -> np.ndarray:
    """The first seconds of an arrangement, mono."""
    with tempfile.TemporaryDirectory() as folder:
        cut, wav = Path(folder) / "cut.mid", Path(folder) / "cut.wav"
        opening(mido.MidiFile(path, clip=True), seconds).save(cut)
        command = ["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", GAIN, "-r", str(RATE)]
        subprocess.run([*command, "-F", wav, soundfont, cut], check=True, timeout=PATIENCE_S)
        samples, _ = soundfile.read(wav, frames=round(seconds * RATE), always_2d=True)
    mono: np.ndarray = samples.mean(axis=1)
    return mono * (PEAK / max(float(np.abs(mono).max()), 1e-6))


def opening(midi: mido.MidiFile, seconds: float) -> mido.MidiFile:
    """The events of the first seconds, in one track, all sound off at the end."""
    track, now = mido.MidiTrack(), 0.0
    tempo, waited = 500_000, 0
    for event in mido.merge_tracks(midi.tracks):
        now += mido.tick2second(event.time, midi.ticks_per_beat, tempo)
        if now > seconds:
            break
        tempo = event.tempo if event.type == "set_tempo" else tempo
        waited += event.time
        if event.type != "end_of_track":
            track.append(event.copy(time=waited))
            waited = 0
    for channel in range(16):
        track.append(mido.Message("control_change", channel=channel, control=120, value=0))
    cut = mido.MidiFile(ticks_per_beat=midi.ticks_per_beat)
    cut.tracks.append(track)
    return cut


def write(take: Performance, samples: np.ndarray, out: Path) -> None:
    """One song's three files."""
    end_s = len(samples) / RATE - 1
    soundfile.write(out / f"{take.name}.mix.flac", samples, RATE)
    strokes = [
        f"{time:.4f}\t{CLASS_OF[Articulation(int(name))].label}\n"
        for time, name in zip(take.times_s, take.articulations, strict=True)
        if time < end_s
    ]
    (out / f"{take.name}.tsv").write_text("".join(strokes))
    rows, place = [], 0
    for beat in take.beats_s[take.beats_s < end_s]:
        place = 1 if np.isclose(take.downbeats_s, beat).any() else place + 1
        rows.append(f"{beat:.4f}\t{place}\n")
    (out / f"{take.name}.beats").write_text("".join(rows))


def main() -> None:
    """Render what is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("soundfont", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--seconds", type=float, default=80.0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for path in args.files:
        take = read_take(path, human=False, kind="song")
        enough = len(take.times_s) >= LEAST_STROKES and take.duration_s >= LEAST_S
        if enough and says_signature(mido.MidiFile(path, clip=True)):
            write(take, render(args.soundfont, path, args.seconds), args.out)
            print(path.stem, flush=True)


if __name__ == "__main__":
    run_script(main)
