"""What tests of training may rely on."""

from collections.abc import Iterator

import pytest

from chart_hero_core.training.run import precision


@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tests compute alike on every machine, however busy it is."""
    monkeypatch.setattr(precision, "faster_in_bf16", lambda _took_s: False)
    precision.computes_bf16.cache_clear()
    yield
    precision.computes_bf16.cache_clear()
