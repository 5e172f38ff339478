"""Makes the demo song in resources/demo: audio, true chart, truth table, licence note.

    python packaging/make_demo.py KITS [FOLDER]

KITS is a library of drum one-shots with a manifest.json (see chart_hero_core/synthesis/kits.py);
only kits under CC0 or MIT are used. The result depends on nothing else: another run differs only in
the serial numbers that Ogg draws for its streams.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import demo_pattern
import demo_sound
import make_icons
import numpy as np
import soundfile
from PySide6.QtGui import QGuiApplication

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.audio.loudness import integrated_lufs
from chart_hero_core.base.files import write_bytes, write_text
from chart_hero_core.chart.rating import estimate_rating
from chart_hero_core.chart.reduce import reduce_song
from chart_hero_core.chart.song import Song
from chart_hero_core.cli.exits import run_script
from chart_hero_core.formats.dot_chart import write_chart
from chart_hero_core.formats.song_ini import write_song_ini

SEED = 20250101
TARGET_LUFS = -14.0
# Of libsndfile's scale from 0 (largest) to 1 (smallest): about 90 kbit/s and 60 kbit/s.
DRUMS_COMPRESSION, BACKING_COMPRESSION = 0.72, 0.85
MAX_BYTES = 1_000_000

LICENCE = """\
"{title}", the demo song of Chart Hero, is a composition of this project. Its drum pattern, its
backing (synthesised by packaging/demo_sound.py) and its chart are dedicated to the public domain
under CC0 1.0 (https://creativecommons.org/publicdomain/zero/1.0/).

The drums are played on one-shots of these kits, which permit it; the MIT licence of FluidR3 asks
for its notice, which follows.

{credits}

FluidR3 GM SoundFont, Copyright (c) 2000-2002, 2008 Frank Wen <getfrank@gmail.com>

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

Made by packaging/make_demo.py. drums.ogg and song.ogg are the two stems, notes.chart and song.ini
the true chart, truth.tsv the exact time in seconds of every stroke and its class.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the demo song.")
    parser.add_argument("kits", type=Path, help="folder of drum one-shots with a manifest.json")
    default = Path(__file__).resolve().parents[1] / "resources" / "demo"
    parser.add_argument("folder", type=Path, nargs="?", default=default, help="where to write")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)

    cast = demo_sound.load_cast(options.kits)
    strokes = demo_pattern.strokes()
    drums, times_s = demo_sound.play(strokes, cast, np.random.default_rng(SEED))
    backing = demo_sound.backing()
    drums, backing = _mix(drums, backing)
    _encode(folder / "drums.ogg", drums, DRUMS_COMPRESSION)
    _encode(folder / "song.ogg", backing, BACKING_COMPRESSION)

    song = _all_difficulties(demo_pattern.chart(demo_sound.LENGTH_S))
    write_bytes(folder / "notes.chart", write_chart(song))
    write_bytes(folder / "song.ini", write_song_ini(song.metadata))
    write_text(folder / "truth.tsv", _truth(strokes, times_s))
    write_bytes(folder / "album.png", _album_art())
    credits = "\n".join(f"- {line}" for line in cast.credits)
    write_text(folder / "LICENCE.txt", LICENCE.format(title=song.metadata.name, credits=credits))
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{len(strokes)} strokes, {demo_sound.LENGTH_S:.0f} s, {size / 1000:.0f} kB in {folder}")
    if size > MAX_BYTES:
        raise SystemExit(f"That is more than {MAX_BYTES} bytes.")
    return 0


def _mix(drums: demo_sound.Sound, backing: demo_sound.Sound) -> tuple[
    demo_sound.Sound, demo_sound.Sound
]:  # fmt: skip
    """Both stems at one gain, so that together they reach the target; peaks are rounded off."""
    whole = AudioClip((drums + backing).mean(axis=1), demo_sound.RATE)
    gain = np.float32(10 ** ((TARGET_LUFS - integrated_lufs(whole)) / 20))
    return _limit(drums * gain), _limit(backing * gain)


def _limit(sound: demo_sound.Sound, knee: float = 0.7) -> demo_sound.Sound:
    """Leave everything below the knee alone and bend what is above towards 0.97."""
    room = 0.97 - knee
    size = np.abs(sound)
    bent = knee + room * np.tanh((size - knee) / room)
    return np.where(size > knee, np.sign(sound) * bent, sound).astype(np.float32)


def _encode(path: Path, sound: demo_sound.Sound, compression: float) -> None:
    with soundfile.SoundFile(
        path, "w", demo_sound.RATE, 2, format="OGG", subtype="VORBIS", compression_level=compression
    ) as file:
        # libsndfile overflows its stack on very large writes of Vorbis.
        for start in range(0, len(sound), demo_sound.RATE):
            file.write(sound[start : start + demo_sound.RATE])


def _all_difficulties(song: Song) -> Song:
    song = replace(song, tracks={**song.tracks, **reduce_song(song)})
    return replace(song, metadata=replace(song.metadata, difficulty=estimate_rating(song)))


def _album_art() -> bytes:
    """The program's own icon, 512 pixels wide as the games want it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication([])
    picture = make_icons.render_png(512)
    del application
    return picture


def _truth(strokes: Sequence[demo_pattern.Stroke], times_s: Sequence[float]) -> str:
    rows = sorted(
        (time_s, stroke.articulation.drum.label)
        for stroke, time_s in zip(strokes, times_s, strict=True)
    )
    return "".join(f"{time_s:.6f}\t{label}\n" for time_s, label in rows)


if __name__ == "__main__":
    run_script(main)
