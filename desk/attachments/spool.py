"""The spool: what must not lie open, each piece encrypted in a file of its own, for a short time.

Fernet is AES-128 in CBC mode with an HMAC-SHA256: https://cryptography.io/en/latest/fernet/
"""

import errno
import shutil
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken

from desk.files import written_aside
from desk.home import Home

FLOOR = 512 * 2**20
"""Bytes that are left free on the disk, for the database and the logs beside the spool."""


class NoRoom(OSError):
    """The disk is as full as files may make it."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, "the disk has no room for files")


class ContentGone(LookupError):
    """The content has been deleted, or was encrypted for another home."""


class Spool:
    """A folder of encrypted files, closed to other users of the machine."""

    def __init__(self, folder: Path, key: str) -> None:
        """Use a folder, which is made when it is missing.

        Args:
            folder: nothing else may lie in it.
            key: 32 bytes in URL-safe base64, without padding.
        """
        self._folder = folder
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fernet = Fernet(key + "=")

    @classmethod
    def of(cls, home: Home) -> "Spool":
        """The spool of a state folder."""
        return cls(home.path / "spool", home.secrets().spool_key)

    def look_for_room(self) -> None:
        """See whether another piece may be kept.

        Raises:
            NoRoom: it may not.
        """
        if shutil.disk_usage(self._folder).free < FLOOR:
            raise NoRoom

    def put(self, content: bytes) -> str:
        """Keep a piece; the key that finds it again.

        Raises:
            NoRoom: the disk is too full.
        """
        self.look_for_room()
        key = uuid4().hex
        with written_aside(self._folder / key) as stream:
            stream.write(self._fernet.encrypt(content))
        return key

    def get(self, key: str) -> bytes:
        """The content of a piece.

        Raises:
            ContentGone: it has been deleted, or this is not the key that it was encrypted with.
        """
        try:
            return self._fernet.decrypt((self._folder / key).read_bytes())
        except FileNotFoundError:
            raise ContentGone("the content has been deleted") from None
        except InvalidToken:
            raise ContentGone(
                "the content was encrypted with the key of another home, or is damaged"
            ) from None

    def purge(self, key: str) -> None:
        """Delete a piece, if it is still there."""
        (self._folder / key).unlink(missing_ok=True)

    def purge_older(self, before: datetime) -> int:
        """Delete every file from before this moment, also those that nothing refers to; how many.

        A process that dies between the spool and the store leaves such a file behind.
        """
        old = [file for file in self._folder.iterdir() if file.stat().st_mtime < before.timestamp()]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)
