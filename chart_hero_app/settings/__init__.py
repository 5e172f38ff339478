"""The person's preferences and the look they choose."""
