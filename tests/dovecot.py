"""A real IMAP server (Debian's Dovecot) in a folder of its own, with one mailbox."""

import grp
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from imaplib import IMAP4
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest

from tests.e2e.stack import free_port

USER, PASSWORD = "desk@desk.example", "pass/w:rd"
_CONFIG = """
protocols = imap
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
default_login_user = {login}
default_internal_user = {login}
default_internal_group = {group}
disable_plaintext_auth = no
mail_location = maildir:{home}/mail
mail_uid = {owner}
mail_gid = {owner_group}
first_valid_uid = 1
first_valid_gid = 1
ssl = {ssl}
{certificates}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    """The server, running or not."""

    home: Path
    port: int
    tls_port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"imap://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"imaps://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.tls_port}"

    def start(self) -> None:
        self._process = subprocess.Popen(["dovecot", "-F", "-c", str(self.home / "conf")])
        deadline = time.monotonic() + 20
        while True:
            try:
                with IMAP4("127.0.0.1", self.port, timeout=2):
                    return
            except (OSError, IMAP4.error):
                assert time.monotonic() < deadline, (self.home / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def deliver(self, *mails: bytes) -> None:
        with IMAP4("127.0.0.1", self.port, timeout=10) as client:
            client.login(USER, PASSWORD)
            for mail in mails:
                answer, said = client.append("INBOX", "", None, mail.replace(b"\n", b"\r\n"))  # type: ignore[arg-type]
                assert answer == "OK", said

    def forget_numbers(self) -> None:
        """Give all mails other UIDs below another UIDVALIDITY, as after a move to a new server."""
        self.stop()
        for file in (self.home / "mail").glob("dovecot*"):
            file.unlink() if file.is_file() else shutil.rmtree(file)
        # The number is the second in which the index is made.
        time.sleep(1.1)
        self.start()


@contextmanager
def serving(cert: tuple[Path, Path] | None = None) -> Iterator[Dovecot]:
    """A server below a new folder; a test that it can't be had for is skipped, or fails in CI."""
    # The folders of tests are closed to the user whose mail it is.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with _serving(Path(folder), cert) as server:
            yield server


@contextmanager
def _serving(home: Path, cert: tuple[Path, Path] | None) -> Iterator[Dovecot]:
    if shutil.which("dovecot") is None:
        if os.environ.get("CI"):
            pytest.fail("Dovecot is missing: make test-deps installs it")
        pytest.skip("Dovecot is missing: make test-deps installs it")
    server = Dovecot(home=home, port=free_port(), tls_port=free_port())
    # The server refuses to read mail as root.
    user = pwd.getpwnam("mail") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    login = "dovenull" if os.getuid() == 0 else user.pw_name
    certificates = f"ssl_cert = <{cert[0]}\nssl_key = <{cert[1]}" if cert else ""
    config = _CONFIG.format(
        home=home, login=login, group=grp.getgrgid(pwd.getpwnam(login).pw_gid).gr_name,
        owner=user.pw_uid, owner_group=user.pw_gid, ssl="yes" if cert else "no",
        certificates=certificates,
        password=PASSWORD, port=server.port, tls_port=server.tls_port,
    )  # fmt: skip
    for name in ("run", "state", "mail"):
        (home / name).mkdir()
        os.chown(home / name, user.pw_uid if name == "mail" else -1, -1)
    (home / "conf").write_text(config)
    server.start()
    try:
        yield server
    finally:
        server.stop()
