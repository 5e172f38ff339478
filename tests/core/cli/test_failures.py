"""What the command line says of failures that nobody foresaw."""

import argparse
import errno
import os

import pytest

from chart_hero_core import cli


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/songs/a.chart"),
            "chart-hero: /songs/a.chart: No space left on device.",
        ),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "chart-hero: Input/output error."),
    ],
)
def test_an_error_of_the_system_is_one_sentence(
    error: OSError,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_args: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr("chart_hero_core.cli.models.run", fail)
    assert cli.main(["models"]) == 1
    assert capsys.readouterr().err == sentence + "\n"
