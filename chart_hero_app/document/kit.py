"""Learn this kit: reviewed passages teach the model, and the rest of the song is heard again.

Plain functions for the job runner; torch is imported when the first one runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chart_hero_app.document.analysis import analysis_of, detection_of, redetected
from chart_hero_app.document.detection import Detection
from chart_hero_app.document.spans import between
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.chart.song import Song
from chart_hero_core.decode.settings import DecodePlan

if TYPE_CHECKING:
    from chart_hero_app.document.state import Passage, Span
    from chart_hero_core.audio.io import AudioClip
    from chart_hero_core.model.hidden_states import HiddenStates


@dataclass(frozen=True, slots=True, eq=False)
class LearnedKit:
    """What a model that knows the kit hears.

    Attributes:
        hidden: saves hearing the song again when more was corrected.
        strokes: how many reviewed strokes taught it.
    """

    detection: Detection
    hidden: HiddenStates
    strokes: int


def learn_kit(
    clip: AudioClip,
    detection: Detection,
    song: Song,
    reviewed: tuple[Span, ...],
    hidden: HiddenStates | None,
    progress: Progress,
) -> LearnedKit:
    """Teach a copy of the chosen model the reviewed passages of the song and hear it again.

    Raises:
        DatasetError: too little was reviewed.
        CheckpointError, StorageError: the weights cannot be read or kept.
        Cancelled: asked for through ``progress``.
    """
    from chart_hero_core.tasks.adapt import adapt_to_song, corrected_strokes, keep_weights

    analysis = analysis_of(clip, detection)
    corrected = corrected_strokes(song, reviewed)
    adapted = adapt_to_song(analysis, corrected, SubProgress(progress, 0.0, 0.95), hidden=hidden)
    kept = detection_of(adapted.analysis, keep_weights(adapted.checkpoint))
    return LearnedKit(kept, adapted.hidden, adapted.strokes)


def suggested_anew(
    song: Song,
    learned: LearnedKit,
    plan: DecodePlan,
    reviewed: tuple[Span, ...],
    passages: tuple[Passage, ...] = (),
) -> Song:
    """The song with new suggestions wherever it was not reviewed; a person's notes stay."""
    end_s = learned.detection.activations.end_s
    return redetected(song, learned.detection, plan, between(reviewed, end_s), reviewed, passages)
