"""Learning a kit from a corrected passage: what carries over, what stays, what is refused."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.base.errors import Cancelled, DatasetError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.model import hidden_states as hidden_module
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.hidden_states import HiddenStates, run_last_layers, run_network
from chart_hero_core.model.infer import activations
from chart_hero_core.model.network import DrumNetwork, NetworkSettings
from chart_hero_core.tasks import adapt as task
from chart_hero_core.tasks.models import LoadedModel
from chart_hero_core.tasks.transcribe import Analysis
from chart_hero_core.training.own_songs import adapt as training
from chart_hero_core.training.own_songs.adapt import AdaptSettings, adapt, adapted_activations
from chart_hero_core.training.own_songs.known_loss import HARD_NEGATIVE, targets, weights
from chart_hero_core.training.own_songs.known_strokes import KnownStrokes
from tests.core.training.two_drums import two_drums

SMALL = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=16, skip_width=16)
# A network that knows nothing has farther to go than one that knows other kits.
FAR = AdaptSettings(steps=150, learning_rate=0.02, l2_sp=0.0)
SECONDS, CORRECTED_S = 12.0, 6.0


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    torch.manual_seed(0)
    network = DrumNetwork(SMALL).eval()
    return Checkpoint(network)


@pytest.fixture(scope="module")
def song() -> tuple[np.ndarray, KnownStrokes]:
    samples, times, drums = two_drums(SECONDS)
    return samples, KnownStrokes(times, drums, ((0.0, CORRECTED_S),))


@pytest.fixture(scope="module")
def hidden(checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes]) -> HiddenStates:
    return run_network(song[0], checkpoint)[1]


def test_hidden_and_answer_are_inference_in_two_steps(
    checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = activations(song[0], checkpoint)
    monkeypatch.setattr(hidden_module, "CHUNK_FRAMES", 300)
    parts = run_last_layers(run_network(song[0], checkpoint)[1], checkpoint)
    assert parts.hop_s == whole.hop_s
    np.testing.assert_allclose(parts.classes, whole.classes, atol=2e-3)
    assert parts.beat is not None
    assert whole.beat is not None
    np.testing.assert_allclose(parts.beat, whole.beat, atol=2e-3)


def test_what_was_corrected_carries_over_to_the_rest(
    checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes], hidden: HiddenStates
) -> None:
    known = song[1]
    before = {name: value.clone() for name, value in checkpoint.network.state_dict().items()}
    adapted = adapt(checkpoint, hidden, known, SilentProgress(), FAR)
    assert adapted.strokes == int((known.times_s < CORRECTED_S).sum())
    assert adapted.loss_after < 0.5 * adapted.loss_before
    heard = adapted_activations(adapted, hidden, song[0])
    rest = known.times_s >= CORRECTED_S
    frames = np.round(known.times_s[rest] / heard.hop_s).astype(int)
    kick, hat = heard.classes[DrumClass.KICK, frames], heard.classes[DrumClass.HIHAT, frames]
    is_kick = known.drums[rest] == DrumClass.KICK
    assert ((kick > hat) == is_kick).mean() > 0.9
    for name, value in checkpoint.network.state_dict().items():
        assert torch.equal(value, before[name]), "the model itself must not change"


def test_a_drum_that_was_not_corrected_stays_what_it_was(
    checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes], hidden: HiddenStates
) -> None:
    """The passage has kicks alone; the model that knows both drums must not lose the hi-hat."""
    known = song[1]
    whole = replace(known, reviewed_s=((0.0, SECONDS),))
    able = adapt(checkpoint, hidden, whole, SilentProgress(), FAR).checkpoint
    kicks = known.drums == DrumClass.KICK
    only = replace(known, times_s=known.times_s[kicks], drums=known.drums[kicks])
    hats = known.times_s[(known.drums == DrumClass.HIHAT) & (known.times_s >= CORRECTED_S)]

    def hat_heard(settings: AdaptSettings) -> float:
        again = adapt(able, hidden, only, SilentProgress(), settings)
        heard = adapted_activations(again, hidden, song[0])
        return float(
            heard.classes[DrumClass.HIHAT, np.round(hats / heard.hop_s).astype(int)].mean()
        )

    free = AdaptSettings(steps=60, learning_rate=0.01, l2_sp=0.0, distillation=0.0)
    held = hat_heard(replace(free, distillation=1.0))
    assert held > hat_heard(free) + 0.2
    assert held > 0.3


def test_the_same_corrections_teach_the_same(
    checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes], hidden: HiddenStates
) -> None:
    settings = AdaptSettings(steps=3)
    one, two = (adapt(checkpoint, hidden, song[1], SilentProgress(), settings) for _ in range(2))
    assert torch.equal(one.checkpoint.network.head.weight, two.checkpoint.network.head.weight)


def test_where_the_harmony_changes_is_still_known_when_the_kit_is(
    checkpoint: Checkpoint,
    song: tuple[np.ndarray, KnownStrokes],
    hidden: HiddenStates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(task, "load_chosen", lambda _path: LoadedModel(checkpoint, "test", Path()))
    monkeypatch.setattr(training, "adapt", partial(adapt, settings=AdaptSettings(steps=1)))
    whole = activations(song[0], checkpoint)
    whole = replace(whole, harmony=np.ones(whole.frames, np.float32))
    clip = AudioClip(song[0], checkpoint.features.sample_rate)
    analysis = Analysis(clip, "drums", whole, None, "test", ())
    taught = task.adapt_to_song(analysis, song[1], SilentProgress(), hidden=hidden)
    kept = taught.analysis.activations.harmony
    assert kept is not None
    assert kept.all()


def test_too_few_corrections_are_refused(
    checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes], hidden: HiddenStates
) -> None:
    short = replace(song[1], reviewed_s=((0.0, 1.0),))
    with pytest.raises(DatasetError, match="3 notes in the corrected passage"):
        adapt(checkpoint, hidden, short, SilentProgress())


def test_a_passage_after_the_end_of_the_sound_teaches_nothing(
    checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes], hidden: HiddenStates
) -> None:
    end_s = hidden.frames * hidden.hop_s
    times_s = song[1].times_s
    after = KnownStrokes(times_s + end_s, song[1].drums, ((end_s + 0.1, 3 * end_s),))
    with pytest.raises(DatasetError, match="There are 0 notes in the corrected passage"):
        adapt(checkpoint, hidden, after, SilentProgress())
    both = replace(
        song[1],
        times_s=np.concatenate([times_s, after.times_s]),
        drums=np.concatenate([song[1].drums, song[1].drums]),
        reviewed_s=((0.0, 3 * end_s),),
    )
    taught = adapt(checkpoint, hidden, both, SilentProgress(), AdaptSettings(steps=1))
    assert taught.strokes == len(times_s)


def test_it_can_be_cancelled(
    checkpoint: Checkpoint, song: tuple[np.ndarray, KnownStrokes], hidden: HiddenStates
) -> None:
    with pytest.raises(Cancelled):
        adapt(checkpoint, hidden, song[1], CallbackProgress(is_cancelled=lambda: True))


def test_strokes_snap_to_what_was_heard_near_them() -> None:
    frames, hop_s = 200, 0.005
    onset = np.zeros(frames, np.float32)
    onset[[50, 120]] = 0.9, 0.05
    offset = np.full((DRUM_COUNT, frames), 0.4, np.float32)
    heard = Activations(np.zeros((DRUM_COUNT, frames), np.float32), onset, hop_s, offset=offset)
    known = KnownStrokes(np.array([0.235, 0.6, 0.9]), np.zeros(3, np.int8), ((0.0, 1.0),))
    # The first is 15 ms beside a peak; near the second there is none worth the name.
    np.testing.assert_allclose(known.snapped(heard).times_s, [0.252, 0.6, 0.9])


def test_only_reviewed_frames_and_rejected_drums_count() -> None:
    known = KnownStrokes(
        times_s=np.array([0.1]),
        drums=np.array([DrumClass.SNARE], np.int8),
        reviewed_s=((0.0, 0.2),),
        rejected_times_s=np.array([0.5]),
        rejected_drums=np.array([DrumClass.CRASH], np.int8),
    )
    weight = weights(known, 0, 100, 0.01)
    assert (weight[:, :20] == 1).all()
    assert (weight[DrumClass.CRASH, 47:54] == HARD_NEGATIVE).all()
    assert weight[:, 20:].sum() == 7 * HARD_NEGATIVE
    # Drawn from any frame on, the targets are the same.
    whole = targets(known, 0, 100, 0.01)
    np.testing.assert_allclose(targets(known, 8, 50, 0.01), whole[:, 8:58])
    assert whole[DrumClass.SNARE, 10] == whole[DRUM_COUNT, 10] == 1.0
    assert whole[DrumClass.CRASH].sum() == 0
