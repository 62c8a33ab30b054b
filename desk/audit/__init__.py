"""Who did what that must be accounted for; every room writes here, and this one uses none."""
