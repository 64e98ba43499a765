"""Wrong settings stop the start and name their line; every setting is described."""

import pytest

from edge.settings import PREFIX, EdgeSettings, read_settings
from protocol.errors import OnshiError
from protocol.errors.input_ import SETTING_WRONG
from protocol.settings import describe
from tests.edge.fakes import CODE_HASH, FACILITY

GOOD = f"""[device]
id = "dev-1"
facility = "{FACILITY}"
[files]
key = "/k"
certificate = "/c"
centre_ca = "/a"
state = "/s"
[centre]
url = "https://centre.example:8443"
[visit.clerks]
tanaka = "{CODE_HASH}"
[folders]
req = "/req"
res = "/res"
[face]
camera = "/dev/video0"
front_camera = "/dev/video1"
"""


def test_good_settings_are_read_with_their_defaults() -> None:
    found = read_settings(GOOD, file="edge.toml", environment={})
    assert found.folders.stay_minutes == 1440
    assert found.folders.face is None
    assert found.visit.clerks == {"tanaka": CODE_HASH}
    assert found.outbox.stock == 30


def test_the_environment_overrides() -> None:
    found = read_settings(GOOD, file="edge.toml", environment={"ONSHI_EDGE_CENTRE__URL": "https://other.example"})
    assert found.centre.url == "https://other.example"


@pytest.mark.parametrize(
    ("old", "new", "setting", "line"),
    [
        (FACILITY, "9911234565", "device.facility", 3),
        (FACILITY, "99", "device.facility", 3),
        ("https://centre.example:8443", "http://centre.example", "centre.url", 10),
        ("https://centre.example:8443", "ftp://centre.example", "centre.url", 10),
        (CODE_HASH, "secret", "visit.clerks.tanaka", 12),
        ('res = "/res"\n', "", "folders.req", 14),
        ("/res", "/req", "folders.res", 15),
        ('id = "dev-1"', 'id = "dev 1"', "device.id", 2),
        ("[folders]", "[folders]\nnew = 1", "folders.new", 14),
        ("/dev/video0", "no-such-file", "face.camera", 17),
        ("/dev/video1", "no-such-file", "face.front_camera", 18),
        ("/dev/video1", "/dev/video0", "face.front_camera", 18),
    ],
)
def test_wrong_settings_name_setting_and_line(old: str, new: str, setting: str, line: int) -> None:
    with pytest.raises(OnshiError) as refused:
        read_settings(GOOD.replace(old, new), file="edge.toml", environment={})
    assert refused.value.fault is SETTING_WRONG
    assert refused.value.details["setting"] == setting
    assert refused.value.details["line"] == line


def test_plain_http_is_for_this_machine_only() -> None:
    local = GOOD.replace("https://centre.example:8443", "http://127.0.0.1:8080")
    assert read_settings(local, file="edge.toml", environment={}).centre.url == "http://127.0.0.1:8080"


def test_every_setting_is_described() -> None:
    found = describe(EdgeSettings, prefix=PREFIX)
    assert len(found) > 15
    assert all(setting.description for setting in found)
