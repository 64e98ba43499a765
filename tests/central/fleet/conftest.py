"""A real Mosquitto for the fleet channel."""

from tests.parts.mosquitto import mosquitto

__all__ = ["mosquitto"]
