"""Drawing clips for a block of batches: the kinds in a fixed ratio, the easy ones first."""

from dataclasses import replace

from chart_hero_core.synthesis.clips import Clip, ClipSettings, ClipStream, Materials
from chart_hero_core.training.clips.sampling import closeness_s, closest_allowed_s
from chart_hero_core.training.config import TrainSettings

# A clip that is too dense for its time in the curriculum is drawn again this often at most: every
# draw is rendered.
_DRAWS = 3


class ClipDrawer:
    """Clips of one block, the same for the same seed and the same steps."""

    def __init__(
        self, materials: Materials, settings: TrainSettings, clips: ClipSettings, seed: int
    ) -> None:
        self._settings = settings
        self._drawn = 0
        ratio = settings.drums_ratio
        if not ratio:
            self._streams = [ClipStream(materials, clips, seed)]
            return
        drums = replace(clips, drums_only_share=1.0, drumless_share=0.0)
        # Music without drums is a part of the mixes: as common as it was among all clips.
        mixes = replace(
            clips,
            drums_only_share=0.0,
            drumless_share=min(clips.drumless_share / max(1 - ratio, 1e-9), 1.0),
        )
        self._streams = [
            ClipStream(materials, mixes, seed),
            ClipStream(materials, drums, seed + (1 << 62)),
        ]

    def next(self, step: int) -> Clip:
        """The next clip, for a batch of ``step``."""
        stream = self._streams[self._kind()]
        length = self._settings.curriculum * self._settings.steps
        limit_s = closest_allowed_s(step / length) if length else 0.0
        best = stream.next()
        for _ in range(_DRAWS - 1):
            if closeness_s(best.take) >= limit_s:
                break
            other = stream.next()
            if closeness_s(other.take) > closeness_s(best.take):
                best = other
        return best

    def _kind(self) -> int:
        """1 for drums alone, spread evenly so that any stretch of clips has the ratio."""
        if len(self._streams) == 1:
            return 0
        before, self._drawn = self._drawn, self._drawn + 1
        ratio = self._settings.drums_ratio
        return int(self._drawn * ratio + 1e-9) - int(before * ratio + 1e-9)
