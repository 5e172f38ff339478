"""Teaches and measures the detector that tells drums alone from whole mixes.

    python benchmarks/domain.py teach SONGS ... [-o resources/domain.json]
    python benchmarks/domain.py measure FOLDER ...

Folders are what ``chart-hero synthesise`` writes; ``measure`` also takes folders of
``NAME.drums.EXT`` and ``NAME.mix.EXT``, and of music without drums.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import harness
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from chart_hero_core.audio.io import load_audio
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.files import resources_dir, write_text
from chart_hero_core.cli.exits import run_script
from chart_hero_core.features.domain import WEIGHTS_FILE, DomainDetector, shipped_detector
from chart_hero_core.features.tonality import peak_statistics, windows_of

_SUFFIXES = (".flac", ".ogg", ".wav", ".mp3")
# Stronger weights fit the kits they were taught with better, and others worse.
_STRENGTH = 0.1


def songs_of(folder: Path) -> Iterator[tuple[str, bool, Float32Array]]:
    """Name, whether it is drums alone, samples: both of every song that has both."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and (path / "drums.ogg").exists():
            drums = load_audio(path / "drums.ogg").samples
            yield path.name, True, drums
            if not (path / "song.ogg").exists():
                continue  # separated drums
            music = load_audio(path / "song.ogg").samples
            length = min(len(drums), len(music))
            yield path.name, False, drums[:length] + music[:length]
        elif path.suffix in _SUFFIXES:
            yield path.name, ".drums." in path.name, load_audio(path).samples


def statistics_of(folders: Sequence[Path]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """One row per window, and whether it is drums."""
    rows, drums = [], []
    for _, is_drums, samples in chain.from_iterable(songs_of(folder) for folder in folders):
        for window in windows_of(samples):
            rows.append(peak_statistics(window))
            drums.append(is_drums)
    return np.array(rows), np.array(drums, bool)


def teach(songs: Sequence[Path], about: str) -> DomainDetector:
    """Fit the weights to songs; mixes weigh as much as drums alone, however many there are."""
    rows, drums = statistics_of(songs)
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=_STRENGTH, max_iter=5000, class_weight="balanced").fit(
        scaler.transform(rows), drums
    )
    bias = round(float(model.intercept_[0]), 4)
    return DomainDetector(scaler.mean_, scaler.scale_, model.coef_[0], bias, about)


def measure(folder: Path, detector: DomainDetector) -> dict[str, float | int | str]:
    """Shares that are told rightly, and the songs that are not."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    wrong: list[str] = []
    margin = np.inf
    for name, is_drums, samples in songs_of(folder):
        log_odds = detector.log_odds(samples)
        margin = min(margin, log_odds if is_drums else -log_odds)
        right[is_drums].append((log_odds > 0) == is_drums)
        if not right[is_drums][-1]:
            wrong.append(f"{name} ({'drums' if is_drums else 'mix'}, {log_odds:+.1f})")
    every = [*right[True], *right[False]]
    if not every:
        raise DatasetError(f"{folder} holds no songs whose name or stems tell what they are.")
    return {
        "files": len(every),
        "right": float(np.mean(every)),
        "right_drums": float(np.mean(right[True])) if right[True] else "-",
        "right_mixes": float(np.mean(right[False])) if right[False] else "-",
        "smallest_margin": float(margin),
        "wrong": ", ".join(wrong) or "-",
    }


def main() -> None:
    """Teach or measure."""
    parser = harness.parser(__doc__)
    parser.add_argument("action", choices=("teach", "measure"))
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, default=resources_dir() / WEIGHTS_FILE)
    args = parser.parse_args()
    if args.action == "measure":
        for folder in args.folders:
            figures = measure(folder, shipped_detector())
            harness.show(f"drums or mix, {folder.name}", figures, args.json)
        return
    names = [Path(word).name for word in sys.argv[1:] if word != "--json"]
    detector = teach(args.folders, "python benchmarks/domain.py " + " ".join(names))
    write_text(args.output, json.dumps(detector.to_json()) + "\n")


if __name__ == "__main__":
    run_script(main)
