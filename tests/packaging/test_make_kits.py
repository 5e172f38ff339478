"""Kit libraries from packages: onsets where labels say, no cancelled channels, no sound twice."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.kits import load_kits

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture
def make_kits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(PACKAGING))
    import make_kits

    yield make_kits
    for name in ("make_kits", "kit_sources"):
        sys.modules.pop(name)


def stroke(frequency_hz: float, seconds: float = 0.3, decay: float = 20) -> np.ndarray:
    time_s = np.arange(int(seconds * 44100)) / 44100
    tone = np.cos(2 * np.pi * frequency_hz * time_s) * np.exp(-time_s * decay)
    return np.asarray(0.5 * tone, np.float32)


def test_a_stroke_begins_half_a_millisecond_after_its_file(make_kits: Any) -> None:
    late = np.concatenate([np.zeros(4000, np.float32), stroke(200), np.zeros(9000, np.float32)])
    tidied = make_kits.tidy(np.stack([late, late], axis=1), 44100)
    assert int(np.argmax(np.abs(tidied) > 0.01)) == make_kits.PRE_ROLL
    assert len(tidied) <= 0.3 * 44100 + make_kits.PRE_ROLL
    assert make_kits.tidy(np.zeros((4000, 2), np.float32), 44100) is None


def test_opposed_channels_do_not_cancel(make_kits: Any) -> None:
    sound = stroke(200)
    tidied = make_kits.tidy(np.stack([sound, -sound], axis=1), 44100)
    assert np.abs(tidied).max() == pytest.approx(0.5, rel=0.01)


def test_what_is_looped_for_ever_ends(make_kits: Any) -> None:
    endless = stroke(5000, seconds=8, decay=0)
    tidied = make_kits.tidy(endless[:, None], 44100)
    assert len(tidied) == pytest.approx(5 * 44100, abs=100)
    assert np.abs(tidied[-50:]).max() < 0.01


def test_a_sound_is_written_once_and_a_wrong_one_not_at_all(make_kits: Any, tmp_path: Path) -> None:
    origin = make_kits.Origin("us", "CC0-1.0", "permissive", "us")
    library = make_kits.Library(tmp_path)
    kick, snare, ride = stroke(60), stroke(190), stroke(900)
    for name, own in (("one", snare), ("two", stroke(310))):
        kit = make_kits.RecordedKit(name, "us", "acoustic", {}, acoustic=True)
        sounds = {"kick": [kick * 0.2, kick.copy()], "snare": [own.copy()], "ride": [ride.copy()]}
        library.add(kit, origin, sounds)
    library.close()
    assert not list(tmp_path.glob("*/ride*")), "a ride whose spectrum lies at 900 Hz"
    assert not list(tmp_path.glob("two/kick*"))
    for path in tmp_path.glob("*/*.flac"):
        assert np.abs(sf.read(path)[0]).max() < 0.9
    one, two = load_kits(tmp_path, heldout=False)
    assert len(one.sounds[Articulation.KICK]) == 2
    assert len(two.sounds[Articulation.KICK][0][0]) == len(one.sounds[Articulation.KICK][0][0])
    entries = json.loads((tmp_path / "manifest.json").read_text())["kits"]
    assert [entry.get("inherits") for entry in entries] == [None, {"kick": "one"}]
