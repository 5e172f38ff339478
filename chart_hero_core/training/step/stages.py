"""The stages of a run: A trains onset detection, B all outputs together."""

from collections.abc import Mapping

from chart_hero_core.training.config import TrainSettings

# The last part of stage A in which it turns into B: a jump in the loss would upset the optimiser.
_HANDOVER = 0.25


def stage_share(settings: TrainSettings, step: int) -> float:
    """How much of stage A there is at ``step``: 1 at the start, 0 from the start of B on."""
    length = settings.onset_stage * settings.steps
    if step >= length:
        return 0.0
    return float(min((length - step) / (_HANDOVER * length), 1.0))


def term_weights(settings: TrainSettings, step: int) -> Mapping[str, float]:
    """What each term of the loss weighs at ``step``.

    In stage A the onset loss weighs ``onset_stage_weight``, and all other terms that much less
    than in stage B.
    """
    weights = {
        "classes": 1.0,
        "onset": settings.onset_weight,
        "offset": settings.offset_weight,
        "velocity": settings.velocity_weight,
        "beat": settings.beat_weight,
        "ranking": settings.ranking_weight,
    }
    share = stage_share(settings, step)
    if share == 0:
        return weights
    heavy = settings.onset_stage_weight
    early = {name: value / max(heavy, 1.0) for name, value in weights.items()}
    early["onset"] = heavy
    return {name: share * early[name] + (1 - share) * weights[name] for name in weights}


def onset_positive_weight(settings: TrainSettings, step: int) -> float:
    """What a frame on an onset weighs in the onset loss: more in stage A, where recall counts."""
    more = 1 + (settings.onset_stage_recall - 1) * stage_share(settings, step)
    return settings.positive_weight * more
