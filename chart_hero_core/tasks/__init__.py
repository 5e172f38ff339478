"""One plain function per job; the command line and the app both call these."""
