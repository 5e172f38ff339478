"""Songs with charts as material for training: found, aligned, split, kept in shards.

Read one with :func:`chart_hero_core.dataset.index.open_dataset`.
"""
