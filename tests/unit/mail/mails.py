"""Mails put together for tests."""

from desk.mail.message import Mail
from desk.mail.parse import parse

SENDER = "Ana Ruiz <ana@importer.example>"


def raw(body: str = "How do I add a user?", subject: str = "A question", **headers: str) -> bytes:
    """A plain mail; a name's underscores stand for hyphens, and an empty value leaves it out."""
    given = {
        "From": SENDER,
        "To": "desk@desk.example",
        "Subject": subject,
        "Message-ID": "<1@importer.example>",
        "Content-Type": "text/plain; charset=utf-8",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in given.items() if value]
    return ("\n".join(lines) + "\n\n" + body).encode()


def mail(body: str = "How do I add a user?", subject: str = "A question", **headers: str) -> Mail:
    """The same, read."""
    return parse(raw(body, subject, **headers))
