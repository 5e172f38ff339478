"""Synthetic labelled audio: kits x performances x backing music, rendered from a seed."""
