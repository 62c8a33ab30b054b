"""What a day of 100,000 users is taken to be. Nothing here was measured at a real desk."""

from benchmarks.simulation import WEEKDAY

USERS = 100_000
"""The public brief of the desk says "100,000+ active users"."""
CONTACTS = 0.04
"""The share of users that turn to the desk on a working day: about one contact a month for each."""
BY_MAIL = 0.25
"""The share of contacts that are mails; the rest are chats."""
QUESTIONS = 3
"""What a visitor asks in a chat; in one that is handed off, the last is the wish for a person."""
SPANISH = 0.25
HANDED_OFF = 0.3
"""The share of contacts that become a ticket of an analyst."""

CONTACTS_A_DAY = USERS * CONTACTS
CHATS_A_DAY = CONTACTS_A_DAY * (1 - BY_MAIL)
MAILS_A_DAY = CONTACTS_A_DAY * BY_MAIL
TICKETS_A_DAY = CONTACTS_A_DAY * HANDED_OFF
BUSY = TICKETS_A_DAY / sum(WEEKDAY)
"""How many times as many tickets as `benchmarks.simulation` has on a weekday."""
PEAK_HOUR = max(WEEKDAY) / sum(WEEKDAY)
"""The share of a day that its busiest hour has."""
CHATS_A_SECOND = CHATS_A_DAY * PEAK_HOUR / 3600
"""Chats that begin in the busiest hour, on average."""
