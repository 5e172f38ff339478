"""Labelled audio without end: kits x performances x backing music, rendered by seed."""
