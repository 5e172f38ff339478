"""Kits made by physical modelling: every drum and cymbal drawn at random.

Sampled kits are few enough to be learnt by heart. Of these there is no end, so that only what all
crashes, all rides and all hats have in common helps to tell them apart (domain randomisation:
Tobin et al., "Domain Randomization for Transferring Deep Neural Networks", IROS 2017).
"""

import numpy as np

from chart_hero_core.synthesis.kits import Kit
from chart_hero_core.synthesis.modelled_cymbals import cymbals
from chart_hero_core.synthesis.modelled_drums import drums

# As much as a sampled kit of three strokes: no two modelled kits are alike, but each sounds less
# like a drum kit than a sampled one does.
_WEIGHT = 1.7
_PREFIX = "modelled_"


def modelled_kits(count: int, seed: int, weight: float = _WEIGHT) -> list[Kit]:
    """``count`` complete kits, the same ones for the same seed.

    Args:
        count: how many; the first ones stay the same whatever the number.
        seed: a non-negative number; other seeds give other kits.
        weight: how often each is drawn; see :class:`Kit`.
    """
    return [_kit(seed, index, weight) for index in range(count)]


def is_modelled(kit: Kit) -> bool:
    """Whether ``kit`` is one of these: nobody's sounds, so nobody to name."""
    return kit.name.startswith(_PREFIX)


def _kit(seed: int, index: int, weight: float) -> Kit:
    rng = np.random.default_rng([seed, index])
    return Kit(
        name=f"{_PREFIX}{seed}_{index:03d}",
        licence="GPL-3.0-or-later",
        attribution="Chart Hero",
        heldout=False,
        acoustic=True,
        partial=False,
        weight=weight,
        sounds=drums(rng) | cymbals(rng),
    )
