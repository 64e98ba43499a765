"""Device profile: what one model of appliance is made of, as a schema that the check and the documentation share.

A profile says which reader, camera and screen an appliance has and which limits its unit keeps; it holds no secret
and nothing of a clinic. Facts on readers and heights: the field's complaints (too close, wheelchairs, no sound).
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from protocol import settings

Text = Annotated[str, Meta(min_length=1, max_length=200)]


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Identity(_Table, frozen=True, kw_only=True):
    name: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$", description="Name of the model, as in the file's name.")]
    version: Annotated[int, Meta(ge=1, le=10_000, description="Rises with every change that reaches an appliance.")]
    description_ja: Annotated[Text, Meta(description="One line in Japanese.")]
    description_en: Annotated[Text, Meta(description="One line in English.")]


class Reader(_Table, frozen=True, kw_only=True):
    name: Annotated[Text, Meta(description="Reader as PC/SC names it; a prefix is enough.")]
    interface: Annotated[Literal["contactless", "contact"], Meta(description="How the card meets the reader.")]
    phone_reader: Annotated[
        str, Meta(max_length=200, description="A second reader for smartphones; empty where there is none.")
    ] = ""
    apdu_timeout_ms: Annotated[
        int, Meta(ge=200, le=30_000, description="Milliseconds before a silent card's worker is ended.")
    ] = 3000
    own_pcscd: Annotated[
        bool, Meta(description="The appliance runs a pcscd of its own, so that it may restart it.")
    ] = True


class Camera(_Table, frozen=True, kw_only=True):
    device: Annotated[str, Meta(pattern=r"^/dev/[\w./-]+$", description="Device file; the udev rule makes it.")]
    width: Annotated[int, Meta(ge=320, le=4096, description="Pixels.")] = 1280
    height: Annotated[int, Meta(ge=240, le=4096, description="Pixels.")] = 720


class Screen(_Table, frozen=True, kw_only=True):
    width: Annotated[int, Meta(ge=800, le=4096, description="Pixels.")]
    height: Annotated[int, Meta(ge=480, le=4096, description="Pixels.")]
    touch: Annotated[bool, Meta(description="Whether the patient touches the screen.")] = True
    lens_height_mm: Annotated[
        int,
        Meta(ge=900, le=1500, description="Height of the lens above the floor; above 1300 a seated person is lost."),
    ] = 1150


class Network(_Table, frozen=True, kw_only=True):
    interface: Annotated[Literal["wired", "wireless"], Meta(description="How the appliance reaches the centre.")]
    start_without_network: Annotated[bool, Meta(description="Start and say so, instead of waiting for the line.")] = (
        True
    )


class Limits(_Table, frozen=True, kw_only=True):
    memory_mib: Annotated[int, Meta(ge=256, le=16_384, description="MemoryMax of the daemon's unit, MiB.")]
    tasks: Annotated[int, Meta(ge=32, le=4096, description="TasksMax of the daemon's unit.")] = 256
    result_stay_minutes: Annotated[
        int, Meta(ge=1, le=43_200, description="Minutes that a result file nobody fetched is kept.")
    ] = 1440


class DeviceProfile(_Table, frozen=True, kw_only=True):
    """One model of appliance. Unknown tables and keys are refused with their line."""

    profile: Identity
    reader: Reader
    camera: Camera | None = None
    screen: Screen | None = None
    network: Network
    limits: Limits


def read(text: str, *, file: str) -> DeviceProfile:
    """A profile from TOML; raises `OnshiError` (`SETTING_WRONG`) with file, line, setting and reason."""
    return settings.load(DeviceProfile, text, file=file, prefix="ONSHI_PROFILE_", environment={})


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a profile, for editors and for the fleet's tools."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(DeviceProfile)}
