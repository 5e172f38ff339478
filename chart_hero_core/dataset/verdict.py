"""Which alignments are good enough to learn from, and the words for those that are not."""

from dataclasses import dataclass

from chart_hero_core.base.clock import clock
from chart_hero_core.dataset.align import Alignment, Segment
from chart_hero_core.dataset.shards import Span

# Envelope heights at the best lag, in deviations. Measured on 66 songs rendered from training
# material (`benchmarks/dataset.py --tune`): see docs/datasets.md.
MIN_SCORE = 0.6
SIGNIFICANT = 6.0  # a short chart of n strokes must reach this over the root of n
SURE_SCORE = 0.8
MIN_CONTRAST = 2.5
MAX_RESIDUAL_S = 0.03
MAX_DRIFT_S = 0.03
SURE_DRIFT_S = 0.015
MIN_AGREEMENT = 0.7
SURE_AGREEMENT = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a song may be used, how well it fits (0..1), and sentences about doubts.

    ``drifts``: the chart follows the audio, but not at an even pace.
    """

    used: bool
    quality: float
    reason: str = ""
    doubts: tuple[str, ...] = ()
    drifts: bool = False


def judge(alignment: Alignment) -> Verdict:
    """Judge an alignment by its score, residual, drift and the agreement of its segments."""
    a = alignment
    quality = min(a.score / 2, 1.0) * a.agreement
    reason, drifts = "", False
    strokes = sum(segment.strokes for segment in a.segments)
    least = max(MIN_SCORE, SIGNIFICANT / max(strokes, 1) ** 0.5)
    clear = _clear_place(a)
    if a.followed < least and not clear:
        reason = "The chart does not fit the audio anywhere: it seems to be another recording."
    elif a.drift_s > MAX_DRIFT_S:
        drifts = True
        reason = f"The chart drifts against the audio, by {a.drift_s * 1e3:.0f} ms in all."
    elif not clear and (a.score < least or (a.contrast < MIN_CONTRAST and a.score < SURE_SCORE)):
        reason = "The chart fits the audio too poorly."
    elif _same_tempo_only(a):
        quality *= a.own
        reason = "The chart keeps the tempo of the audio, but fits no better here than elsewhere."
    elif a.residual_s > MAX_RESIDUAL_S:
        reason = f"Its notes lie {a.residual_s * 1e3:.0f} ms from what is heard (median)."
    elif a.agreement < MIN_AGREEMENT:
        reason = f"Parts of the chart do not fit the audio: {_spans_text(unfit_spans(a))}."
    return Verdict(not reason, quality, reason, () if reason else _doubts(a), drifts)


def _clear_place(a: Alignment) -> bool:
    """Whether drums deep in the music are heard softly, but in one place only, and passage by
    passage: of 1,140 charts laid against other songs none came that far."""
    many = len(a.segments) >= 4
    return many and a.score >= 0.35 and a.rival < 0.8 and a.own >= 0.6


def _same_tempo_only(a: Alignment) -> bool:
    """Whether strokes fall on onsets only because both keep to one grid: other places on it fit as
    well, passages prefer them, many strokes are not heard, and the drums are others.

    The hardest case there is, charts laid bars away from their place in their own song, still comes
    through in 18 % of 456 tries; songs of one unchanging pattern, whose place is as hard to
    tell, would be lost by a stricter rule.
    """
    if a.rival <= 0.85 or a.own >= 0.5:
        return False
    return (a.heard < 0.9 and a.colour < 2.0) or (a.heard < 0.87 and a.rival > 0.95)


def _doubts(a: Alignment) -> tuple[str, ...]:
    doubts = []
    if a.score < SURE_SCORE:
        doubts.append("It fits weakly.")
    if a.drift_s > SURE_DRIFT_S:
        doubts.append(f"It drifts a little ({a.drift_s * 1e3:.0f} ms).")
    if a.agreement < SURE_AGREEMENT:
        doubts.append(f"Left out, since they do not fit: {_spans_text(unfit_spans(a))}.")
    if a.rival > 0.985:
        doubts.append("Another offset fits as well: the music repeats.")
    return tuple(doubts)


def unfit_spans(alignment: Alignment) -> tuple[Span, ...]:
    """The passages (in the audio's time) whose strokes do not lie where the whole song's do."""
    spans: list[Span] = []
    segments: tuple[Segment, ...] = alignment.segments
    for index, segment in enumerate(segments):
        if segment.fits:
            continue
        start = segments[index - 1].end_s if index else segment.start_s - 1.0
        end = segments[index + 1].start_s if index + 1 < len(segments) else segment.end_s + 1.0
        spans.append((start + alignment.offset_s, end + alignment.offset_s))
    return tuple(spans)


def _spans_text(spans: tuple[Span, ...]) -> str:
    shown = [f"{clock(start, 0)} to {clock(end, 0)}" for start, end in spans[:3]]
    more = f" and {len(spans) - 3} more" if len(spans) > 3 else ""
    return ", ".join(shown) + more
