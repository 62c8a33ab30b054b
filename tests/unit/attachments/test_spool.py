import os
from datetime import UTC, datetime, timedelta

import pytest

from desk.attachments.spool import ContentGone, Spool
from desk.home import Home

CONTENT = "Número de cuenta: 000123".encode()


def test_what_lies_in_the_spool_is_encrypted_and_closed_to_others(tmp_path):
    spool = Spool.of(Home(tmp_path))
    key = spool.put(CONTENT)
    (file,) = (tmp_path / "spool").iterdir()
    assert b"cuenta" not in file.read_bytes()
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    assert Spool.of(Home(tmp_path)).get(key) == CONTENT


def test_what_is_purged_is_gone_and_purging_twice_is_no_error(tmp_path):
    spool = Spool.of(Home(tmp_path))
    key = spool.put(CONTENT)
    spool.purge(key)
    spool.purge(key)
    with pytest.raises(ContentGone, match="deleted"):
        spool.get(key)


def test_the_key_of_another_home_does_not_open_it(tmp_path):
    one, other = (Spool.of(Home(tmp_path / name)) for name in ("one", "other"))
    key = one.put(CONTENT)
    file = tmp_path / "one" / "spool" / key
    file.rename(tmp_path / "other" / "spool" / key)
    with pytest.raises(ContentGone, match="another home"):
        other.get(key)


def test_files_that_nothing_refers_to_go_with_the_old_ones(tmp_path):
    spool = Spool.of(Home(tmp_path))
    old, new = spool.put(CONTENT), spool.put(CONTENT)
    folder = tmp_path / "spool"
    (folder / ".half-written").touch()
    month_ago = datetime.now(UTC) - timedelta(days=31)
    for name in (old, ".half-written"):
        os.utime(folder / name, (month_ago.timestamp(), month_ago.timestamp()))
    assert spool.purge_older(month_ago + timedelta(days=1)) == 2
    assert [file.name for file in folder.iterdir()] == [new]
