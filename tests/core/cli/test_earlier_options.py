"""Options that have been renamed are still understood by their earlier names."""

import argparse

import pytest

from chart_hero_core.cli import fine_tune, synthesise, train, train_context


@pytest.mark.parametrize(
    ("command", "given", "name", "value"),
    [
        (fine_tune, ["set", "-o", "run", "--hold", "0.2"], "set_distillation", 0.2),
        (fine_tune, ["set", "-o", "run", "--spring", "0.3"], "set_l2_sp", 0.3),
        (fine_tune, ["set", "-o", "run", "--pool", "80"], "set_cached_clips", 80),
        (train, ["mat", "-o", "run", "--heard-share", "0.1"], "set_pseudo_label_share", 0.1),
        (synthesise, ["mat", "-o", "out", "--decoys", "0.4"], "distractors", 0.4),
        (train_context, ["c", "s", "-o", "f", "--work", "w", "--go-on"], "warm_start", True),
    ],
)
def test_earlier_names_of_options(
    command: object, given: list[str], name: str, value: float
) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)  # type: ignore[attr-defined]
    assert getattr(parser.parse_args(given), name) == value
