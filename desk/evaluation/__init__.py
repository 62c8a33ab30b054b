"""Labelled messages through the running assistant, and the report on them."""
