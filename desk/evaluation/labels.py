"""The labelled messages of an evaluation: one JSON object a line."""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Language = Literal["en", "es", "mixed", "other"]

NOT_ARTICLES = frozenset(
    {"handoff", "out_of_scope", "smalltalk", "urgent_outage", "security", "account_action"}
)
"""Topics that are no article's slug."""

_SHOWN = 10


class BadLabels(Exception):
    """The file can't be used; the message names each bad line by its number."""


class Label(BaseModel):
    """A message and what a careful person expects of it.

    `entities` of the format is accepted and left aside: the webhook doesn't tell what it found.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1, max_length=200)
    channel: Literal["chat", "email"]
    text: str = Field(min_length=1)
    language: Language
    topic: str = Field(pattern=r"^[a-z0-9_]+$")
    must_handoff: Literal[True, False, "either"]
    note: str = ""

    @property
    def is_article(self) -> bool:
        """Whether the topic is an article's slug."""
        return self.topic not in NOT_ARTICLES


class Labels(tuple[Label, ...]):
    """The messages of one file, in its order."""

    sha256 = ""
    """Of the file as it was read; empty for messages that come from no file."""


def read_labels(file: Path) -> Labels:
    """All messages of a file, blank lines skipped.

    Raises:
        BadLabels: a line is no valid message, an id stands twice, or there is nothing to send.
    """
    labels: dict[str, Label] = {}
    problems: list[str] = []
    content = file.read_bytes()
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BadLabels(f"{file} is not UTF-8 text: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            label = Label.model_validate_json(line)
        except ValidationError as error:
            problems.append(f"line {number}: {_reason(error)}")
            continue
        if label.id in labels:
            problems.append(f"line {number}: the id {label.id} stands twice")
        labels[label.id] = label
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise BadLabels("\n".join([f"{file} can't be used:", *problems[:_SHOWN], *more]))
    if not labels:
        raise BadLabels(f"{file} holds no messages")
    read = Labels(labels.values())
    read.sha256 = hashlib.sha256(content).hexdigest()
    return read


def _reason(error: ValidationError) -> str:
    """The fields at fault, without the values: a message may hold what no log should."""
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(": ".join([*map(str, item["loc"]), item["msg"]]) for item in found)
