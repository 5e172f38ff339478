"""The precision that a processor learns in is the one that it was seen to be faster in."""

from collections.abc import Callable

import pytest
import torch

from chart_hero_core.training.run import loop, precision
from chart_hero_core.training.run.precision import computes_bf16

faster_in_bf16 = precision.faster_in_bf16  # before the fixture of all tests takes its place


def clock(full_s: list[float], narrow_s: list[float]) -> Callable[[bool], float]:
    """Says these times, one after the other, for each precision."""
    rest = {False: iter(full_s), True: iter(narrow_s)}
    return lambda bf16: next(rest[bf16])


def knows_bf16(monkeypatch: pytest.MonkeyPatch, *, known: bool) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: known)


@pytest.mark.parametrize(
    ("full_s", "narrow_s", "faster"),
    [
        ([9, 2, 2, 2], [9, 1, 1, 1], True),
        ([9, 1, 1, 1], [9, 2, 2, 2], False),
        # Another program disturbs some of the tries, or setting up takes long.
        ([9, 2, 2, 2], [99, 9, 9, 1], True),
        ([0, 9, 1, 9], [0, 2, 2, 2], False),
        ([9, 1, 1, 1], [9, 1, 1, 1], False),
    ],
)
def test_the_best_of_some_tries_counts(
    full_s: list[float], narrow_s: list[float], faster: bool
) -> None:
    assert faster_in_bf16(clock(full_s, narrow_s)) is faster


def test_a_processor_that_knows_bf16_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[float] = []

    def fast(took_s: Callable[[bool], float]) -> bool:
        tried.append(took_s(True))
        return True

    knows_bf16(monkeypatch, known=True)
    monkeypatch.setattr(precision, "faster_in_bf16", fast)
    before = torch.get_rng_state()
    assert computes_bf16()
    assert computes_bf16()
    (took_s,) = tried
    assert took_s > 0
    assert torch.equal(torch.get_rng_state(), before), "a run draws what its seed says"
    assert loop._precision("cpu") == "bf16-mixed"


def test_a_processor_that_does_not_know_bf16_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(_took_s: Callable[[bool], float]) -> bool:
        raise AssertionError("emulated")

    knows_bf16(monkeypatch, known=False)
    monkeypatch.setattr(precision, "faster_in_bf16", tried)
    assert not computes_bf16()
    assert loop._precision("cpu") == "32-true"


def test_it_is_tried_where_nothing_is_learned_too() -> None:
    with torch.inference_mode():
        assert precision._layer_s(False) > 0
    with torch.no_grad():
        assert precision._layer_s(False) > 0
