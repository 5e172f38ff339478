"""The band filters against those of librosa."""

import librosa
import numpy as np
import pytest

from chart_hero_core.features.logmel import LogMelSettings, _filterbank


# Of the bands narrower than a bin, which are made wider here.
@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize("size", [256, 512, 1024])
def test_bands_wider_than_a_bin_are_those_of_librosa(size: int) -> None:
    settings = LogMelSettings()
    theirs = librosa.filters.mel(
        sr=settings.sample_rate,
        n_fft=size,
        n_mels=settings.bands,
        fmin=settings.low_hz,
        fmax=settings.high_hz,
        htk=True,
        norm=None,
    ).T
    edges = librosa.mel_frequencies(
        settings.bands + 2, fmin=settings.low_hz, fmax=settings.high_hz, htk=True
    )
    wide = np.diff(edges)[:-1] > settings.sample_rate / size
    assert wide.sum() > 10
    ours, theirs = _filterbank(size, settings)[:, wide], theirs[:, wide]
    np.testing.assert_allclose(ours, theirs / theirs.sum(axis=0), atol=2e-6)
