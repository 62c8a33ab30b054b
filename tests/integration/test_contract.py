"""The HTTP interface does what its description says, whatever is sent to it.

Schemathesis makes requests from the OpenAPI document, good ones and bad ones, and looks at the
answers: no fault of the desk, no status and no body that is not described.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from desk.outages.service import post_status
from desk.services import Services
from desk.web.openapi import document
from tests.programs import InThread, token_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDLESS = "/api/v1/conversations/{id}/stream"
EXAMPLES = 4
"""Requests for each operation, besides those of its examples."""


class Served(InThread):
    """A desk in a thread of its own, with a ticket, a file, a webhook and a conversation."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.headers: dict[str, str] = {}
        self.conversation: dict[str, str] = {}
        self.address = ""

    async def prepare(self, services: Services, http: httpx.AsyncClient) -> None:
        self.headers = await token_of(services, "admin")
        self.address = str(http.base_url)
        http.headers.update(self.headers)
        number = (await http.post("/api/v1/tickets", json={"text": "x"})).json()["number"]
        files = {"file": ("a.txt", b"some text")}
        await http.post(f"/api/v1/tickets/{number}/attachments", files=files)
        hook = {"url": "https://hooks.example.com/x", "topics": ["ticket.opened"]}
        await http.post("/api/v1/webhooks", json=hook)
        self.conversation = (await http.post("/api/v1/conversations", json={})).json()
        now = datetime.now(UTC)
        async with services.store.write() as session:
            until = now + timedelta(hours=1)
            await post_status(session, en="Slow.", es="Lento.", until=until, now=now)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("contract")) as made:
        yield made


@schemathesis.serializer("message/rfc822")
def as_it_is(_context: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode(errors="surrogateescape")


schema = schemathesis.openapi.from_dict(document()).exclude(path=ENDLESS)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_desk_does_what_its_description_says(case: schemathesis.Case, desk: Served) -> None:
    headers = desk.headers
    if "/conversations/" in case.path and case.path.startswith("/api/v1/conversations"):
        headers = {"Authorization": f"Bearer {desk.conversation['token']}"}
        if case.path_parameters:
            case.path_parameters["id"] = desk.conversation["id"]
    elif "number" in (case.path_parameters or {}) and case.path_parameters["number"][-1] in "02468":
        case.path_parameters["number"] = "ASD-000001"
    if case.path.startswith("/webhooks"):
        headers = {}
    # No bot runs here, which is just what the page of health is to say.
    checks = CHECKS[1:] if case.path.startswith("/health") else CHECKS
    case.call_and_validate(base_url=desk.address, headers=headers, checks=checks, timeout=20)
