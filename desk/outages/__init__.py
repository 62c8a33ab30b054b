"""Outages: the status that analysts post, and the one ticket that reports are put under."""
