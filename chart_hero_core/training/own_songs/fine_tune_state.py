"""The state of a fine-tuning: a snapshot on disk, from which a killed run resumes."""

import copy
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.base.files import atomic_write, patient
from chart_hero_core.model.network import DrumNetwork
from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings

STATE_FILE = "state"


@dataclass(frozen=True, slots=True)
class RunSongs:
    """Marks of the songs for training, for validation and for the verdict.

    A song may have several marks; they do not depend on its path.
    """

    train: frozenset[str]
    validation: frozenset[str]
    test: frozenset[str]


@dataclass
class RunState:
    """Everything a killed run needs to resume exactly.

    ``teacher`` is a hash of the initial model, ``looked`` the step of the latest validation,
    ``last_steps`` the length of the first stage, ``learned`` and ``looked_at`` are marks of songs;
    states of older versions lack them. The names are those in the file.
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
    last_steps: int = 0
    learned: list[str] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)

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
    def begun(
        folder: Path, teacher: DrumNetwork, songs: RunSongs, settings: FineTuneSettings
    ) -> "RunState":
        """What was begun in ``folder``, or the start of a run from ``teacher``.

        Raises:
            CheckpointError: the file is damaged, or the run began from another model, with
                another first stage, or with songs that rule out going on with these.
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
        if state.step:
            state.check_first_stage(folder, settings)
            state.check_songs(folder, songs, settings)
        state.last_steps = settings.last_steps
        before = state.learned if state.step else ()
        state.learned = sorted(songs.train.union(before))
        return state

    def check_first_stage(self, folder: Path, settings: FineTuneSettings) -> None:
        """With another length, the steps so far would belong to the wrong stage.

        Raises:
            CheckpointError: the first stage of the run has another length.
        """
        if self.last_steps not in (0, settings.last_steps):
            raise CheckpointError(
                f"The run in {folder} was begun with {self.last_steps} steps of the last layers; "
                f"use --last-steps {self.last_steps} again, or choose another folder."
            )

    def check_songs(self, folder: Path, songs: RunSongs, settings: FineTuneSettings) -> None:
        """Training songs may not be used for measurement, nor added once the run has ended.

        Raises:
            CheckpointError: these songs would do one or the other.
        """
        known = set(self.learned)
        if known & (songs.validation | songs.test):
            raise CheckpointError(
                f"The run in {folder} was trained on songs that the dataset now holds out to "
                "measure it; choose another folder."
            )
        ended = self.step >= settings.steps or self.waited >= settings.patience
        if known and ended and not songs.train <= known:
            raise CheckpointError(
                f"The run in {folder} has ended without some of the songs that the dataset holds "
                "now; choose another folder to train on them too."
            )


def _mark_of(network: DrumNetwork) -> str:
    return hashlib.sha256(network.head.weight.detach().numpy().tobytes()).hexdigest()
