"""The preset a song's knobs started from, and fitting it anew to what a model knows of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chart_hero_core.base.errors import SettingsError
from chart_hero_core.decode.presets import calibrated, load_preset, rebased
from chart_hero_core.decode.settings import DecodePlan

if TYPE_CHECKING:
    from chart_hero_core.base.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset as it was when it was chosen: ``plan`` is fitted to the model of that time.

    Knobs that stand elsewhere than in ``plan`` were turned by hand.
    """

    name: str = ""
    plan: DecodePlan = field(default_factory=DecodePlan)

    def fitted(self, calibration: Calibration | None) -> Preset:
        """The same preset for another model or audio; one deleted since stays as it was."""
        try:
            plan = load_preset(self.name)
        except SettingsError:
            plan = self.plan
        return Preset(self.name, calibrated(plan, calibration, self.name))


def refitted(
    settings: DecodePlan, preset: Preset, calibration: Calibration | None
) -> tuple[DecodePlan, Preset]:
    """Knobs and their preset for another model or audio; what was turned by hand stays."""
    fitted = preset.fitted(calibration)
    return rebased(settings, preset.plan, fitted.plan), fitted
