"""Tickets and the event log that they are made of."""
