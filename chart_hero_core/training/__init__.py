"""Training: the material, the training loop, and calibration.

A run goes ``clips`` → ``step`` → ``run``, by the choices of ``config.py``; ``calibration`` follows
it. ``own_songs`` fine-tunes what came out; ``small_networks`` are trained beside it. The order in
which the rooms may import each other is a contract in ``pyproject.toml``.
"""
