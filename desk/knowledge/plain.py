"""Answers as plain text."""

import re

_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)")


def plain(markdown: str) -> str:
    """A text without its Markdown marks; a link shows where it goes."""
    return _LINK.sub(r"\1 (\2)", _BOLD.sub(r"\1", markdown))
