"""Where a fine-tuning is: its snapshot on disk, which a killed run goes on from."""

import copy
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.base.files import atomic_write, patient
from chart_hero_core.model.network import DrumNetwork

STATE_FILE = "state"


@dataclass
class RunState:
    """Everything a killed run needs to go on as if it had not been.

    ``teacher`` marks the model that it began from, ``looked`` is the step of the latest look; runs
    of older versions do not say.
    """

    step: int
    network: dict[str, Tensor]
    optimiser: dict[str, Any] | None
    best: dict[str, Tensor]
    best_f: float
    waited: int
    seconds: float
    teacher: str = ""
    looked: int = -1

    def save(self, folder: Path) -> None:
        """Atomically. Raises :class:`StorageError`."""
        with atomic_write(folder / STATE_FILE) as file, patient(file) as out:
            torch.save(vars(self), out)

    @staticmethod
    def load(folder: Path) -> "RunState | None":
        """None where nothing was begun. Raises :class:`CheckpointError` for a damaged file."""
        path = folder / STATE_FILE
        if not path.exists():
            return None
        try:
            return RunState(**torch.load(path, map_location="cpu", weights_only=True))
        except Exception as error:
            raise CheckpointError(f"{path} is damaged; remove it to start anew.") from error

    @staticmethod
    def begun(folder: Path, teacher: DrumNetwork) -> "RunState":
        """What was begun in ``folder``, or the start of a run from ``teacher``.

        Raises:
            CheckpointError: the file is damaged, or the run began from another model.
        """
        state = RunState.load(folder)
        if state is None:
            start = copy.deepcopy(teacher.state_dict())
            state = RunState(0, start, None, start, -1.0, 0, 0.0)
        mark = _mark_of(teacher)
        if state.teacher not in ("", mark):
            raise CheckpointError(
                f"The run in {folder} began from another model; use that one again, or choose "
                "another folder."
            )
        state.teacher = mark
        return state


def _mark_of(network: DrumNetwork) -> str:
    return hashlib.sha256(network.head.weight.detach().numpy().tobytes()).hexdigest()
