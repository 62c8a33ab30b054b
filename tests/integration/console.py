"""The console as a browser uses it, for tests."""

import hashlib
import hmac
import re
from datetime import UTC, datetime

import httpx
import pyotp

from desk.accounts import second_factor, sign_ins
from desk.accounts.models import User
from desk.accounts.service import add_user
from desk.services import Services

PASSWORD = "correct horse battery"


async def new_user(
    services: Services, email: str = "ana@example.com", *, role: str = "analyst"
) -> User:
    async with services.store.write() as session:
        return await add_user(session, email=email, role=role, language="en", password=PASSWORD)


async def sign_in(
    http: httpx.AsyncClient, email: str = "ana@example.com", password: str = PASSWORD
) -> httpx.Response:
    return await http.post("/console/sign-in", data={"email": email, "password": password})


async def sign_in_at_once(services: Services, http: httpx.AsyncClient, user: User) -> None:
    """Give a browser the cookie of a new sign-in, without the time that a password takes."""
    async with services.store.write() as session:
        cookie = await sign_ins.begin(session, user, browser="", how="password", now=now())
    http.cookies.clear()
    http.cookies.set("acedesk_sign_in", cookie, domain="127.0.0.1", path="/console")


async def enrol(services: Services, user: User, *, at: datetime) -> tuple[pyotp.TOTP, list[str]]:
    """Switch on a second factor with the code of a moment; the app, and the recovery codes."""
    key = services.secrets.accounts_key
    async with services.store.write() as session:
        await second_factor.propose(session, user.id, key=key)
        secret = await second_factor.proposed(session, user, key=key)
        assert secret is not None
        app = pyotp.TOTP(secret)
        codes = await second_factor.confirm(
            session, user.id, app.at(at), key=key, staying="", now=at
        )
        assert codes is not None
    return app, codes


def csrf_of(page: httpx.Response) -> str:
    """What a form of this page carries to prove that it is the desk's."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found
    return found[1]


def proof(http: httpx.AsyncClient) -> dict[str, str]:
    """The same, for this browser's cookie, where no page shows a form."""
    cookie = http.cookies.get("acedesk_sign_in", domain="127.0.0.1") or ""
    return {"X-CSRF-Token": hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()}


def now() -> datetime:
    return datetime.now(UTC)
