"""What a provider may answer instead of an id_token: nobody is signed in by it, nothing breaks."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.accounts.openid import OpenId, OpenIdFailed, Person
from desk.web.server import close, listen
from tests.e2e.stack import free_port
from tests.fuzz.damage import ANY_JSON, damaged, part
from tests.provider import CLIENT_ID, CLIENT_SECRET, Provider

CLAIMS = st.dictionaries(
    st.sampled_from(
        [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "nbf",
            "nonce",
            "azp",
            "email",
            "email_verified",
            "name",
        ]
    ),
    ANY_JSON,
    max_size=3,
)


class Signing:
    """A provider, and the desk's side of it."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.provider, port = Provider(), free_port()
        self.provider.issuer = f"http://127.0.0.1:{port}"
        self.server = self.runner.run(listen(self.provider.app, "127.0.0.1", port))

        self.desk = OpenId(
            self.provider.issuer,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            role_claim="role",
        )

    def sign_in(self, id_token: Any, claims: dict[str, Any]) -> Person | None:
        """Whom the desk lets in, when the provider says this or answers with that token."""
        return self.runner.run(self._sign_in(id_token, claims))

    async def _sign_in(self, id_token: Any, claims: dict[str, Any]) -> Person | None:
        right = {"email": "ana@example.com", "email_verified": True}
        self.provider.claims, self.provider.id_token = right | claims, id_token
        _, kept = await self.desk.begin("http://desk.example/back")
        code = self.provider.code_for(kept)
        try:
            return await self.desk.finish(kept, state=kept["state"], code=code)
        except OpenIdFailed:
            return None


@pytest.fixture(scope="module")
def signing() -> Iterator[Signing]:
    made = Signing()
    yield made
    made.runner.run(close(made.server))
    made.runner.close()


def test_what_is_right_signs_in(signing):
    assert signing.sign_in(None, {}).email == "ana@example.com"


@settings(deadline=None, max_examples=part(20))
@given(CLAIMS)
def test_claims_of_any_form_sign_in_nobody_else(signing, claims):
    found = signing.sign_in(None, claims)
    if found is not None:
        assert found.email == claims.get("email", "ana@example.com")
        assert claims.get("email_verified", True) is True


@settings(deadline=None, max_examples=part(20))
@given(ANY_JSON)
def test_what_is_no_id_token_signs_nobody_in(signing, value):
    assert value is None or signing.sign_in(value, {}) is None


@settings(deadline=None, max_examples=part(20))
@given(
    damaged(
        [b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.AAAA", b"eyJhbGciOiJub25lIn0.e30."],
        [b".", b"=", b"e30", b"eyJhbGciOiJIUzI1NiJ9", b"bnVsbA", b"W10", b"\xff"],
    )
)
def test_damaged_tokens_sign_nobody_in(signing, token):
    assert signing.sign_in(token.decode("latin-1"), {}) is None
