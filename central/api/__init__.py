"""The centre's HTTP face: declarative routes, strict JSON, problems from the catalogue, OpenAPI, health, metrics."""

from central.api.route import Auth, Call, Handler, Raw, Route

__all__ = ["Auth", "Call", "Handler", "Raw", "Route"]
