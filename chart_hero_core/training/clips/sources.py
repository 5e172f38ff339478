"""What the clips of a run are made from: kits, performances and music, and pseudo-labels."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.band import load_band
from chart_hero_core.synthesis.clips import ClipSettings, Materials
from chart_hero_core.synthesis.kits import load_libraries
from chart_hero_core.synthesis.modelled import is_modelled, modelled_kits
from chart_hero_core.synthesis.performances import load_charts, load_grooves
from chart_hero_core.training.clips.pseudo_labels import PseudoLabelledSong

_MODELLED_SEED = 1


@dataclass(frozen=True, slots=True, eq=False)
class ClipSources:
    """What clips are rendered from and how.

    ``pseudo_labelled`` songs give ``TrainSettings.pseudo_label_share`` of the clips.
    """

    materials: Materials
    clips: ClipSettings
    pseudo_labelled: Sequence[PseudoLabelledSong] = ()

    def described(self) -> dict[str, Any]:
        """What is rendered from and how, for the provenance of weights."""
        materials = self.materials
        made_up = [kit for kit in materials.kits if is_modelled(kit)]
        return {
            "kits": sorted({kit.name for kit in materials.kits if not is_modelled(kit)}),
            "modelled_kits": len(made_up),
            "takes": len(materials.grooves),
            "charts": len(materials.charts),
            "backing": len(materials.backing.tracks),
            "band": materials.band is not None,
            "clips": asdict(self.clips),
        }


def load_materials(
    root: Path,
    heldout: bool,
    cache: Path,
    band: Path | None = None,
    more_kits: Sequence[Path] = (),
    modelled: int = 0,
) -> Materials:
    """Kits, takes, charts and backing below ``root`` (``kits grooves charts backing*``).

    Args:
        band: folder of rendered notes for made-up bands and percussion.
        more_kits: kit libraries beside the one below ``root``.
        modelled: how many made-up kits to play as well.

    Raises:
        DatasetError: a part is missing, or two libraries have a kit of the same name.
    """
    sampled = load_libraries([root / "kits", *more_kits], heldout)
    return Materials(
        kits=[*sampled, *modelled_kits(modelled, _MODELLED_SEED)],
        grooves=list(load_grooves(root / "grooves", heldout)),
        charts=list(load_charts(root / "charts", heldout)),
        backing=load_backing(root, heldout, cache),
        band=load_band(band) if band is not None else None,
    )
