"""An engine with a song, for the tests that let it play."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.playback.sounds import PlayedSound
from tests.app.playback.rig import RATE, Rig


@pytest.fixture
def rig(qtbot: QtBot) -> Iterator[Rig]:
    before = set(threading.enumerate())
    made = Rig()
    ramp = np.repeat((np.arange(RATE * 4) % 20_000)[:, None], 2, axis=1).astype(np.int16)
    made.engine.set_sound("song", PlayedSound(ramp, RATE))
    made.engine.set_duration(4.0)
    made.engine.set_gain("song", 1.0)
    yield made
    made.engine.shut_down()
    assert set(threading.enumerate()) <= before
    assert not any(output.open for output in made.outputs)
