"""Taking a mail: its bytes go into the spool and its row into the store, once.

Whoever hands a mail over may forget it when this has returned.
"""

import asyncio
import hashlib
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from desk.attachments.spool import Spool
from desk.conversations.models import InboundMail
from desk.mail.models import MailboxPosition
from desk.metrics import MAILS_TAKEN
from desk.store import Store, insert_once

_HEAD = 64 * 1024
"""Bytes in which the headers are looked for that tell one mail from another."""

_TELLING = ("message-id", "from", "date", "subject")


class Intake:
    """Takes mails, from wherever they come."""

    def __init__(self, store: Store, spool: Spool) -> None:
        self._store = store
        self._spool = spool

    async def take(
        self, raw: bytes, *, whole: bool = True, position: MailboxPosition | None = None
    ) -> InboundMail | None:
        """Keep a mail for good; its row, or None when it has come before.

        Args:
            raw: the mail as it came.
            whole: it is not only the headers of one that is too large.
            position: how far its mailbox has been read with it.
        """
        spool_key = await asyncio.to_thread(self._spool.put, raw)
        now = datetime.now(UTC)
        try:
            async with self._store.write() as session:
                made = await insert_once(
                    session,
                    InboundMail,
                    key=key_of(raw),
                    spool_key=spool_key,
                    whole=whole,
                    received_at=now,
                    not_before=now,
                )
                if position is not None:
                    await session.merge(position)
        except BaseException:
            self._spool.purge(spool_key)
            raise
        if made is None:
            self._spool.purge(spool_key)
        else:
            MAILS_TAKEN.inc()
        return made


def key_of(raw: bytes) -> str:
    """What is the same for the same mail, whichever way and however often it comes.

    It is made of Message-ID and sender: whoever learns the Message-ID of somebody else's mail must
    not be able to keep that mail away. Without a Message-ID it is made of all below the headers
    that servers add, which differ from way to way.
    """
    try:
        head = BytesHeaderParser().parsebytes(raw[:_HEAD])
        named = {name: str(head.get(name, "")) for name in _TELLING}
    except (ValueError, LookupError, TypeError, AttributeError):
        return hashlib.sha256(raw).hexdigest()
    if message_id := "".join(named["message-id"].split()):
        sender = parseaddr(named["from"])[1].lower() or named["from"]
        told = f"{message_id}\n{sender}".encode(errors="surrogateescape")
    else:
        body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
        told = "\n".join(named.values()).encode(errors="surrogateescape") + b"\n" + body
    return hashlib.sha256(told).hexdigest()
