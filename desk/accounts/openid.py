"""Signing in with another provider: OpenID Connect's Authorization Code flow, with PKCE.

https://openid.net/specs/openid-connect-core-1_0.html
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from desk.accounts.roles import ROLES, Role

_TIMEOUT_S = 5.0
_LEEWAY_S = 60
_KEPT_S = 3600.0
"""After as long, the provider's description and keys are read again."""
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
"""Signatures by a key that only the provider has; `none` and shared keys are not among them."""
_PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
"""What the desk calls, or sends browsers to, because the provider says so."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class OpenIdFailed(Exception):
    """Nobody is signed in; its text is a code for the log and the audit."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom the provider vouches for."""

    email: str
    name: str | None
    role: Role | None
    """The role of the desk that the claim of roles names, if one is asked for and does."""


class OpenId:
    """One provider."""

    def __init__(
        self, issuer: str, *, client_id: str, client_secret: str | None, role_claim: str | None
    ) -> None:
        """Nothing is called yet.

        Raises:
            ValueError: the issuer's address is neither https nor http on loopback.
        """
        if not _is_safe(issuer):
            raise ValueError("the OpenID issuer must be an https address, or http on loopback")
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._role_claim = role_claim
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._read_at = -_KEPT_S

    async def begin(self, redirect_uri: str) -> tuple[str, dict[str, Any]]:
        """Where to send the browser, and what `finish` needs, to be bound to that browser.

        Raises:
            OpenIdFailed: the provider can't be reached.
        """
        metadata = (await self._provider())[0]
        kept = {
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "verifier": secrets.token_urlsafe(48),
            "redirect_uri": redirect_uri,
        }
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": kept["state"],
            "nonce": kept["nonce"],
            "code_challenge": create_s256_code_challenge(kept["verifier"]),
            "code_challenge_method": "S256",
        }
        endpoint = str(metadata["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}", kept

    async def finish(
        self, kept: Mapping[str, Any], *, state: str, code: str, now: float | None = None
    ) -> Person:
        """Who has come back with a code.

        Args:
            kept: from `begin`; it may be used once.
            now: seconds since 1970.

        Raises:
            OpenIdFailed: anything at all is not as it should be.
        """
        if not hmac.compare_digest(state.encode(errors="replace"), str(kept["state"]).encode()):
            raise OpenIdFailed("state")
        claims = await self._claims(await self._redeem(kept, code), str(kept["nonce"]), now)
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise OpenIdFailed("email")
        name = claims.get("name")
        return Person(
            email=email,
            name=name if isinstance(name, str) else None,
            role=self._role(claims),
        )

    async def _redeem(self, kept: Mapping[str, Any], code: str) -> str:
        """The id_token for a code (RFC 6749 §4.1.3 and RFC 7636 §4.5)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": str(kept["redirect_uri"]),
            "client_id": self._client_id,
            "code_verifier": str(kept["verifier"]),
        }
        # Quoted before they become a header (RFC 6749 §2.3.1).
        secret = self._client_secret
        auth = httpx.BasicAuth(quote(self._client_id), quote(secret)) if secret else None
        endpoint = str((await self._provider())[0]["token_endpoint"])
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S, auth=auth) as http:
                answer = (await http.post(endpoint, data=form)).raise_for_status().json()
            return str(answer["id_token"])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise OpenIdFailed("token") from error

    async def _claims(self, id_token: str, nonce: str, now: float | None) -> Mapping[str, Any]:
        """The claims of an id_token, checked as §3.1.3.7 says."""
        keys = (await self._provider())[1]
        try:
            try:
                signed = _read(id_token, keys)
            except (JoseError, ValueError):
                # The provider may have changed its keys since they were read.
                self._read_at = -_KEPT_S
                signed = _read(id_token, (await self._provider())[1])
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                {
                    "iss": {"essential": True, "value": self.issuer_named},
                    "aud": {"essential": True, "value": self._client_id},
                    "nonce": {"essential": True, "value": nonce},
                },
                {"nonce": nonce, "client_id": self._client_id},
            )
            claims.validate(now=int(now or time.time()), leeway=_LEEWAY_S)
        except (JoseError, LookupError, ValueError, TypeError, AttributeError) as error:
            raise OpenIdFailed("id_token") from error
        found: Mapping[str, Any] = claims
        return found

    @property
    def issuer_named(self) -> str:
        """The issuer as the provider spells it, with or without a slash at its end."""
        return str(self._metadata.get("issuer", self.issuer))

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        said = claims.get(self._role_claim) if self._role_claim else None
        names = said if isinstance(said, list) else [said]
        return next((name for name in ROLES if name in names), None)

    async def _provider(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The provider's description and its keys.

        https://openid.net/specs/openid-connect-discovery-1_0.html
        """
        if time.monotonic() - self._read_at < _KEPT_S:
            return self._metadata, self._keys
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as http:
                address = f"{self.issuer}/.well-known/openid-configuration"
                metadata = (await http.get(address)).raise_for_status().json()
                if str(metadata["issuer"]).rstrip("/") != self.issuer:
                    raise OpenIdFailed("issuer")
                if not all(_is_safe(str(metadata[place])) for place in _PLACES):
                    raise OpenIdFailed("endpoint")
                keys = (await http.get(metadata["jwks_uri"])).raise_for_status().json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise OpenIdFailed("provider") from error
        self._metadata, self._keys, self._read_at = metadata, keys, time.monotonic()
        return metadata, keys


def _is_safe(address: str) -> bool:
    """Whether nobody on the way can listen or answer.

    Raises:
        ValueError: it is no address.
    """
    place = urlsplit(address)
    return place.scheme == "https" or (place.scheme == "http" and place.hostname in _LOOPBACK)


def _read(id_token: str, keys: dict[str, Any]) -> jwt.Token:
    return jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
