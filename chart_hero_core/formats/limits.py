"""How large a chart file may be before it is refused: bounds against hostile files."""

# 28 bits, the longest time between two events of a .mid: 77 hours at 120 BPM and 480 ticks.
MAX_TICK = 2**28 - 1
# The largest real charts (all instruments, lip sync) have some 300,000 events in 3 MB.
MAX_EVENTS = 1_000_000
MAX_TRACKS = 1000
MAX_BYTES = 64 * 1024 * 1024
MAX_RESOLUTION = 32_767  # 15 bits in the header of a .mid
LARGEST_DENOMINATOR = 64  # finer beats than 1/64 do not occur and only serve to exhaust memory
