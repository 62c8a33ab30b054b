"""What people told the desk: how it is kept apart, for how long, and how it is erased."""
