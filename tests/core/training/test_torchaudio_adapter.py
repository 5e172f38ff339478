"""torchaudio works with its native extension and without it."""

import importlib
import sys
import types

import pytest
import torch

from chart_hero_core.training.step import torchaudio_adapter as adapter


@pytest.fixture
def fresh_modules() -> object:
    """Forget torchaudio before and after, so that it is imported anew."""
    kept = {
        n: m for n, m in sys.modules.items() if n == "torchaudio" or n.startswith("torchaudio.")
    }
    for name in kept:
        del sys.modules[name]
    yield
    for name in [n for n in sys.modules if n == "torchaudio" or n.startswith("torchaudio.")]:
        del sys.modules[name]
    sys.modules.update(kept)


@pytest.mark.usefixtures("fresh_modules")
def test_a_broken_extension_is_stood_in_for(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module
    attempts: list[str] = []

    def first_fails(name: str) -> types.ModuleType:
        attempts.append(name)
        if len(attempts) == 1:
            raise OSError("libc10_cuda.so: cannot open shared object file")
        return real(name)

    monkeypatch.setattr(importlib, "import_module", first_fails)
    transforms = adapter.load_transforms()
    assert isinstance(sys.modules["torchaudio._extension"], adapter._NoExtension)
    assert transforms.FrequencyMasking(4)(torch.ones(1, 8, 3)).shape == (1, 8, 3)


def test_the_mask_hides_bands_of_half_the_clips_and_keeps_its_input() -> None:
    torch.manual_seed(0)
    features = torch.ones(64, 2, 10, 96)
    masked = adapter.BandMask(widest=12)(features)
    assert (features == 1).all()
    hidden = (masked == 0).all(dim=2).sum(dim=-1).amax(dim=1)
    assert hidden.max() < 12
    assert 16 < int((hidden > 0).sum()) < 48
    assert ((masked == 0).any(dim=2) == (masked == 0).all(dim=2)).all()
