"""Handing mails to the relay."""

import asyncio
import logging
import ssl
from datetime import datetime
from pathlib import Path

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from desk.mail.outgoing import Outgoing
from desk.mail.servers import Server, trusting
from desk.outbox.senders import SendFailed

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
"""For one mail, from connecting to the relay's word that it has it."""
_BUSY_S = 60.0
"""A relay that says "later" (greylisting) is asked again after so long at the earliest."""


def relay(url: str) -> Server:
    """The server of `ACEDESK_SMTP_URL`.

    Raises:
        UnusableServer: see `Server.parse`.
    """
    return Server.parse(url, setting="ACEDESK_SMTP_URL", scheme="smtp", port=587, tls_port=465)


class Smtp:
    """Sends by a relay, each mail over a connection of its own."""

    def __init__(
        self, relay: Server, *, address: str, envelope: str, ca: Path | None = None
    ) -> None:
        """Send by a relay.

        Args:
            relay: where to.
            address: what mails are from.
            envelope: where what can't be delivered comes back to; nothing is answered there.
            ca: certificates to trust besides those of the system.
        """
        self._relay = relay
        self._address = address
        self._envelope = envelope
        self._tls = trusting(ca)

    async def send(self, mail: Outgoing, *, at: datetime) -> None:
        """Hand over one mail that was written at this moment.

        Raises:
            SendFailed: the relay did not take it; `final` when it never will.
        """
        message = mail.message(address=self._address, at=at)
        try:
            async with asyncio.timeout(TIMEOUT_S), self._connection() as smtp:
                await smtp.send_message(message, sender=self._envelope, recipients=[mail.to])
        except SMTPRecipientsRefused as error:
            raise _failed(error.recipients[0].code) from error
        except SMTPResponseException as error:
            raise _failed(error.code) from error
        except TimeoutError as error:
            raise SendFailed("timeout") from error
        except (SMTPException, OSError, ssl.SSLError) as error:
            log.warning("the relay can not be reached", extra={"reason": type(error).__name__})
            raise SendFailed("unreachable") from error

    def _connection(self) -> SMTP:
        return SMTP(
            hostname=self._relay.host,
            port=self._relay.port,
            username=self._relay.username or None,
            password=self._relay.password or None,
            use_tls=self._relay.security == "tls",
            start_tls=self._relay.security == "starttls",
            tls_context=self._tls,
            timeout=TIMEOUT_S,
        )


def _failed(code: int) -> SendFailed:
    """5xx is the last word about this mail, 4xx is not (RFC 5321 section 4.2.1).

    What concerns the whole relationship, such as a wrong password, is worth another attempt when
    an operator has mended it.
    """
    final = 550 <= code <= 559
    return SendFailed(f"smtp_{code}", after_s=0.0 if code >= 500 else _BUSY_S, final=final)
