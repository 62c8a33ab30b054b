"""Whether a text asks how something is done, in distinction from asking somebody to do it."""

from __future__ import annotations

import re

from textkit.normalise import fold

_ASKING = re.compile(
    r"(?:^|[.,;:!?¿¡\n]|\b(?:hi|hello|hey|hola|buenas|dias|tardes|and|but|y|pero|pls|please))\W*"
    r"(?:how|hwo|what|whats|where|wheres|when|which|who|why|can i|can we|do i|do we|should i"
    r"|is there|are there|is it|does|como|komo|q|que|cual|cuales|donde|cuando|quien|por que|xq"
    r"|puedo|podemos|se puede|hay que|tengo que|debo|hace falta|para que|cuanto|cuantos)\b"
)


def asks_how(text: str) -> bool:
    """A clause begins as a question does, with or without its marks."""
    return bool(_ASKING.search(fold(text)))
