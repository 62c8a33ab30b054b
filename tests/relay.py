"""A real SMTP server that keeps what it is given, and refuses when told to.

What it warns of is known: it speaks TLS from the first byte on, and leaves connections unclosed. A
module of tests that uses it is marked with `WARNS`.
"""

import gc
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.stack import free_port

WARNS = pytest.mark.filterwarnings(
    "ignore:Requiring AUTH:UserWarning", "ignore:unclosed:ResourceWarning"
)
USER, PASSWORD = "desk", "p@ss word"


@dataclass
class Relay:
    """Says to each recipient what `behave` says, and takes the mail when that begins with 2."""

    behave: Callable[[str], str] = lambda _: "250 OK"
    asked: list[str] = field(default_factory=list)
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Envelope senders and mails."""
    port: int = 0

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked.append(address)
        answer = self.behave(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append((envelope.mail_from or "", mail))
        return "250 taken"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "relay.pem", folder / "relay.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, secret


@contextmanager
def relaying(
    *, security: str = "none", cert: tuple[Path, Path] | None = None, port: int = 0
) -> Iterator[Relay]:
    """A relay that listens on loopback; over TLS it wants the password."""
    relay = Relay()
    context = None
    if cert is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*cert)

    def known(*given: Any) -> AuthResult:
        data = given[-1]
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    options: dict[str, Any] = {}
    if security == "starttls":
        options = {"tls_context": context, "require_starttls": True}
    if context is not None:
        options |= {"authenticator": known, "auth_required": True, "auth_require_tls": False}
    controller = Controller(
        relay,
        hostname="127.0.0.1",
        port=port or free_port(),
        ssl_context=context if security == "tls" else None,
        **options,
    )
    controller.start()
    relay.port = controller.port
    try:
        yield relay
    finally:
        controller.stop()
        # The server leaves its connections to the collector, which is to find them in this test.
        gc.collect()
