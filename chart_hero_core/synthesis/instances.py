"""New kit variants: the sounds of sampled kits mixed, layered and retuned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.kits import Kit, assemble, layered
from chart_hero_core.synthesis.render import Balance, Spread, Voice, tune


@dataclass(frozen=True)
class Variety:
    """How far instances lie from the kits they are made of.

    ``layered_share`` is how often groups of cymbals are layered from two kits.
    """

    spread: Spread
    layered_share: float


def varied_kit(
    kits: Sequence[Kit],
    used: Iterable[int],
    rng: np.random.Generator,
    variety: Variety,
    balance: Balance | None = None,
) -> dict[Articulation, Voice]:
    """An instance with the articulations ``used``, its kits drawn by what there is to learn.

    The ``balance`` is drawn where none is given.
    """
    wanted = set(used)
    kit = assemble(list(kits), rng, weighted=True)
    sounds = {name: layers for name, layers in kit.items() if int(name) in wanted}
    if rng.random() < variety.layered_share:
        sounds = layered(sounds, assemble(list(kits), rng, weighted=True), rng)
    return tune(sounds, balance or Balance.draw(rng), rng, variety.spread)
