"""Fixtures every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Before torch and numpy are loaded. Where cores have other work, threads wait for one another:
# tests of small networks took five times as long.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Timings belong in benchmarks/; a busy machine must not fail a test.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the checkout; skips the test without it."""
    if not (SHARED / "training").is_dir():
        pytest.skip("needs the shared material folder beside the checkout")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def own_folders_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The models that the person at this machine chose do not listen in the tests, and nothing is
    left in their cache.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            folder = tmp_path_factory.mktemp(name.lower())
            patch.setenv(f"XDG_{name}_HOME", str(folder))
        yield
