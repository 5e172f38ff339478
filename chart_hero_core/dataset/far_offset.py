"""Charts that are seconds off their audio, but fit it from start to end once shifted.

Such charts were made for another cut of the song: with silence before it, or without. Within the
reach of the usual search only other beats are found, where a chart seems to drift, or even to fit.
"""

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.dataset.align import Alignment, AlignSettings, align
from chart_hero_core.dataset.onsets import OnsetEnvelope
from chart_hero_core.dataset.stroke_onsets import Times
from chart_hero_core.dataset.verdict import Verdict, judge

# Silence put before a song is rarely longer. 128 charts of 32 renderings put 3.5 and 6 s away were
# all found within 30 ms of their place, and none of the 32 at their place was sent elsewhere. Nor
# was any of 2,964 charts of other songs (39 renderings, drums and mix); bent to the very tempos of
# the audio, 4 of 2,936 were.
FAR_S = 12.0


def far_alignment(
    times_s: Times, drums: NDArray[np.int8], envelope: OnsetEnvelope, expected_s: float
) -> Alignment | None:
    """Where the chart fits, if that is out of the usual reach around ``expected_s``; else None."""
    found = align(times_s, drums, envelope, AlignSettings(reach_s=FAR_S), expected_s)
    away_s = abs(found.offset_s - expected_s)
    return found if away_s > AlignSettings().reach_s and judge(found).used else None


def far_verdict(alignment: Alignment, expected_s: float) -> Verdict:
    """The words for it: how far it is off, and the delay of a song.ini that puts it right."""
    away_s = alignment.offset_s - expected_s
    side = "too early" if away_s > 0 else "too late"
    return Verdict(
        False,
        judge(alignment).quality,
        f"The chart lies {abs(away_s):.2f} s {side} against the audio from start to end: "
        f"'delay = {alignment.offset_s * 1e3:.0f}' in its song.ini puts it right.",
    )
