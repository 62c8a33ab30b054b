"""Macros: reply texts that analysts start from, in both languages."""
