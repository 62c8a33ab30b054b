"""A small OpenID Connect provider with a key of its own, which can be made to misbehave."""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sanic import HTTPResponse, Request, Sanic, json, redirect

CLIENT_ID, CLIENT_SECRET = "acedesk", "shared with the provider"
KEY = RSAKey.generate_key(2048, {"kid": "of-the-provider", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "of-the-provider", "use": "sig"})


class Provider:
    """What it says of the person who comes, and what it does wrong."""

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: dict[str, Any] = {"email": "ana@example.com", "email_verified": True}
        """Added to those of every id_token, in the place of what would be right."""
        self.algorithm = "RS256"
        self.key: Any = KEY
        self.keys: Any = {"keys": [KEY.as_dict(private=False)]}
        self.slow_s = 0.0
        self.id_token: Any = None
        """Handed out instead of one that is signed here."""
        self.metadata: dict[str, Any] = {}
        """Put in the place of what would be right."""
        self._codes: dict[str, dict[str, str]] = {}
        self.app: Sanic[Any, Any] = Sanic(f"provider-{id(self)}", configure_logging=False)
        self.app.config.TOUCHUP = False
        self.app.add_route(self._metadata, "/.well-known/openid-configuration", name="metadata")
        self.app.add_route(self._keys, "/keys", name="keys")
        self.app.add_route(self._authorize, "/authorize", name="authorize")
        self.app.add_route(self._token, "/token", methods=["POST"], name="token")

    async def _metadata(self, _request: Request) -> HTTPResponse:
        return json(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
            | self.metadata
        )

    async def _keys(self, _request: Request) -> HTTPResponse:
        return json(self.keys)

    async def _authorize(self, request: Request) -> HTTPResponse:
        """Everybody who comes is somebody at once."""
        asked = {name: str(request.args.get(name)) for name in request.args}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{back}")

    def code_for(self, kept: Mapping[str, str]) -> str:
        """A code as if a browser had come with what the desk keeps of this sign-in."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = {
            "code_challenge": create_s256_code_challenge(kept["verifier"]),
            "redirect_uri": kept["redirect_uri"],
            "nonce": kept["nonce"],
        }
        return code

    async def _token(self, request: Request) -> HTTPResponse:
        form = request.form or {}
        expected = base64.b64encode(
            f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '%20')}".encode()
        ).decode()
        asked = self._codes.pop(str(form.get("code")), None)
        verifier = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (
            asked is None
            or request.headers.getone("authorization", "") != f"Basic {expected}"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return json({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.claims
        id_token = self._signed(claims) if self.id_token is None else self.id_token
        return json({"access_token": "x", "token_type": "Bearer", "id_token": id_token})

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "none":
            parts = (jwt.encode({"alg": "RS256"}, claims, KEY)).split(".")
            header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            return f"{header}.{parts[1]}."
        header = {"alg": self.algorithm, "kid": "of-the-provider"}
        if self.algorithm == "HS256":
            # The public key taken for a shared secret.
            return jwt.encode(header, claims, OctKey.import_key(KEY.as_pem(private=False)))
        return jwt.encode(header, claims, self.key)
