"""Mails as programs send them, in `quoted/`: a body, and beside it what its sender has written."""

from functools import partial
from pathlib import Path

import pytest

from desk.mail.trim import trim
from tests.growth import grows_as_the_length

CORPUS = Path(__file__).with_name("quoted")
NAMES = sorted(
    one.name.removesuffix(".expected.txt") for one in CORPUS.glob("*.expected.txt")
)  # fmt: skip
SIZE = 60_000


def read(name: str) -> str:
    # As bytes, so that the ends of the lines stay what the program made them.
    return (CORPUS / name).read_bytes().decode()


def test_each_body_has_its_answer():
    bodies = {one.name for one in CORPUS.iterdir()}
    assert bodies == {f"{name}{end}" for name in NAMES for end in (".txt", ".expected.txt")}
    assert len(NAMES) >= 90


@pytest.mark.parametrize("name", NAMES)
def test_what_the_sender_wrote(name):
    assert trim(read(f"{name}.txt")).text == read(f"{name}.expected.txt").removesuffix("\n")


def hostile(piece: str, size: int) -> str:
    # The last letter makes what has matched all before it go back and try again.
    return (piece * (size // len(piece) + 1))[:size] + "x"


def below_a_word(piece: str, size: int) -> str:
    return f"Help.\n\n{hostile(piece, size)}\n\nAna"


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "\n",
        "> ",
        ">\n",
        "> x\ny\n",
        ">>> a 1/1 ",
        "-",
        "- ",
        "--\n",
        "-- \nx\n",
        "_\n",
        "*",
        "# ",
        "On 1 ",
        "On 1 a@b\n",
        "On 1, a <a@b.example> wrote: ",
        "On 1, a <a@b.example> wrote:\n",
        "<a@b",
        "2026-11-24 a@b <",
        "a <a@b.example>\n1:1\n",
        "From: a\n",
        "From:\n\nTo:\n\n",
        "Sent from my iPhone ",
        "This e-mail ",
        "This e-mail\n\n",
        "___\nCAUTION: outside\n",
        "<https://x.example/>\n",
        "reply above this line ",
        # Lines just short of what is read of one, full of what a form may begin or end with.
        "<@" * 480 + ":\n",
        "<a@b" * 240 + ":\n",
        "1 <a@b.example> wrote " * 44 + ":\n",
        "On 1 wrote: wrote " * 54 + ":\n\n> x\n\n",
        "El 1 escribió el " * 56 + ":\n",
        "1:11 skrev p\xe5 schrieb am " * 36 + ":\n",
        "This e-mail this message confidentia " * 26 + "\n\n",
        ">> 1:11 " * 120 + "\n",
        "Sent from " + "phon " * 17 + "\n",
        ">" + " x" * 40 + "\ny\n",
        "```\n-- \n",
        "confidential? ",
        "a? b\n",
        "-----a wrote: ",
        "Ana> x\n",
        "aaaa" * 400 + "?\n",
    ],
)
def test_a_hostile_body_is_trimmed_in_time(piece):
    assert grows_as_the_length(trim, partial(below_a_word, piece), SIZE)


# What counts only where no word is above it.
@pytest.mark.parametrize(
    "piece",
    [
        "\xa0\n",
        "> x\n",
        "Sent from my iPhone\n",
        "CAUTION: ",
        "CAUTION: external email\n\n",
        "[EXTERNAL]\n\n",
        "warning e-mail externa outsid " * 32 + "\n\n",
    ],
)
def test_a_hostile_body_with_nothing_above_is_trimmed_in_time(piece):
    assert grows_as_the_length(trim, partial(hostile, piece), SIZE)
