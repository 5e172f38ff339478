"""Formatting times for people."""


def clock(time_s: float, digits: int = 3) -> str:
    """``3:07.042``: minutes, seconds and ``digits`` of their fraction; before the song 0."""
    unit = 10**digits
    minutes, rest = divmod(round(max(time_s, 0.0) * unit), 60 * unit)
    fraction = f".{rest % unit:0{digits}d}" if digits else ""
    return f"{minutes}:{rest // unit:02d}{fraction}"
