"""How long reading a song and making the model's input takes.

python benchmarks/features.py [--minutes 4] [--repeat 5]
"""

import tempfile
from pathlib import Path

import harness
import numpy as np
import soundfile

from chart_hero_core.audio.fingerprint import fingerprint
from chart_hero_core.audio.io import AudioClip, load_audio, load_song_audio, song_audio
from chart_hero_core.audio.loudness import integrated_lufs
from chart_hero_core.audio.peaks import PeakPyramid
from chart_hero_core.cli.exits import run_script
from chart_hero_core.features.logmel import MICRO_HOP, LogMelSettings, log_mel


def main() -> None:
    """Measure and print."""
    parser = harness.parser(__doc__)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    demo, _ = load_song_audio(song_audio(harness.DEMO), "mix")
    length = round(options.minutes * 60 * demo.sample_rate)
    clip = AudioClip(np.resize(demo.samples, length), demo.sample_rate)
    figures: dict[str, float | int | str] = {"audio_s": options.minutes * 60}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.flac"
        soundfile.write(path, np.stack([clip.samples, clip.samples], axis=1), 44100)
        micro = LogMelSettings(hop=MICRO_HOP)
        actions = {
            "decode_and_resample_flac": lambda: load_audio(path),
            "log_mel": lambda: log_mel(clip.samples),
            "log_mel_micro": lambda: log_mel(clip.samples, micro),
            "loudness": lambda: integrated_lufs(clip),
            "peaks": lambda: PeakPyramid.of(clip),
            "fingerprint": lambda: fingerprint(clip),
        }
        for name, action in actions.items():
            figures |= harness.latency(name, harness.times_ms(action, options.repeat))
    pyramid = PeakPyramid.of(clip)
    drawn = harness.times_ms(lambda: pyramid.ranges(0.0, clip.duration_s, 1600), 200)
    figures |= harness.latency("peaks_of_one_screen", drawn)
    harness.show("reading and features", figures, options.json)


if __name__ == "__main__":
    run_script(main)
