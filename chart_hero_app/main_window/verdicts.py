"""What a training run's ``result.json`` says, in the words of the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chart_hero_app.panels.training_page import Verdict

# Two sets of songs, two measures each.
_SETS = (("own", "Your songs"), ("general", "Other music"))
_MEASURES = (("edits", "edits per 100", "{:.1f}"), ("f", "F", "{:.3f}"))


def verdict_of(result: Mapping[str, Any], model: str, in_use: bool) -> Verdict:
    """The verdict in a result; what it does not say is left out.

    Args:
        model: the name the new model has, or will have when it is used; empty where it is gone.
    """
    verdict = result.get("verdict")
    return Verdict(
        sentence=str(result.get("sentence") or "The run left no result."),
        better=result.get("offered") is True,
        rows=_rows(verdict) if isinstance(verdict, dict) else (),
        model=model,
        in_use=in_use,
    )


def _rows(verdict: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    rows = []
    for group, songs in _SETS:
        change = verdict.get(group)
        if not isinstance(change, dict):
            continue
        for measure, name, form in _MEASURES:
            before, after = (change.get(f"{measure}_{when}") for when in ("before", "after"))
            rows.append((f"{songs}, {name}", _text(before, form), _text(after, form)))
    return tuple(rows)


def _text(value: object, form: str) -> str:
    return form.format(value) if isinstance(value, int | float) else "–"
