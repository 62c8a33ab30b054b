"""Mails of all kinds for tests and measurements: the same ones for the same seed."""

import base64
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from random import Random
from typing import Literal

from desk.knowledge.files import read_folder
from desk.settings import PROJECT

Kind = Literal["question", "questions", "action", "urgent", "machine", "bounce", "list", "broken"]

_SHARES: dict[Kind, float] = {
    "question": 0.56, "questions": 0.07, "action": 0.10, "urgent": 0.01, "machine": 0.14,
    "bounce": 0.05, "list": 0.03, "broken": 0.04,
}  # fmt: skip
_ACTIONS = {
    "en": (
        "Please remove {name} from our account, they left the company on Friday.",
        "I need you to change the owner of our top account to {name}.",
        "Please unlock my user, I am locked out and our owner is away.",
    ),
    "es": (
        "Por favor quiten a {name} de nuestra cuenta, ya no trabaja con nosotros.",
        "Necesito que cambien al titular de la cuenta, ahora es {name}.",
        "Por favor desbloqueen mi usuario, el titular está de vacaciones.",
    ),
}
_URGENT = {
    "en": "Our trucks are stuck at the bridge in Laredo and the e-manifest does not go through.",
    "es": "Tenemos los camiones parados en el puente y el manifiesto no pasa, es urgente.",
}
_GREETING = {"en": "Hello,", "es": "Buenas tardes:"}
_CLOSING = {"en": "Thank you,", "es": "Gracias y saludos,"}
_TWO = {"en": "I have two questions.", "es": "Tengo dos preguntas."}
_NAMES = ("Ana Ruiz", "John Miller", "Luz Vega", "Peter Olsen", "María José Peña", "Wei Zhang")
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One mail."""

    kind: Kind
    raw: bytes
    message_id: str

    @property
    def wants_reply(self) -> bool:
        """A person wrote it, and waits for an answer or a ticket."""
        return self.kind in ("question", "questions", "action", "urgent")


def mailbag(count: int, *, seed: int = 2026, senders: int = 0) -> list[Posted]:
    """So many mails.

    Args:
        senders: from how many addresses; each from its own by default.
    """
    draw = Random(seed)
    kinds = draw.choices(list(_SHARES), weights=list(_SHARES.values()), k=count)
    return [
        _posted(kind, number, f"user{number % senders if senders else number}", draw)
        for number, kind in enumerate(kinds)
    ]


def _posted(kind: Kind, number: int, user: str, draw: Random) -> Posted:
    mail = EmailMessage(policy=SMTP)
    message_id = f"{number}.{draw.getrandbits(64):x}@{user}.example"
    language = draw.choice(("en", "es"))
    name = draw.choice(_NAMES)
    mail["From"] = f"{name} <{user}@importer.example>"
    mail["To"] = "desk@desk.example"
    mail["Date"] = "Thu, 26 Nov 2026 12:00:00 +0000"
    mail["Message-ID"] = f"<{message_id}>"
    text = _body(kind, language, name, draw)
    mail["Subject"] = " ".join(text.split("\n\n")[1].split()[:6]).strip(".,:;?!¿¡") or "ACE"
    if kind == "machine":
        mail["Auto-Submitted"] = "auto-replied"
    elif kind == "list":
        mail["List-Id"] = "<csms.govdelivery.example>"
    elif kind == "bounce":
        mail.replace_header("From", "MAILER-DAEMON <mailer-daemon@importer.example>")
        mail["X-Failed-Recipients"] = "nobody@importer.example"
    mail.set_content(text)
    if kind in ("question", "action"):
        _dress(mail, text, draw)
    raw = mail.as_bytes()
    if kind == "broken":
        raw = raw.replace(b"utf-8", b"x-unknown", 1)[: -draw.randrange(1, 20)] + b"\xff\x00\xfe"
    return Posted(kind=kind, raw=raw, message_id=message_id)


def _body(kind: Kind, language: str, name: str, draw: Random) -> str:
    if kind == "questions":
        first, second = (draw.choice(_questions()[language]) for _ in range(2))
        said = f"{_TWO[language]}\n\n1. {first}\n2. {second}"
    elif kind == "action":
        said = draw.choice(_ACTIONS[language]).format(name=draw.choice(_NAMES))
    elif kind == "urgent":
        said = _URGENT[language]
    else:
        said = draw.choice(_questions()[language])
    return f"{_GREETING[language]}\n\n{said}\n\n{_CLOSING[language]}\n{name}\n"


def _dress(mail: EmailMessage, text: str, draw: Random) -> None:
    """Add what mails have besides their text: a quotation, HTML, a file."""
    how = draw.random()
    if how < 0.15:
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        mail.set_content(f"{text}\nOn Wed, Nov 25, 2026 at 9:00 AM Desk wrote:\n{quoted}\n")
    elif how < 0.45:
        paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
        mail.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
    elif how < 0.6:
        mail.add_attachment(_PNG, maintype="image", subtype="png", filename="screen.png")


@cache
def _questions() -> dict[str, list[str]]:
    """What people ask, as the articles have it."""
    found = {}
    for language in ("en", "es"):
        articles = read_folder(PROJECT / "data" / "kb")
        asked = [
            question
            for article in articles
            if article.language == language
            for question in article.meta.questions
        ]
        found[language] = [one for one in asked if len(one.split()) > 4]
    return found
