"""Background work: short jobs on threads, long ones in a child process."""
