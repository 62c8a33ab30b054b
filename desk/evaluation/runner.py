"""Sends labelled messages to the running desk, each as a fresh conversation."""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from desk.evaluation.labels import Label, Labels
from desk.evaluation.outcomes import Outcome, Reply, Run
from desk.evaluation.versions import read_versions
from desk.settings import Settings

TIMEOUT_S = 30.0
_PAUSE_S = 0.5
_PATH = "/webhooks/rest/webhook"


class DeskUnreachable(Exception):
    """Nothing answers at the desk's address."""


class _Element(BaseModel):
    custom: Reply | None = None


_ELEMENTS = TypeAdapter(list[_Element])


async def send_all(
    labels: Labels,
    *,
    source: str,
    desk: str,
    token: str,
    clients: int,
    on_done: Callable[[], None],
) -> Run:
    """Send every message, `clients` at a time, and collect what came back.

    What is measured is named by the files and the store of this machine, as they are when the run
    begins; a desk that was started before a change still runs on what there was before.

    Args:
        labels: the messages; each goes out under a sender of its own.
        source: what the run is named after.
        desk: the desk's address, without a path.
        token: the service token; it marks the tickets as tests and lifts the rate limit.
        clients: how many conversations are under way at once.
        on_done: called after each message.

    Raises:
        DeskUnreachable: the desk can't be connected to, now or in the middle of the run. Figures
            of half a file would mislead, so none are given.
    """
    run = secrets.token_hex(6)
    outcomes: list[Outcome | None] = [None] * len(labels)
    waiting = iter(enumerate(labels))
    headers = {"Authorization": f"Bearer {token}"}
    versions = await read_versions(Settings(), labels.sha256)
    started_at, began = datetime.now(UTC), time.perf_counter()

    async def work(client: httpx.AsyncClient) -> None:
        for position, label in waiting:
            outcomes[position] = await _send(client, label, sender=f"eval-{run}-{label.id}")
            on_done()

    # A proxy of the environment has no part in a call to the own machine.
    async with httpx.AsyncClient(
        base_url=desk, headers=headers, timeout=TIMEOUT_S, trust_env=False
    ) as client:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(clients, len(labels))):
                    group.create_task(work(client))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
    return Run(
        source=source,
        started_at=started_at,
        duration_s=time.perf_counter() - began,
        clients=clients,
        versions=versions,
        outcomes=[outcome for outcome in outcomes if outcome is not None],
    )


async def _send(client: httpx.AsyncClient, label: Label, *, sender: str) -> Outcome:
    body = {
        "sender": sender,
        "message": label.text,
        "metadata": {"channel": label.channel, "message_id": label.id},
    }
    try:
        # The message's id makes a second attempt harmless: the desk gives the stored reply.
        try:
            return await _attempt(client, label, body)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            await asyncio.sleep(_PAUSE_S)
            return await _attempt(client, label, body)
    except httpx.ConnectError as error:
        raise DeskUnreachable(f"no desk answers at {client.base_url}") from error
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        reason = f"connection lost: {error or type(error).__name__}"
        return Outcome(label=label, reply=None, failure=reason, latency_s=0.0)


async def _attempt(client: httpx.AsyncClient, label: Label, body: dict[str, Any]) -> Outcome:
    began = time.perf_counter()
    reply, failure = None, None
    try:
        response = await client.post(_PATH, json=body)
    except httpx.TimeoutException:
        failure = f"no reply within {TIMEOUT_S:.0f} s"
    else:
        try:
            reply = _read(response)
        except ValueError as error:
            failure = str(error)
    latency = time.perf_counter() - began
    return Outcome(label=label, reply=reply, failure=failure, latency_s=latency)


def _read(response: httpx.Response) -> Reply:
    """The decision in a reply.

    Raises:
        ValueError: the status is an error, or the reply doesn't have the contract's format.
    """
    if response.is_error:
        raise ValueError(f"HTTP {response.status_code}: {response.text[:200]}")
    try:
        elements = _ELEMENTS.validate_json(response.content)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise ValueError(f"reply out of format: {place}: {fault['msg']}") from error
    if not elements or elements[0].custom is None:
        raise ValueError("reply without a decision")
    return elements[0].custom
