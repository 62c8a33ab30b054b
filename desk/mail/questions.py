"""The questions in what somebody wrote, each as the assistant is to be asked it.

Letters greet, tell what happened, ask, and thank. What was told before a question belongs to it; a
question that leans on the one before ("and how long does it take?") is asked together with it. What
is told behind the last question stands for itself: it may be what matters most.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from desk.conversations.service import only_thanks
from textkit.normalise import fold

MOST = 4
"""Whoever asks more than so many questions at once is better served by a person."""
_COURTESIES = Path(__file__).with_name("courtesies.toml")
_SIGNED, _SHORT_LINE = 12, 60
"""Lines from the end, and characters of each, among which there may be a name and a title."""
_TELLING = 4
"""Words; what is shorter tells nothing that could matter beside a question."""
_NAME = 5
"""Words of a name or a company."""
_LONGEST_THANKS = 600
"""Characters; whoever writes more says more."""
_LEANING = 9
"""Words of a question that may lean on another one."""
_ITEM = re.compile(r"^\s*(?:\d{1,2}\s*[.)-]|[a-h]\)|[-*•–])\s+")
_SENTENCE = re.compile(r"[^.?!\n]+(?:[.?!]+(?!\S)|[.?!]+(?=\S)[^\s]*|\n|$)")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Something to ask the assistant."""

    text: str
    aside: bool = False
    """It was told beside questions, and wants no answer unless a person or haste is needed."""


def questions(text: str, subject: str) -> list[Asked]:
    """What to ask, in the order of the text: one at least, if there is any word at all.

    Args:
        text: what was written, without quotations and signature.
        subject: without prefixes. It stands before each question, since it often says what a
            question only points at.
    """
    pieces = [piece for piece in _pieces(_without_farewell(text)) if not _is_courtesy(piece)]
    several = any(_is_question(piece) for piece in pieces)
    groups = _joined(pieces) if several else [pieces]
    told = subject.lstrip("/ ")
    asked = []
    for group in groups:
        # What begins with a slash would be an order to the assistant.
        words = " ".join(group).lstrip("/ ")
        aside = several and not _is_question(group[-1])
        if not aside:
            asked.append(Asked(text=f"{told}\n{words}".strip("/ \n")))
        elif len(words.split()) >= _TELLING:
            asked.append(Asked(text=words, aside=True))
    return [one for one in asked if one.text] or ([Asked(text=told)] if told else [])


def asks_us(text: str) -> bool:
    """Whether the desk is asked to do something, and not only to say how it is done."""
    return any(form.search(fold(text)) for form in _forms("asks_us"))


def says_thanks(text: str) -> bool:
    """Whether a letter only says thank you; a greeting and a name may stand around it."""
    if len(text) > _LONGEST_THANKS:
        return False
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    lines = [line for line in lines if not _matches(line, "greetings")]
    return any(
        only_thanks(" ".join(lines[:end])) and all(_is_name(line) for line in lines[end:])
        for end in range(len(lines), 0, -1)
    )


def _is_name(line: str) -> bool:
    words = line.split()
    return len(words) <= _NAME and all(not word[0].islower() for word in words)


def _without_farewell(text: str) -> str:
    """Without a last line of thanks and what stands below it: names, titles, telephones."""
    lines = text.rstrip().split("\n")
    for at in range(len(lines) - 1, max(len(lines) - _SIGNED, 0), -1):
        below = lines[at + 1 :]
        if _matches(lines[at], "closings") and all(_is_short(line) for line in below):
            return "\n".join(lines[:at])
    return text


def _is_short(line: str) -> bool:
    return len(line) <= _SHORT_LINE and "?" not in line


def _pieces(text: str) -> list[str]:
    """Sentences, and whole items of a list."""
    pieces: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        lines = [line for line in lines if not _matches(line, "greetings")]
        run: list[str] = []
        for line in lines:
            if _ITEM.match(line):
                pieces += [*_sentences(" ".join(run)), _ITEM.sub("", line)]
                run = []
            else:
                run.append(line)
        pieces += _sentences(" ".join(run))
    return pieces


def _sentences(text: str) -> list[str]:
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]


def _joined(pieces: list[str]) -> list[list[str]]:
    """Each question with what was told before it; what is told behind the last for itself."""
    groups: list[list[str]] = []
    begun: list[str] = []
    for piece in pieces:
        leans = groups and not begun and _is_question(groups[-1][-1]) and _leans(piece)
        if _is_question(piece) and leans:
            groups[-1].append(piece)
        elif _is_question(piece):
            groups.append([*begun, piece])
            begun = []
        elif _begins(piece, "requests"):
            # A wish is none of what is told before a question.
            groups.append([piece])
        else:
            begun.append(piece)
    return [*groups, begun] if begun else groups


def _is_question(piece: str) -> bool:
    return piece.endswith("?")


def _leans(piece: str) -> bool:
    words = re.findall(r"\w+", fold(piece))
    return len(words) <= _LEANING and not _words("leans").isdisjoint(words)


def _is_courtesy(piece: str) -> bool:
    return _matches(piece, "closings") or _matches(piece, "asks_nothing")


def _matches(piece: str, group: str) -> bool:
    folded = fold(piece).strip(" ¿¡")
    if group != "greetings":
        folded = folded.rstrip(" ?!.,;:-")
    return any(form.fullmatch(folded) for form in _forms(group))


def _begins(piece: str, group: str) -> bool:
    return any(form.match(fold(piece).lstrip(" ¿¡")) for form in _forms(group))


@cache
def _forms(group: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form) for form in _table()[group])


@cache
def _words(group: str) -> frozenset[str]:
    return frozenset(_table()[group])


@cache
def _table() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads(_COURTESIES.read_text(encoding="utf-8"))
    return found
