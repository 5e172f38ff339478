"""Which alignments are good enough to learn from: each reason by itself, at its threshold."""

from dataclasses import replace

import numpy as np
import pytest

from chart_hero_core.dataset.align import Alignment, Segment
from chart_hero_core.dataset.verdict import judge, unfit_spans


def _segments(*fits: bool) -> tuple[Segment, ...]:
    return tuple(
        Segment(10.0 * place, 10.0 * place + 8.0, 60, 0.0 if fit else 0.5, 1.2, 1.2)
        for place, fit in enumerate(fits)
    )


GOOD = Alignment(
    offset_s=0.5,
    score=1.2,
    contrast=6.0,
    rival=0.3,
    residual_s=0.004,
    heard=0.97,
    drift_s=0.002,
    followed=1.2,
    agreement=1.0,
    own=0.9,
    colour=4.0,
    segments=_segments(True, True, True, True),
    lags_s=np.zeros(1),
    scores=np.zeros(1),
)


def test_what_fits_is_used_without_doubts() -> None:
    verdict = judge(GOOD)
    assert (verdict.used, verdict.reason, verdict.doubts) == (True, "", ())
    assert verdict.quality == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("at_most", "beyond", "reason"),
    [
        ({"drift_s": 0.03}, {"drift_s": 0.031}, "drifts against the audio, by 31 ms"),
        ({"residual_s": 0.03}, {"residual_s": 0.031}, "lie 31 ms from what is heard"),
        ({"agreement": 0.7}, {"agreement": 0.69}, "Parts of the chart do not fit"),
        ({"followed": 0.6, "own": 0.5}, {"followed": 0.59, "own": 0.5}, "another recording"),
        ({"score": 0.6, "own": 0.5}, {"score": 0.59, "own": 0.5}, "fits the audio too poorly"),
        (
            {"score": 0.79, "contrast": 2.5, "own": 0.5},
            {"score": 0.79, "contrast": 2.4, "own": 0.5},
            "fits the audio too poorly",
        ),
        (
            {"rival": 0.9, "own": 0.5, "heard": 0.8, "colour": 1.0},
            {"rival": 0.9, "own": 0.49, "heard": 0.8, "colour": 1.0},
            "fits no better here than elsewhere",
        ),
    ],
)
def test_each_fault_by_itself_is_a_reason(
    at_most: dict[str, float], beyond: dict[str, float], reason: str
) -> None:
    assert judge(replace(GOOD, **at_most)).used  # type: ignore[arg-type]
    verdict = judge(replace(GOOD, **beyond))  # type: ignore[arg-type]
    assert not verdict.used
    assert reason in verdict.reason
    assert verdict.drifts is ("drifts" in reason)


@pytest.mark.parametrize(
    ("values", "doubt"),
    [
        ({"score": 0.79}, "It fits weakly."),
        ({"drift_s": 0.016}, "It drifts a little (16 ms)."),
        ({"rival": 0.99}, "Another offset fits as well: the music repeats."),
    ],
)
def test_what_is_used_all_the_same_is_doubted(values: dict[str, float], doubt: str) -> None:
    verdict = judge(replace(GOOD, **values))  # type: ignore[arg-type]
    assert verdict.used
    assert verdict.doubts == (doubt,)


def test_a_passage_that_does_not_fit_reaches_to_its_neighbours() -> None:
    found = replace(GOOD, segments=_segments(False, True, False, True, False), agreement=0.8)
    assert unfit_spans(found) == ((-0.5, 10.5), (18.5, 30.5), (38.5, 49.5))
    assert "0:18 to 0:30" in judge(found).doubts[0]
