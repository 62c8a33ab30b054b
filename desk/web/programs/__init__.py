"""`/api/v1`: what programs and analysts' own tools do, a module for each thing they work on."""

from desk.web.programs import (
    acts,
    articles,
    attachments,
    conversations,
    macros,
    outages,
    tickets,
    webhooks,
)

BLUEPRINTS = tuple(
    module.blueprint
    for module in (tickets, acts, attachments, conversations, macros, articles, outages, webhooks)
)
