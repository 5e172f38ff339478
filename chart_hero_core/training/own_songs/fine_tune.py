"""Fine-tuning on a person's own songs: the last layers first, then everything at a low rate.

What the network is trained on is in ``distillation.py``; this is the loop, which can be stopped and
resumed at any step. Batch-norm statistics are frozen: a few songs would spoil them.
"""

import contextlib
import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from chart_hero_core.base.errors import Cancelled, CheckpointError
from chart_hero_core.base.progress import Progress
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.network import DrumNetwork
from chart_hero_core.training.own_songs.distillation import (
    Batch,
    batches_of,
    distillation_loss,
    joined,
    squared_distance,
)
from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings
from chart_hero_core.training.own_songs.fine_tune_state import RunSongs, RunState
from chart_hero_core.training.own_songs.training_clips import ClipSampler
from chart_hero_core.training.run import log
from chart_hero_core.training.run.files import LEARNING, LOG_FILE, STOP_FILE, StoppedByFile
from chart_hero_core.training.run.precision import computes_bf16

LAST_LAYERS, EVERYTHING = "last layers", "everything"


Validate = Callable[[Checkpoint], float]


@dataclass(frozen=True, slots=True, eq=False)
class FineTuneData:
    """What a run is trained on, how it is validated, and which songs it must know of."""

    sampler: ClipSampler
    validate: Validate
    songs: RunSongs


def fine_tune(
    teacher: Checkpoint,
    data: FineTuneData,
    folder: Path,
    progress: Progress,
    settings: FineTuneSettings,
) -> Checkpoint:
    """Train in ``folder``, resuming what was begun there.

    Returns the best weights by ``data.validate``, blended with the teacher's.

    ``folder`` gets ``log.jsonl`` (a line per 5 steps: step, of, stage, loss, seconds, seconds_left;
    and sometimes validation_f), ``state`` (to resume from), and is watched for a file ``stop``.

    Raises:
        CheckpointError: the state is damaged, or belongs to another network or teacher or to
            songs or settings with which it cannot be resumed.
        StorageError: the folder cannot be written; what it held stays.
        Cancelled: asked for through ``progress`` or by the file ``stop``; the state is saved first.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    run = _Run(teacher, data, folder, progress, settings)
    with contextlib.suppress(OSError):
        (folder / STOP_FILE).unlink(missing_ok=True)
    run.score_best_anew(data.songs)
    run.train_last_layers()
    run.train_all_layers()
    return run.best()


class _Run:
    """One run: the network that is trained, and how far it is."""

    def __init__(
        self,
        teacher: Checkpoint,
        data: FineTuneData,
        folder: Path,
        progress: Progress,
        settings: FineTuneSettings,
    ) -> None:
        self._teacher, self._sampler, self._validate = teacher, data.sampler, data.validate
        self._folder, self._settings = folder, settings
        self._progress = StoppedByFile(progress, folder)
        self._network: DrumNetwork = copy.deepcopy(teacher.network).eval()
        self._began = self._saved_at = time.monotonic()
        self._clip_cost_s = 0.2  # until it has been measured
        self._step_cost_s: float | None = None
        self._losses: list[float] = []
        self._state = RunState.begun(folder, teacher.network, data.songs, settings)
        self._earlier_s = self._state.seconds
        try:
            self._network.load_state_dict(self._state.network)
        except RuntimeError as error:
            raise CheckpointError(
                f"The run in {folder} belongs to another network; choose another folder."
            ) from error
        log.shorten(folder / LOG_FILE, self._state.step)

    def best(self) -> Checkpoint:
        """The weights of the best validation, blended with the teacher's."""
        network = copy.deepcopy(self._network)
        old, new = self._teacher.network.state_dict(), self._state.best
        share = self._settings.blend
        network.load_state_dict(
            {
                name: torch.lerp(old[name].float(), value.float(), share)
                if value.is_floating_point()
                else value
                for name, value in new.items()
            }
        )
        return replace(self._teacher, network=network.eval().requires_grad_(False))

    def score_best_anew(self, songs: RunSongs) -> None:
        """Where the validation songs have changed, score the best weights on those of now."""
        state, now = self._state, sorted(songs.validation)
        if state.best_f >= 0 and state.looked_at not in ([], now):
            network = copy.deepcopy(self._network)
            network.load_state_dict(state.best)
            state.best_f = self._validate(replace(self._teacher, network=network.eval()))
        state.looked_at = now

    def train_last_layers(self) -> None:
        """The first stage: only ``fine`` and ``head`` are trained, on cached clips."""
        state, last = self._state, self._settings.last_steps
        if state.best_f < 0:
            self._keep_if_better(LAST_LAYERS)
        if state.step < last:
            self._learn_last_layers()
        # A run killed after its last step and before the validation has only that left.
        if state.step == last and state.optimiser is not None:
            state.optimiser = None
            self._keep_if_better(LAST_LAYERS)
            self._save()

    def _learn_last_layers(self) -> None:
        settings = self._settings
        cached = list(self._cached_clips())
        self._network.requires_grad_(False)
        learning = [*self._network.fine.parameters(), *self._network.head.parameters()]
        optimiser = self._optimiser(learning, settings.last_rate)
        while self._state.step < settings.last_steps:
            rng = np.random.default_rng([settings.seed, 1, self._state.step])
            chosen = rng.choice(len(cached), min(settings.batch, len(cached)), replace=False)
            batch = joined([cached[int(index)] for index in chosen])
            self._step(LAST_LAYERS, batch, self._network.last_layers, learning, optimiser, 0)

    def _cached_clips(self) -> Iterator[Batch]:
        """Clips for the last layers: computed once, the same after a resume."""
        settings = self._settings
        rng = np.random.default_rng([settings.seed, 0])
        for index, clip in enumerate(self._sampler.draw(rng, settings.cached_clips)):
            self._stop_if_asked()
            began = time.monotonic()
            _, last = batches_of(clip, self._teacher)
            yield last
            self._clip_cost_s = time.monotonic() - began
            self._progress.report(
                self._state.step / settings.steps,
                f"Listening to your songs: {index + 1} of {settings.cached_clips}",
            )

    def train_all_layers(self) -> None:
        """The second stage: all layers, new clips in every step."""
        settings = self._settings
        learning = list(self._network.parameters())
        optimiser = self._optimiser(learning, settings.all_rate)
        self._step_cost_s = None
        self._validate_if_due()  # a kill may have come between a snapshot and its validation
        while self._state.step < settings.steps and self._state.waited < settings.patience:
            rng = np.random.default_rng([settings.seed, 2, self._state.step])
            clips = list(self._sampler.draw(rng, settings.batch))
            batch = joined([batches_of(clip, self._teacher)[0] for clip in clips])
            self._step(EVERYTHING, batch, self._network, learning, optimiser, settings.last_steps)
            self._validate_if_due()

    def _validate_if_due(self) -> None:
        """Every so many steps of the second stage, and after its last one."""
        settings, state = self._settings, self._state
        gone = state.step - settings.last_steps
        due = gone % settings.validate_every == 0 or state.step == settings.steps
        if gone > 0 and due and state.looked != state.step:
            self._keep_if_better(EVERYTHING)
            self._save()

    # One step ---------------------------------------------------------------------------------

    def _step(
        self,
        stage: str,
        batch: Batch,
        forward: Callable[[Tensor], Tensor],
        learning: Sequence[Tensor],
        optimiser: torch.optim.Optimizer,
        first_step: int,
    ) -> None:
        began = time.monotonic()
        self._stop_if_asked()
        settings, state = self._settings, self._state
        rate = settings.last_rate if stage == LAST_LAYERS else settings.all_rate
        length = settings.last_steps if stage == LAST_LAYERS else settings.all_steps
        for group in optimiser.param_groups:
            group["lr"] = rate * _schedule((state.step - first_step) / length)
        self._losses.append(self._descend(batch, forward, learning, optimiser))
        state.step += 1
        state.optimiser = optimiser.state_dict()
        cost_s = time.monotonic() - began
        known = self._step_cost_s
        self._step_cost_s = cost_s if known is None else 0.9 * known + 0.1 * cost_s
        if state.step % 5 == 0:
            self._log(stage, loss=float(np.mean(self._losses)))
            self._losses.clear()
        doing = f"{LEARNING}, {stage}: step {state.step}"
        self._progress.report(state.step / settings.steps, doing)
        if time.monotonic() - self._saved_at > settings.snapshot_s:
            self._save()

    def _descend(
        self,
        batch: Batch,
        forward: Callable[[Tensor], Tensor],
        learning: Sequence[Tensor],
        optimiser: torch.optim.Optimizer,
    ) -> float:
        """One step down the gradient; returns the loss before it."""
        for one in learning:
            one.requires_grad_(True)
        with torch.autocast("cpu", torch.bfloat16, enabled=computes_bf16()):
            logits = forward(batch.input)
        loss = distillation_loss(logits.float(), batch, self._settings.distillation)
        distance = squared_distance(self._network, self._teacher.network)
        optimiser.zero_grad()
        torch.autograd.backward(loss + self._settings.l2_sp * distance)
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        return float(loss.detach())

    def _stop_if_asked(self) -> None:
        try:
            self._progress.check_cancelled()
        except Cancelled:
            self._save()
            raise

    def _keep_if_better(self, stage: str) -> None:
        """Measure on the validation songs; keep the weights if they are the best so far."""
        state = self._state
        now = replace(self._teacher, network=self._network.eval())
        f = self._validate(now)
        if f > state.best_f:
            state.best_f, state.waited = f, 0
            state.best = copy.deepcopy(self._network.state_dict())
        else:
            state.waited += 1 if stage == EVERYTHING else 0
        state.looked = state.step
        self._log(stage, validation_f=f)

    def _optimiser(self, learning: Sequence[Tensor], rate: float) -> torch.optim.Optimizer:
        optimiser = torch.optim.AdamW(learning, rate, weight_decay=0.0)
        if self._state.optimiser is not None:
            optimiser.load_state_dict(self._state.optimiser)
        return optimiser

    def _save(self) -> None:
        self._state.network = copy.deepcopy(self._network.state_dict())
        self._state.seconds = self._earlier_s + time.monotonic() - self._began
        self._state.save(self._folder)
        self._saved_at = time.monotonic()

    def _log(self, stage: str, **values: float) -> None:
        settings, state = self._settings, self._state
        line: dict[str, float | str] = {"step": state.step, "of": settings.steps, "stage": stage}
        line |= values
        line["seconds"] = round(self._earlier_s + time.monotonic() - self._began, 1)
        line["seconds_left"] = round(self._seconds_left(stage), 1)
        log.add_line(self._folder / LOG_FILE, line)

    def _seconds_left(self, stage: str) -> float:
        """A step of all layers costs about five times what preparing its clips does."""
        settings, state = self._settings, self._state
        whole_step_s = 5 * settings.batch * self._clip_cost_s
        if stage == EVERYTHING:
            return (settings.steps - state.step) * (self._step_cost_s or whole_step_s)
        rest = settings.last_steps - state.step
        return rest * (self._step_cost_s or 0.2) + settings.all_steps * whole_step_s


def _schedule(gone: float) -> float:
    """A short rise, then a cosine to nearly nothing."""
    return min(1.0, (gone + 0.02) / 0.1) * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * gone))))
