"""Text tools shared by the desk and the bot: normalising, masking, identifiers, language."""
