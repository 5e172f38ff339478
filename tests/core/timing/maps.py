"""Strategies that draw tempo maps."""

from hypothesis import strategies as st

from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

TEMPOS_US = st.one_of(
    st.integers(150_000, 1_500_000).map(float), st.floats(150_000, 1_500_000, allow_nan=False)
)


@st.composite
def tempo_maps(draw: st.DrawFn, max_changes: int = 20) -> TempoMap:
    """Up to ``max_changes`` tempo changes and up to 6 time signatures, each on a bar line."""
    resolution = draw(st.sampled_from([96, 192, 480, 960]))
    gaps = draw(st.lists(st.integers(1, 8 * resolution), max_size=max_changes))
    ticks = [0]
    for gap in gaps:
        ticks.append(ticks[-1] + gap)
    tempos = tuple(TempoChange(tick, draw(TEMPOS_US)) for tick in ticks)
    signatures: list[TimeSignature] = []
    tick = 0
    for _ in range(draw(st.integers(1, 6))):
        numerator, denominator = draw(st.integers(1, 13)), draw(st.sampled_from([2, 4, 8, 16]))
        signatures.append(TimeSignature(tick, numerator, denominator))
        tick += draw(st.integers(1, 5)) * numerator * resolution * 4 // denominator
    return TempoMap(resolution, tempos, tuple(signatures))
