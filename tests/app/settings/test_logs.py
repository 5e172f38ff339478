"""The log file, where there is no room for it."""

import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chart_hero_app.settings.logs import start_logging


@pytest.fixture
def own_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[logging.Handler]]:
    """The handlers of the log, which a test may add to."""
    root = logging.getLogger()
    monkeypatch.setattr(logging, "raiseExceptions", True)
    before, level = list(root.handlers), root.level
    yield root.handlers
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_a_full_disk_prints_no_tracebacks(
    own_log: list[logging.Handler],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert start_logging(tmp_path) == tmp_path / "chart-hero.log"

    def full(_record: logging.LogRecord) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(own_log[-1], "format", full)
    logging.getLogger("anything").warning("something")
    assert capsys.readouterr().err == ""
