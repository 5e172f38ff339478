"""What is listened to: the drums of a song alone, or the song as a whole."""

from typing import Literal, get_args

Domain = Literal["drums", "mix"]
WantedDomain = Literal["auto", "drums", "mix"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
WANTED_DOMAINS: tuple[WantedDomain, ...] = get_args(WantedDomain)
