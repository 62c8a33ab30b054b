"""Every room's tables, imported so that `Base.metadata` knows them all."""

from desk.accounts import models as accounts
from desk.attachments import models as attachments
from desk.audit import models as audit
from desk.conversations import models as conversations
from desk.knowledge import models as knowledge
from desk.macros import models as macros
from desk.mail import models as mail
from desk.outages import models as outages
from desk.outbox import models as outbox
from desk.quality import models as quality
from desk.sla import models as sla
from desk.store.base import Base
from desk.tickets import models as tickets

__all__ = [
    "Base",
    "accounts",
    "attachments",
    "audit",
    "conversations",
    "knowledge",
    "macros",
    "mail",
    "outages",
    "outbox",
    "quality",
    "sla",
    "tickets",
]
