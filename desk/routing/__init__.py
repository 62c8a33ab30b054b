"""What a turn leads to, decided from the bot's evidence and the search."""
