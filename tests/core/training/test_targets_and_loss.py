"""Targets drawn by hand, and a loss that rewards what it should."""

from dataclasses import fields

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.performances import from_strokes
from chart_hero_core.training.clips.targets import make_targets
from chart_hero_core.training.config import PRESETS, TrainSettings
from chart_hero_core.training.step.losses import training_loss
from chart_hero_core.training.step.stages import onset_positive_weight, stage_share, term_weights
from tests.conftest import PROJECT


def test_a_stroke_between_frames() -> None:
    take = from_strokes("t", [(0.0525, Articulation.SNARE, 0.6)], [(0.05, True)], True, "t")
    targets = make_targets(take, frames=10, hop_s=0.01, width=2.5)
    snare = targets.classes[DrumClass.SNARE]
    # place 5.25: frames 3..7 are 2.25, 1.25, .25, .75, 1.75 away
    assert snare == pytest.approx([0, 0, 0, 0.1, 0.5, 0.9, 0.7, 0.3, 0, 0], abs=1e-5)
    assert targets.onset == pytest.approx(snare)
    assert targets.offset[DrumClass.SNARE, 5] == pytest.approx(0.25)
    assert targets.near[DrumClass.SNARE].tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]
    assert targets.offset[DrumClass.SNARE, 6] == pytest.approx(-0.5)
    assert targets.velocity[DrumClass.SNARE, 5] == pytest.approx(0.6)
    assert targets.beat[5] == targets.downbeat[5] == 1.0
    assert not targets.classes[DrumClass.KICK].any()


def test_close_strokes_keep_their_valley() -> None:
    strokes = [(0.05, Articulation.KICK, 1.0), (0.08, Articulation.KICK, 1.0)]
    row = make_targets(from_strokes("t", strokes, [], True, "t"), 14, 0.01, 2.5).classes[0]
    assert row[5] == row[8] == 1.0
    assert row[6] == row[7] == pytest.approx(0.6)


def test_strokes_at_the_edges() -> None:
    strokes = [(0.0, Articulation.KICK, 1.0), (0.099, Articulation.RIDE, 1.0)]
    targets = make_targets(from_strokes("t", strokes, [], True, "t"), 10, 0.01, 2.5)
    assert targets.classes[DrumClass.KICK, 0] == 1.0
    assert targets.classes[DrumClass.RIDE, 9] == pytest.approx(1 - 0.9 / 2.5)
    assert targets.stacked().shape == (35, 10)


def _logits_for(targets: torch.Tensor, sure: float) -> torch.Tensor:
    """Logits of a network that says exactly what the targets say."""
    soft = targets[:, :9].clamp(1e-4, 1 - 1e-4)
    logits = torch.zeros(targets.shape[0], 27, targets.shape[2])
    logits[:, :9] = torch.logit(soft) * sure
    logits[:, 9:17] = torch.atanh((targets[:, 9:17] * 2).clamp(-0.99, 0.99))
    logits[:, 17:25] = torch.logit(targets[:, 17:25].clamp(1e-4, 1 - 1e-4))
    logits[:, 25:] = torch.logit(targets[:, 33:].clamp(1e-4, 1 - 1e-4))
    return logits


def test_the_loss_prefers_the_truth() -> None:
    strokes = [(0.05, Articulation.KICK, 0.9), (0.11, Articulation.TOM_HIGH, 0.5)]
    take = from_strokes("t", strokes, [(0.05, True)], True, "t")
    targets = torch.from_numpy(make_targets(take, 20, 0.01, 2.5).stacked())[None]
    settings = TrainSettings()
    right, terms = training_loss(_logits_for(targets, 1.0), targets, settings)
    silent, _ = training_loss(torch.full((1, 27, 20), -6.0), targets, settings)
    shifted, _ = training_loss(_logits_for(targets, 1.0).roll(4, dims=2), targets, settings)
    swapped_logits = _logits_for(targets, 1.0)
    swapped_logits[:, [DrumClass.TOM_HIGH, DrumClass.HIHAT]] = swapped_logits[
        :, [DrumClass.HIHAT, DrumClass.TOM_HIGH]
    ]
    swapped, swapped_terms = training_loss(swapped_logits, targets, settings)
    assert right < 0.2 * min(silent, shifted, swapped)
    assert swapped_terms["ranking"] > terms["ranking"] + 1
    assert set(terms) == {"classes", "onset", "offset", "velocity", "beat", "ranking"}


def test_an_empty_clip_has_a_finite_loss() -> None:
    loss, _ = training_loss(torch.full((2, 27, 20), -4.0), torch.zeros(2, 35, 20), TrainSettings())
    assert 0 <= float(loss) < 5


def test_settings_name_what_is_wrong() -> None:
    with pytest.raises(SettingsError, match="nonsense"):
        TrainSettings().with_values({"nonsense": 1})
    with pytest.raises(SettingsError):
        TrainSettings(batch=0)
    assert TrainSettings().with_values({"steps": 5}).steps == 5
    assert np.isfinite(TrainSettings().learning_rate)
    with pytest.raises(SettingsError, match="accumulate must be at least 1"):
        TrainSettings(accumulate=0)
    with pytest.raises(SettingsError, match="balance must be from 0 to 1"):
        TrainSettings(balance=1.5)
    with pytest.raises(SettingsError, match="patience must not be negative"):
        TrainSettings(patience=-1)


def test_nothing_is_asked_about_what_cannot_be_heard() -> None:
    strokes = [(0.05, Articulation.KICK, 0.9), (0.05, Articulation.RIDE, 0.3)]
    take = from_strokes("t", strokes, [], True, "t")
    targets = make_targets(take, 20, 0.01, 2.5, np.array([True, False]))
    assert targets.classes[DrumClass.RIDE].tolist() == [0, 0, 0, *[-1] * 5, *[0] * 12]
    assert targets.classes[DrumClass.KICK, 5] == targets.onset[5] == 1.0
    assert not targets.near[DrumClass.RIDE].any()
    stacked = torch.from_numpy(targets.stacked())[None]
    silent, loud = torch.full((1, 27, 20), -4.0), torch.full((1, 27, 20), -4.0)
    loud[:, int(DrumClass.RIDE), 3:8] = 3.0
    settings = TrainSettings(ranking_weight=0.0)
    assert training_loss(silent, stacked, settings)[0] == training_loss(loud, stacked, settings)[0]
    loud[:, int(DrumClass.RIDE), 10] = 3.0
    assert training_loss(silent, stacked, settings)[0] < training_loss(loud, stacked, settings)[0]


def test_stage_a_learns_onsets_first() -> None:
    settings = TrainSettings(steps=100, onset_stage=0.4)
    shares = [stage_share(settings, step) for step in (0, 29, 35, 40, 99)]
    assert shares == pytest.approx([1, 1, 0.5, 0, 0])
    early, late = term_weights(settings, 0), term_weights(settings, 99)
    assert early["onset"] > 5 * max(v for k, v in early.items() if k != "onset") / 2
    assert late == term_weights(TrainSettings(), 0)  # without stages, all of a run is stage B
    assert onset_positive_weight(settings, 0) == 2 * settings.positive_weight
    assert onset_positive_weight(settings, 99) == settings.positive_weight


def _two_takes() -> tuple[torch.Tensor, torch.Tensor]:
    """Logits that miss every stroke of a clip with many kicks and one tom, and its targets."""
    strokes = [(0.05 + 0.1 * i, Articulation.KICK, 0.9) for i in range(9)]
    strokes.append((0.5, Articulation.TOM_LOW, 0.9))
    take = from_strokes("t", strokes, [], True, "t")
    targets = torch.from_numpy(make_targets(take, 100, 0.01, 2.5).stacked())[None]
    return torch.full((1, 27, 100), -3.0, requires_grad=True), targets


def _class_gradient(settings: TrainSettings, step: int | None = None) -> torch.Tensor:
    logits, targets = _two_takes()
    loss = training_loss(logits, targets, settings, step)[0]
    return torch.autograd.grad(loss, logits)[0][0].abs()


def test_rare_drums_weigh_more_up_to_the_cap() -> None:
    even = _class_gradient(TrainSettings())
    capped = _class_gradient(TrainSettings(positive_cap=10.0))
    ratio = capped[DrumClass.TOM_LOW, 50] / even[DrumClass.TOM_LOW, 50]
    usual = capped[DrumClass.KICK, 5] / even[DrumClass.KICK, 5]
    assert ratio > 2 * usual
    tight = _class_gradient(TrainSettings(positive_cap=2.0))
    assert tight[DrumClass.TOM_LOW, 50] < 0.5 * capped[DrumClass.TOM_LOW, 50]


def test_focal_alpha_weighs_onsets_against_the_rest() -> None:
    half = _class_gradient(TrainSettings(focal_alpha=0.5))
    assert half == pytest.approx(_class_gradient(TrainSettings()))
    quarter = _class_gradient(TrainSettings(focal_alpha=0.25))
    assert quarter[DrumClass.KICK, 5] < 0.7 * half[DrumClass.KICK, 5]
    assert quarter[DrumClass.RIDE, 5] == pytest.approx(1.5 * half[DrumClass.RIDE, 5])


def test_bootstrapping_trusts_the_network_after_stage_a() -> None:
    settings = TrainSettings(steps=10, bootstrap=0.4, onset_stage=0.5)
    plain = _class_gradient(TrainSettings(steps=10, onset_stage=0.5), 9)
    assert _class_gradient(settings, 9)[DrumClass.KICK, 5] < 0.8 * plain[DrumClass.KICK, 5]
    early = _class_gradient(TrainSettings(steps=10, onset_stage=0.5), 0)
    assert _class_gradient(settings, 0) == pytest.approx(early)


def test_presets_are_valid_and_say_what_they_promise() -> None:
    assert PRESETS["shipped"] == TrainSettings()
    fine = PRESETS["local_highres"]
    assert (fine.focal_alpha, fine.focal_gamma, fine.positive_cap) == (0.25, 2.0, 10.0)
    assert 2 <= fine.target_width <= 3
    assert 0.5 <= fine.onset_weight <= 1.0


def test_the_documentation_lists_every_setting() -> None:
    """docs/training.md ends with this table: each setting, and what the presets say of it."""
    names = list(PRESETS)
    lines = [f"| setting | {' | '.join(names)} | what it is |", "|---" * (len(names) + 2) + "|"]
    for option in fields(TrainSettings):
        values = [str(getattr(PRESETS[name], option.name)) for name in names]
        flag = "--" + option.name.replace("_", "-")
        lines.append(f"| `{flag}` | {' | '.join(values)} | {option.metadata['help']} |")
    text = (PROJECT / "docs" / "training.md").read_text("utf-8")
    assert text.endswith("\n".join(lines) + "\n")
