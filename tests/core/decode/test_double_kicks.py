"""Kicks of the second foot: features and the sum over all ways to share kicks between the feet."""

import itertools

import numpy as np
import pytest

from chart_hero_core.decode.double_kicks import (
    OWN_FEATURES,
    PAIR_FEATURES,
    DoubleKicks,
    kick_features,
    shipped_double_kicks,
)


def test_chances_are_those_of_all_ways_to_play_the_kicks() -> None:
    rng = np.random.default_rng(3)
    model = DoubleKicks(rng.normal(0, 1, OWN_FEATURES), rng.normal(0, 1, PAIR_FEATURES))
    times_s = np.cumsum([0.5, 0.1, 0.08, 0.5, 0.13, 0.2])
    in_beat = np.array([0.0, 0.25, 0.5, 1 / 3, 0.9, 0.75])
    features = kick_features(times_s, in_beat)
    own, pair = features.own @ model.own, features.pair @ model.pair
    ways = np.array(list(itertools.product((0, 1), repeat=len(times_s))))
    weight = np.exp(ways @ own + (ways[:, 1:] * ways[:, :-1]) @ pair[1:])
    by_hand = weight @ ways / weight.sum()
    assert model.chances(times_s, in_beat) == pytest.approx(by_hand)


def test_kicks_far_apart_know_nothing_of_each_other() -> None:
    features = kick_features(np.array([0.0, 0.1, 0.5]), np.array([0.0, 0.25, 0.0]))
    assert features.own.shape == (3, OWN_FEATURES)
    assert features.pair.any(axis=1).tolist() == [False, True, False]


def test_a_place_is_told_within_a_few_hundredths_of_a_beat() -> None:
    alone = [kick_features(np.array([0.0]), np.array([place])).own for place in (0.25, 0.27, 0.74)]
    assert (alone[0] == alone[1]).all()
    assert (alone[0] == alone[2]).all()
    on_the_beat = [kick_features(np.array([0.0]), np.array([p])).own for p in (0.0, 0.99)]
    assert (on_the_beat[0] == on_the_beat[1]).all()
    assert (on_the_beat[0] != alone[0]).any()


def test_no_kicks_and_kicks_at_one_time_are_no_trouble() -> None:
    assert shipped_double_kicks().chances(np.zeros(0), np.zeros(0)).shape == (0,)
    at_once = shipped_double_kicks().chances(np.zeros(4), np.zeros(4))
    assert ((at_once >= 0) & (at_once <= 1)).all()


def test_what_ships_has_a_weight_for_every_feature() -> None:
    model = shipped_double_kicks()
    assert model.own.shape == (OWN_FEATURES,)
    assert model.pair.shape == (PAIR_FEATURES,)
