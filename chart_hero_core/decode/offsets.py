"""Onset times between frames, and constant timing corrections."""

import numpy as np

from chart_hero_core.base.arrays import Float32Array, Float64Array, IndexArray


def sub_frame_shift(
    curves: Float32Array,
    offset: Float32Array | None,
    drum: IndexArray,
    frame: IndexArray,
) -> Float64Array:
    """How far each peak is from its frame, in frames, ``[N]``.

    Taken from the model's offset head (``offset``, ``[8, T]``) if there is one, up to a whole
    frame: half-hop passes have offsets of up to half a full hop. Otherwise the vertex of the
    parabola through the peak and its neighbours in ``curves`` (``[8, T]``), up to half a frame
    (peaks at the edge stay on their frame). ``drum`` and ``frame`` locate the peaks, ``[N]``.
    """
    if offset is not None:
        shift = offset[drum, frame].astype(np.float64)
        return np.clip(np.nan_to_num(shift, posinf=0.0, neginf=0.0), -1.0, 1.0)
    last = curves.shape[1] - 1
    before = curves[drum, np.maximum(frame - 1, 0)].astype(np.float64)
    centre = curves[drum, frame].astype(np.float64)
    after = curves[drum, np.minimum(frame + 1, last)].astype(np.float64)
    bend = 2.0 * centre - before - after
    inside = (frame > 0) & (frame < last) & (bend > 0.0)
    shift = np.zeros(frame.shape)
    shift[inside] = 0.5 * (after - before)[inside] / bend[inside]
    return np.clip(shift, -0.5, 0.5)


def corrected(time_s: Float64Array, drum: IndexArray, offset_ms: tuple[float, ...]) -> Float64Array:
    """``time_s`` ``[N]`` (seconds) plus the constant correction of each peak's class (ms)."""
    return time_s + np.asarray(offset_ms)[drum] / 1000.0
