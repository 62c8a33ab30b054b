"""`/console`: what analysts work with, a module for each page."""

from desk.web.console import (
    account,
    audit,
    bulk,
    figures,
    intake,
    live,
    macros,
    mail,
    openid,
    profile,
    quality,
    queue_stream,
    queues,
    search,
    second_factor,
    session,
    sign_in,
    ticket,
    tokens,
    users,
)

BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        sign_in,
        openid,
        session,
        account,
        second_factor,
        profile,
        tokens,
        users,
        audit,
        search,
        queues,
        queue_stream,
        bulk,
        intake,
        macros,
        mail,
        live,
        ticket,
        figures,
        quality,
    )
)
