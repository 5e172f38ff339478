"""Make ``resources/kit`` from a folder of one-shots.

    python packaging/make_kit.py SOURCE_DIR

SOURCE_DIR holds mono files named ``ARTICULATION_vLL_rRR.flac`` (v01 the softest layer) and a
``kit.json`` with ``attribution``, ``licence`` and ``source``. One soft, one middling and one hard
stroke of each class are taken, cut where they have died away, and brought to one common gain;
only the cymbals are raised against the rest.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import soundfile

from chart_hero_core.cli.exits import run_script

PROJECT = Path(__file__).resolve().parents[1]
TARGET = PROJECT / "resources" / "kit"
# The classes of the program and the articulation that stands for each.
ARTICULATIONS = {
    "kick": "kick",
    "snare": "snare",
    "tom_high": "tom_high",
    "tom_mid": "tom_mid",
    "tom_low": "tom_low",
    "hihat": "hihat_closed",
    "crash": "crash_1",
    "ride": "ride",
}
LONGEST_S = {"crash": 2.2, "ride": 1.6}
LONGEST_OTHERS_S = 1.0
SILENT_DB = -60.0  # below the stroke's own peak
FADE_S = 0.06
# Beside a whole song cymbals of the natural balance are hard to hear, and every note must be.
RAISED_DB = {"hihat": 6.0, "ride": 5.0, "crash": 3.0}
PEAK = 0.89  # -1 dBFS for the loudest stroke of the kit


def layers_of(source: Path, articulation: str) -> list[Path]:
    """The first stroke of the softest, the middle and the hardest layer."""
    pattern = re.compile(rf"{articulation}_v(\d+)_r01\.flac")
    found = sorted(file for file in source.iterdir() if pattern.fullmatch(file.name))
    if len(found) < 2:
        raise SystemExit(f"{source} has no {articulation} in several layers.")
    soft, hard = (1 if len(found) > 4 else 0), len(found) - 1
    return [found[soft], found[(soft + hard) // 2], found[hard]]


def trimmed(samples: np.ndarray, rate: int, longest_s: float) -> np.ndarray:
    """Cut where the sound has died away, with a short fade."""
    level = np.abs(samples)
    audible = np.flatnonzero(level > level.max() * 10 ** (SILENT_DB / 20))
    end = min(int(audible[-1]) + 1, int(longest_s * rate), len(samples))
    cut = samples[:end].copy()
    fade = min(int(FADE_S * rate), end)
    cut[end - fade :] *= np.linspace(1.0, 0.0, fade) ** 2
    return cut


def main() -> None:
    """Write the samples and ``ATTRIBUTION.txt``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, metavar="SOURCE_DIR")
    source: Path = parser.parse_args().source
    try:
        about = json.loads((source / "kit.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(
            f"{source} is no folder of one-shots: its kit.json is unreadable."
        ) from error
    sounds, rate = sounds_of(source)
    gain = PEAK / max(float(np.abs(samples).max()) for samples in sounds.values())
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, samples in sounds.items():
        soundfile.write(TARGET / f"{name}.flac", samples * gain, rate, subtype="PCM_16")
    (TARGET / "ATTRIBUTION.txt").write_text(
        f"{about['attribution']}\nSource: {about['source']}\nLicence: {about['licence']}\n"
        "Changes: one stroke of three layers each, cut, cymbals raised, mono.\n",
        encoding="utf-8",
    )
    size = sum(file.stat().st_size for file in TARGET.iterdir())
    print(f"{len(sounds)} samples, {size / 1e6:.2f} MB in {TARGET}")


def sounds_of(source: Path) -> tuple[dict[str, np.ndarray], int]:
    """The strokes by the name of their file, cut, cymbals raised; and their sample rate."""
    sounds: dict[str, np.ndarray] = {}
    rates = set()
    for label, articulation in ARTICULATIONS.items():
        for index, file in enumerate(layers_of(source, articulation), start=1):
            samples, rate = soundfile.read(file, dtype="float64")
            rates.add(rate)
            longest_s = LONGEST_S.get(label, LONGEST_OTHERS_S)
            raised = 10 ** (RAISED_DB.get(label, 0.0) / 20)
            sounds[f"{label}_{index}"] = trimmed(samples, rate, longest_s) * raised
    (rate,) = rates
    return sounds, rate


if __name__ == "__main__":
    run_script(main)
