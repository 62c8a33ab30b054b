"""A desk under load, and everything that may happen to it."""
