"""What other systems can be told of."""

TOPICS = (
    "ticket.opened",
    "ticket.assigned",
    "ticket.escalated",
    "ticket.state_changed",
    "ticket.message_received",
    "conversation.waiting",
    "sla.warning",
    "sla.breached",
    "sla.escalated",
)
PING = "ping"
"""What a webhook is told when somebody tries it."""
