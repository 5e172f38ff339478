"""Learning a kit: what an analysis holds beside what the kit's sound says stays."""

from pathlib import Path

import numpy as np

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.tasks.adapt import adapt_to_song
from chart_hero_core.tasks.transcribe import AnalyseOptions, analyse_clip
from chart_hero_core.training.known import KnownStrokes
from tests.core.tasks.checkpoints import write_tiny_checkpoint
from tests.core.training.two_drums import RATE, two_drums


def test_the_harmony_is_known_after_learning_too(tmp_path: Path) -> None:
    model = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    samples, times, drums = two_drums(6.0)
    clip = AudioClip(samples, RATE)
    options = AnalyseOptions(micro="off", checkpoint=model)
    analysis = analyse_clip(clip, "mix", options, SilentProgress())
    known = KnownStrokes(times, drums, ((0.0, 6.0),))
    learned = adapt_to_song(analysis, known, SilentProgress(), checkpoint=model)
    before, after = analysis.activations.harmony, learned.analysis.activations.harmony
    assert before is not None
    assert before.any()
    assert after is not None
    np.testing.assert_allclose(after, before, atol=1e-5)
