"""E-mail: what a mail is, whose it is, what it says, and what to do with it."""
