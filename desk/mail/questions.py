"""The questions in what somebody wrote, each as the assistant is to be asked it.

Letters greet, tell what happened, ask, and thank. What was told before a question belongs to it; a
question that leans on the one before ("and how long does it take?") is asked together with it.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from textkit.normalise import fold

MOST = 4
"""Whoever asks more than so many questions at once is better served by a person."""
_COURTESIES = Path(__file__).with_name("courtesies.toml")
_SIGNED, _SHORT_LINE = 12, 60
"""Lines from the end, and characters of each, among which there may be a name and a title."""
_LEANING = 9
"""Words of a question that may lean on another one."""
_ITEM = re.compile(r"^\s*(?:\d{1,2}\s*[.)-]|[a-h]\)|[-*•–])\s+")
_SENTENCE = re.compile(r"[^.?!\n]+(?:[.?!]+(?!\S)|[.?!]+(?=\S)[^\s]*|\n|$)")


def questions(text: str, subject: str) -> list[str]:
    """What to ask, in the order of the text: one at least, if there is any word at all.

    Args:
        text: what was written, without quotations and signature.
        subject: without prefixes. It stands before each question, since it often says what a
            question only points at.
    """
    pieces = _pieces(_without_farewell(text))
    pieces = _joined([piece for piece in pieces if not _is_courtesy(piece)])
    # What begins with a slash would be an order to the assistant.
    told = subject.lstrip("/ ")
    asked = [f"{told}\n{piece}".lstrip("/ \n") for piece in pieces]
    return [question for question in asked if question] or ([told] if told else [])


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


def _joined(pieces: list[str]) -> list[str]:
    """Each question with what was told before it; what is told at the end belongs to the last."""
    groups: list[list[str]] = [[]]
    closed = False
    for piece in pieces:
        if closed and not (_is_question(piece) and _leans(piece)):
            groups.append([])
        elif closed:
            closed = False
        groups[-1].append(piece)
        closed = _is_question(piece)
    *whole, last = groups
    if whole and not any(_is_question(piece) for piece in last):
        whole[-1] += last
        last = []
    return [" ".join(group) for group in (*whole, last) if group]


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
