"""A mail as the other rooms see it: headers, one text, the files that came with it."""

from collections.abc import Sequence
from dataclasses import dataclass

_NO_FILES = {
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
    "text/vcard", "text/x-vcard",
}  # fmt: skip
"""What mail programs add by themselves."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """One mailbox; `address` is in lower case and empty for the null sender."""

    address: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class File:
    """What came with a mail beside its text."""

    name: str
    media_type: str
    """What the mail says that it is; `desk.attachments` looks at the content instead."""
    content: bytes
    inline: bool = False
    """A picture that stands in the text, such as the logo of a signature."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail that could be read."""

    headers: Sequence[tuple[str, str]]
    """Names in lower case and decoded values, from the top down."""
    subject: str
    sender: Address
    recipients: Sequence[Address]
    message_id: str
    """Without its angle brackets; empty when there is none."""
    references: Sequence[str]
    """The Message-IDs of `In-Reply-To` and `References`, the nearest first, each once."""
    text: str
    """The whole body, from the plain part or else from HTML."""
    html: str | None
    """As it came: it is shown through `nh3` or not at all."""
    media_type: str
    """Of the whole."""
    parts: Sequence[str]
    """The media types of every part, in their order."""
    files: Sequence[File]
    problems: Sequence[str]
    """What was not as it should be and could be read all the same, such as `charset`."""

    @property
    def attached(self) -> list[File]:
        """The files that somebody meant to send."""
        return [file for file in self.files if not file.inline and file.media_type not in _NO_FILES]

    def all(self, name: str) -> list[str]:
        """Every value of a header, from the top down."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """The topmost value of a header; empty when there is none."""
        return next((value for key, value in self.headers if key == name), "")
