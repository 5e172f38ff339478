"""A small folder of training material, and what is loaded from it."""

from pathlib import Path

import pytest

from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.clips import Materials
from chart_hero_core.synthesis.kits import load_kits
from chart_hero_core.synthesis.performances import (
    load_charts,
    load_grooves,
)
from tests.core.synthesis.material import write_material


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="module")
def materials(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Materials:
    return Materials(
        kits=load_kits(root / "kits", heldout=False),
        grooves=list(load_grooves(root / "grooves", heldout=False)),
        charts=list(load_charts(root / "charts", heldout=False)),
        backing=load_backing(root, False, tmp_path_factory.mktemp("cache")),
    )
