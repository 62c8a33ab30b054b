"""Tables of the mail room; the mails themselves stand with the conversations that they make."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class MailboxPosition(Base):
    """How far a mailbox was read."""

    __tablename__ = "mailbox_position"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
