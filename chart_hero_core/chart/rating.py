"""A first guess at ``diff_drums``, the 0 to 6 that games show as intensity."""

import bisect

from chart_hero_core.chart.song import Song

_WINDOW_S = 10.0
# Strokes per second in the busiest ten seconds, where the next rating begins. Hands alone on
# eighths at 120 BPM are 4 per second, with kick and snare 6; sixteenths with double bass 16.
_STEPS = (2.0, 4.0, 6.0, 8.5, 11.5, 15.0)


def estimate_rating(song: Song) -> int:
    """0 (easiest) to 6, from how dense the busiest ten seconds of the Expert chart are.

    It knows nothing of patterns or independence: a charter who knows better overrides it.
    """
    times_s = [song.tempo_map.seconds(note.tick) for note in song.expert.notes]
    busiest = max(
        (bisect.bisect_left(times_s, t + _WINDOW_S) - i for i, t in enumerate(times_s)), default=0
    )
    return bisect.bisect_right(_STEPS, busiest / _WINDOW_S)
