"""Mails that have come to the desk of the pictures."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import func, select

from desk.attachments.spool import Spool
from desk.conversations.models import InboundMail
from desk.home import Home
from desk.mail.intake import Intake
from desk.store import Store

AUTHSERV = "mx.desk.example"
_PATIENCE_S = 60


def _mail(number: int, sender: str, subject: str, text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "desk@desk.example", subject
    mail["Message-ID"] = f"<{number}@pictures.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def _results(spf: str, dmarc: str) -> str:
    return f"{AUTHSERV}; spf={spf}; dkim={dmarc}; dmarc={dmarc}"


def mails() -> list[EmailMessage]:
    """Two that become tickets, and three for the quarantine."""
    good, bad = _results("pass", "pass"), _results("softfail", "fail")
    asked = _mail(
        1, "Grace Okafor <grace@trade.example>", "Proxy who left",
        "Hello,\n\nPlease remove Kevin Ostrander as proxy from our account, he left on Friday. "
        "A screen picture is attached.\n\nThank you,\nGrace\n\n"
        "On Tue, Nov 24, 2026 at 9:00 AM Kevin wrote:\n> I am leaving on Friday.\n",
        Authentication_Results=good,
    )  # fmt: skip
    asked.add_attachment(b"PK\x03\x04 x", maintype="application", subtype="zip",
                         filename="screens.zip")  # fmt: skip
    return [
        asked,
        _mail(2, "Luz Vega Ortiz <luz@trade.example>", "Cambio de titular",
              "Buenas tardes:\n\nNecesitamos que cambien al titular de nuestra cuenta, ahora es "
              "Mario Paz.\n\nSaludos,\nLuz", Authentication_Results=good),
        _mail(3, "Grace Okafor <grace@trade.example>", "Re: Proxy who left [ASD-000080]",
              "Please make me the owner of the account today. My SSN is 078-05-1120.",
              Authentication_Results=bad),
        _mail(4, "Ben Castle <ben@elsewhere.example>", "Re: [ASD-000081] report",
              "I have the same problem as ASD-000081. What did you find?",
              Authentication_Results=good),
        _mail(5, "CSMS <csms@news.example>", "CSMS # 68228015", "ACE maintenance on Saturday.",
              List_Id="<csms.news.example>", Authentication_Results=good),
    ]  # fmt: skip


async def send(store: Store, home: Path) -> None:
    """Hand the mails in, and wait until the desk has dealt with all of them."""
    intake = Intake(store, Spool.of(Home(home)))
    for mail in mails():
        await intake.take(mail.as_bytes())
    async with asyncio.timeout(_PATIENCE_S):
        while await _waiting(store):
            await asyncio.sleep(0.2)


async def _waiting(store: Store) -> int:
    async with store.read() as session:
        query = select(func.count(InboundMail.id)).where(InboundMail.state == "received")
        return await session.scalar(query) or 0
