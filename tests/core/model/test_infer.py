"""Inference: no seams between chunks, micro mode lines up with the baseline, cancel works."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import Activations
from chart_hero_core.base.errors import Cancelled
from chart_hero_core.base.progress import CallbackProgress
from chart_hero_core.model import hidden_states, infer
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.network import DrumNetwork, NetworkSettings, split_heads

SMALL = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2, 4), fine_width=8, skip_width=4)


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    torch.manual_seed(0)
    network = DrumNetwork(SMALL)
    # Fresh heads answer the same everywhere; make them answer to the input.
    torch.nn.init.normal_(network.head.weight, std=1.0)
    return Checkpoint(network.eval())


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.1, 22050 * 3).astype(np.float32)


def test_shapes_and_ranges(checkpoint: Checkpoint, samples: np.ndarray) -> None:
    result = infer.activations(samples, checkpoint)
    assert result.frames == len(samples) // 128 + 1
    assert result.hop_s == pytest.approx(128 / 22050)
    assert ((result.classes >= 0) & (result.classes <= 1)).all()
    assert result.offset is not None
    assert (np.abs(result.offset) <= 0.5).all()


def test_chunks_leave_no_seam(
    checkpoint: Checkpoint, samples: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = infer.activations(samples, checkpoint)
    monkeypatch.setattr(hidden_states, "LONG_CHUNK_FRAMES", 104)
    monkeypatch.setattr(hidden_states, "_PIECE_FRAMES", 40)
    pieces = infer.activations(samples, checkpoint)
    np.testing.assert_allclose(pieces.classes, whole.classes, atol=1e-4)
    np.testing.assert_allclose(pieces.onset, whole.onset, atol=1e-4)


def test_parts_come_as_they_are_heard(
    checkpoint: Checkpoint, samples: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden_states, "CHUNK_FRAMES", 200)
    monkeypatch.setattr(hidden_states, "LONG_CHUNK_FRAMES", 240)
    parts: list[Activations] = []
    whole = infer.activations(samples, checkpoint, on_part=parts.append)
    assert [part.frames for part in parts] == [200, 440]  # 517 frames; the last is the result
    for part in parts:
        np.testing.assert_allclose(part.classes, whole.classes[:, : part.frames], atol=1e-6)
        assert part.end_s == pytest.approx(part.frames * whole.hop_s)


def test_micro_mode_lines_up_with_the_baseline(checkpoint: Checkpoint, samples: np.ndarray) -> None:
    whole = infer.activations(samples, checkpoint)
    finer = infer.refine(samples, checkpoint, whole, [(1.0, 1.5)])
    (span,) = finer.spans
    assert span.hop_s == pytest.approx(whole.hop_s / 2)
    first = round(span.start_s / whole.hop_s)
    np.testing.assert_allclose(
        span.classes[:, 0::2], whole.classes[:, first : first + span.frames // 2], atol=1e-4
    )
    assert span.start_s <= 1.0 + whole.hop_s
    assert span.end_s >= 1.5 - 2 * whole.hop_s


def test_spans_outside_the_song_are_ignored(checkpoint: Checkpoint, samples: np.ndarray) -> None:
    whole = infer.activations(samples, checkpoint)
    finer = infer.refine(samples, checkpoint, whole, [(100.0, 120.0), (2.9, 50.0)])
    assert len(finer.spans) == 1


@pytest.mark.parametrize("length", [0, 1, 127, 129, 300])
def test_tiny_audio(checkpoint: Checkpoint, length: int) -> None:
    result = infer.activations(np.zeros(length, np.float32), checkpoint)
    assert result.frames == length // 128 + 1


def test_cancel(checkpoint: Checkpoint, samples: np.ndarray) -> None:
    with pytest.raises(Cancelled):
        infer.activations(samples, checkpoint, CallbackProgress(is_cancelled=lambda: True))


def test_progress_is_told_and_a_cancel_heard_within_a_chunk(
    checkpoint: Checkpoint, samples: np.ndarray
) -> None:
    told: list[float] = []
    progress = CallbackProgress(lambda fraction, _: told.append(fraction))
    infer.activations(samples, checkpoint, progress)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    # A piece for the stem, and the three blocks of the trunk.
    assert len(told) == 4
    for last in told[:-1]:
        heard: list[float] = []
        progress = CallbackProgress(
            lambda fraction, _, heard=heard: heard.append(fraction),  # type: ignore[misc]
            lambda last=last, heard=heard: heard[-1:] == [last],  # type: ignore[misc]
        )
        with pytest.raises(Cancelled):
            infer.activations(samples, checkpoint, progress)


def test_heads_are_named_in_order() -> None:
    rows = torch.arange(27.0).reshape(1, 27, 1)
    heads = split_heads(rows)
    assert {name: value.shape[1] for name, value in heads.items()} == {
        "classes": 8,
        "onset": 1,
        "offset": 8,
        "velocity": 8,
        "beat": 1,
        "downbeat": 1,
    }
    assert heads["onset"].item() == 8
    assert heads["downbeat"].item() == 26


def test_context_covers_the_network() -> None:
    """Changing the input further away than the context must not change an output frame."""
    torch.manual_seed(0)
    network = DrumNetwork(SMALL).eval()
    torch.nn.init.normal_(network.head.weight, std=1.0)
    context = SMALL.context_frames
    x = torch.rand(1, 3, 2 * context + 40, 96)
    y = x.clone()
    y[:, :, : 20 - 2] += 1.0
    with torch.inference_mode():
        a, b = network(x), network(y)
    assert torch.equal(a[..., 20 + context :], b[..., 20 + context :])
    assert not torch.equal(a[..., :20], b[..., :20])


def test_attention_starts_as_the_identity_and_leaves_no_seam(
    checkpoint: Checkpoint, samples: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(SMALL, attention_after=(2,), attention_reach=6)
    network = DrumNetwork(settings)
    network.load_state_dict({**network.state_dict(), **checkpoint.network.state_dict()})
    plain = infer.activations(samples, checkpoint)
    same = infer.activations(samples, Checkpoint(network.eval()))
    np.testing.assert_allclose(same.classes, plain.classes, atol=1e-6)
    for layer in ("out", "feed.3"):
        torch.nn.init.normal_(network.get_parameter(f"attention.2.{layer}.weight"), std=0.5)
    whole = infer.activations(samples, Checkpoint(network))
    assert np.abs(whole.classes - plain.classes).max() > 0.01
    monkeypatch.setattr(hidden_states, "LONG_CHUNK_FRAMES", 104)
    np.testing.assert_allclose(
        infer.activations(samples, Checkpoint(network)).classes, whole.classes, atol=1e-4
    )
