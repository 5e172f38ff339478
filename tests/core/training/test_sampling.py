"""What a run is shown: balance, curriculum, fixed ratios, and hard clips again."""

import copy
from typing import Literal

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.model.network import DrumNetwork
from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.clips import Clip, ClipSettings, Materials
from chart_hero_core.synthesis.performances import Performance, from_strokes
from chart_hero_core.training.clips import drawing
from chart_hero_core.training.clips.drawing import ClipDrawer
from chart_hero_core.training.clips.hard import HardClips, false_probability
from chart_hero_core.training.clips.sampling import (
    balanced,
    closeness_s,
    closest_allowed_s,
    same_drum_intervals_s,
)
from chart_hero_core.training.step.memory import checkpoint_blocks
from tests.core.training.small import NETWORK, settings_for


def take(surface: Articulation, ioi_s: float, bpm: float, count: int = 32) -> Performance:
    strokes = [(index * ioi_s, surface, 0.8) for index in range(count)]
    beats = [(index * 60 / bpm, index % 4 == 0) for index in range(8)]
    return from_strokes(surface.name, strokes, beats, human=True, kind="groove")


COMMON = take(Articulation.HIHAT_CLOSED, 0.25, 120)
RARE = take(Articulation.TOM_LOW, 0.05, 200)


def materials_of(grooves: list[Performance], charts: list[Performance]) -> Materials:
    return Materials(kits=[], grooves=grooves, charts=charts, backing=None)  # type: ignore[arg-type]


def test_rare_takes_are_drawn_more_often() -> None:
    material = materials_of([COMMON] * 9 + [RARE], [COMMON] * 9 + [RARE])
    assert balanced(material, 0.0) is material
    before = material.weights.copy()
    half, full = balanced(material, 0.5), balanced(material, 1.0)
    assert before[9] < half.weights[9] < full.weights[9] < 0.9
    assert full.weights.sum() == pytest.approx(1)
    shares = [sum(c is RARE for c in m.charts) / len(m.charts) for m in (material, half, full)]
    assert shares[0] < shares[1] < shares[2]
    assert np.array_equal(material.weights, before)  # the given materials are left alone


def test_alike_takes_are_drawn_alike() -> None:
    material = materials_of([COMMON] * 4, [COMMON] * 2)
    result = balanced(material, 1.0)
    assert result.weights == pytest.approx([0.25] * 4)
    assert len(result.charts) == 8


def test_intervals_are_those_of_one_drum() -> None:
    strokes = [(0.0, Articulation.KICK, 1.0), (0.01, Articulation.SNARE, 1.0)]
    strokes += [(0.5, Articulation.KICK, 1.0), (0.6, Articulation.SIDESTICK, 1.0)]
    mixed = from_strokes("m", strokes, [], True, "groove")
    assert sorted(same_drum_intervals_s(mixed)) == pytest.approx([0.5, 0.59])
    assert closeness_s(mixed) == pytest.approx(0.5, abs=0.01)
    assert closeness_s(from_strokes("e", [], [], True, "groove")) == float("inf")


def test_the_curriculum_lets_closer_strokes_in_step_by_step() -> None:
    limits = [closest_allowed_s(place) for place in (0.0, 0.3, 0.6, 0.99, 1.0)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] == pytest.approx(0.2)
    assert limits[-1] == 0


class _Stream:
    """Clips of a cycle of takes, in place of rendered ones."""

    takes = (RARE, COMMON)

    def __init__(self, materials: Materials, settings: ClipSettings, seed: int) -> None:
        self._domain: Literal["drums", "mix"] = (
            "drums" if settings.drums_only_share == 1.0 else "mix"
        )
        self._count = 0

    def next(self) -> Clip:
        self._count += 1
        place = self.takes[self._count % len(self.takes)]
        heard = np.ones(len(place.times_s), bool)
        return Clip(np.zeros(1, np.float32), place, self._domain, heard)


@pytest.fixture
def no_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "ClipStream", _Stream)


@pytest.mark.usefixtures("no_rendering")
def test_the_ratio_of_drums_to_mixes_is_exact() -> None:
    settings = settings_for(drums_ratio=0.25)
    drawer = ClipDrawer(materials_of([COMMON], []), settings, ClipSettings(), seed=1)
    kinds = [drawer.next(0).domain for _ in range(40)]
    assert [kinds[i : i + 4].count("drums") for i in range(0, 40, 4)] == [1] * 10


@pytest.mark.usefixtures("no_rendering")
def test_dense_clips_wait_for_their_time() -> None:
    settings = settings_for(steps=100, curriculum=0.5)
    drawer = ClipDrawer(materials_of([COMMON], []), settings, ClipSettings(), seed=1)
    early = [drawer.next(0).take for _ in range(10)]
    late = [drawer.next(60).take for _ in range(10)]
    assert all(one is COMMON for one in early)
    assert any(one is RARE for one in late)


def test_belief_counts_as_false_only_where_nothing_is_struck() -> None:
    targets = torch.zeros(2, 35, 10)
    targets[0, DrumClass.KICK, 4] = 1.0
    logits = torch.full((2, 27, 10), -9.0)
    logits[:, DrumClass.KICK, 4] = 9.0
    right, wrong = false_probability(logits, targets)
    assert right == 0
    assert wrong == pytest.approx(0.7, abs=0.01)


def test_the_hardest_clips_come_again_and_fade() -> None:
    memory = HardClips(2)
    for score in (1.0, 3.0, 2.0, 0.0):
        memory.offer(torch.full((1,), score), torch.zeros(1), score)
    assert len(memory) == 2
    (hardest,) = memory.take(1)
    assert float(hardest.features) == 3.0
    memory.offer(hardest.features, hardest.targets, 2.5, hardest.shown + 1)
    restored = HardClips(2)
    restored.restore(copy.deepcopy(memory.state()))
    # 2.5 after one showing counts as 1.75: the other one is harder now.
    for one in (memory, restored):
        assert [float(clip.features) for clip in one.take(5)] == [2.0, 3.0]
    assert HardClips(2).state() == {}


def test_checkpointed_gradients_are_the_plain_ones() -> None:
    torch.manual_seed(1)
    plain = DrumNetwork(NETWORK)
    thrifty = copy.deepcopy(plain)
    checkpoint_blocks(thrifty.trunk)
    features = torch.randn(2, NETWORK.channels, 32, NETWORK.bands)
    for network in (plain, thrifty):
        network(features).square().mean().backward()
    for (name, one), (_, two) in zip(
        plain.named_parameters(), thrifty.named_parameters(), strict=True
    ):
        if one.grad is not None:
            torch.testing.assert_close(two.grad, one.grad, msg=name)
    for (name, kept), (_, fresh) in zip(
        plain.named_buffers(), thrifty.named_buffers(), strict=True
    ):
        if kept.is_floating_point():
            torch.testing.assert_close(fresh, kept, msg=name)
