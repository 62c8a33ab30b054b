"""The bills of materials name what the locks pin."""

import json
import re
from pathlib import Path

import pytest

from requirements import sbom


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    made = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    for folder in made:
        sbom.main(folder)
    return made


@pytest.mark.parametrize("part", sbom.PROJECTS)
def test_every_package_of_a_lock_is_listed_with_its_hashes(folders, part):
    lock = (sbom.HERE / f"{part}.txt").read_text()
    bill = json.loads((folders[0] / f"acedesk-{part}.cdx.json").read_text())
    listed = {
        f"{one['name']}=={one['version']}": {
            known["content"] for place in one["externalReferences"] for known in place["hashes"]
        }
        for one in bill["components"]
    }
    pins = re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:]
    pinned = {re.match(r"\S+", pin)[0]: set(re.findall(r"sha256:(\w+)", pin)) for pin in pins}
    assert len(pinned) > 100
    assert listed == pinned
    assert bill["metadata"]["component"]["name"].startswith("acedesk")


@pytest.mark.parametrize("part", sbom.PROJECTS)
def test_the_same_lock_gives_the_same_bill(folders, part):
    one, two = ((folder / f"acedesk-{part}.cdx.json").read_bytes() for folder in folders)
    assert one == two
