"""The two kinds of audio that are transcribed: drums alone, or the whole mix."""

from typing import Literal, get_args

Domain = Literal["drums", "mix"]
WantedDomain = Literal["auto", "drums", "mix"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
WANTED_DOMAINS: tuple[WantedDomain, ...] = get_args(WantedDomain)
