"""The validator of everything that is written onto an appliance: profiles, systemd units, pcscd and udev rules.

It reads and judges; it changes nothing. A finding names file, line, what is wrong and the remedy, in words that a
technician on site can act on. Rules: no APDU log (it holds PINs in clear), no start as root, no dumps, no writing
outside the state folder, limits as in the profile.
"""

import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import NamedTuple

import msgspec

from firmware_config import profile
from protocol.errors import OnshiError

HERE = Path(__file__).parent


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must be mended before the file may go onto an appliance."""

    file: str
    line: int
    code: str
    text: str
    remedy: str


class Required(NamedTuple):
    """A hardening line that a unit must carry."""

    setting: str
    values: tuple[str, ...]
    why: str


EVERY_UNIT = (
    Required("NoNewPrivileges", ("yes", "true"), "a process could gain rights by a set-uid program"),
    Required("LimitCORE", ("0",), "a core dump would carry PINs and photos to the disk"),
    Required("ProtectSystem", ("strict",), "the system's files would be writable"),
    Required("ProtectHome", ("yes", "true"), "home folders would be readable"),
    Required("PrivateTmp", ("yes", "true"), "files in /tmp would be shared with other programs"),
    Required("CapabilityBoundingSet", ("",), "a fault would run with the capabilities of root"),
    Required("RestrictNamespaces", ("yes", "true"), "a fault could make itself root in a namespace"),
    Required("SystemCallArchitectures", ("native",), "the other architecture's system calls would be open"),
    Required("UMask", ("0077",), "files made by the service would be readable by others"),
)
PCSCD_TALKATIVE = re.compile(r"(?:^|\s)(--apdu|-a|--debug|-d|--reader-name-no-serial)(?=\s|$)")


def check(paths: list[Path]) -> Iterator[Finding]:
    """Findings for files or folders; a file of a kind nobody knows is a finding too."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not _ours(file):
                yield from _check_file(file)


def _ours(file: Path) -> bool:
    return file.suffix in {".py", ".pyc"} or "__pycache__" in file.parts


def _check_file(file: Path) -> Iterator[Finding]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        yield _finding(file, 1, "FW-001", f"cannot be read: {unreadable}", "save it as UTF-8 and make it readable")
        return
    if file.suffix == ".toml":
        yield from _check_profile(file, text)
    elif file.suffix == ".service":
        yield from _check_unit(file, text)
    elif file.suffix == ".rules":
        yield from _check_rules(file, text)
    else:
        yield _finding(
            file, 1, "FW-002", "not a file of an appliance", "profiles end in .toml, units in .service, rules in .rules"
        )


def _check_profile(file: Path, text: str) -> Iterator[Finding]:
    try:
        read = profile.read(text, file=file.name)
    except OnshiError as wrong:
        told = wrong.details
        yield _finding(
            file, int(told.get("line", 1)), "FW-010", f"{told.get('setting', '(file)')}: {told.get('reason')}",
            "see `onshi firmware schema` for names, types and ranges",
        )  # fmt: skip
        return
    if read.profile.name != file.stem:
        yield _finding(
            file, _line(text, "name"), "FW-011", "the profile's name differs from the file's", f'name = "{file.stem}"'
        )


def _check_unit(file: Path, text: str) -> Iterator[Finding]:
    unit = ConfigParser(strict=False, interpolation=None, allow_no_value=True, comment_prefixes=("#", ";"))
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # systemd's names are case-sensitive
    try:
        unit.read_string(text)
    except Exception as broken:  # noqa: BLE001 - configparser raises half a dozen kinds; all mean the same here
        yield _finding(
            file,
            getattr(broken, "lineno", 1),
            "FW-020",
            f"not a unit file: {broken}",
            "write it as systemd.unit(5) says",
        )
        return
    service = dict(unit["Service"]) if unit.has_section("Service") else {}
    for rule in EVERY_UNIT:
        found = service.get(rule.setting)
        if found is None or found.strip() not in rule.values:
            yield _finding(
                file, _line(text, rule.setting), "FW-021", f"{rule.setting} is {found!r}: {rule.why}",
                f"{rule.setting}={rule.values[0]}",
            )  # fmt: skip
    command = service.get("ExecStart") or ""
    if "pcscd" in command:
        if talkative := PCSCD_TALKATIVE.search(command):
            yield _finding(
                file, _line(text, "ExecStart"), "FW-022", f"pcscd with {talkative[1]} writes PINs to its log in clear",
                "ExecStart=/usr/sbin/pcscd --foreground --error",
            )  # fmt: skip
    elif service.get("User", "root") in {"root", "0"}:
        yield _finding(file, _line(text, "User"), "FW-023", "the service runs as root", "User=onshi")


def _check_rules(file: Path, text: str) -> Iterator[Finding]:
    if "polkit" in text:
        if "polkit.Result.NO" not in text:
            yield _finding(file, 1, "FW-030", "the rule denies nobody", "return polkit.Result.NO for every other user")
        return
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r'MODE="0?[0-7]{2}[67]"', line):
            yield _finding(file, number, "FW-031", "every user may open this device", 'MODE="0660" with GROUP="onshi"')


def _line(text: str, name: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*{re.escape(name)}\s*=", line):
            return number
    return 1


def _finding(file: Path, line: int, code: str, text: str, remedy: str) -> Finding:
    return Finding(file=str(file), line=line, code=code, text=text, remedy=remedy)
