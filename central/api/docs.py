"""The page ``/docs``: Swagger UI from the packaged files. No outside request: not by words in it, and not by policy."""

import mimetypes
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from swagger_ui_bundle import swagger_ui_path

from central.api.openapi import as_3_0, document
from central.api.route import Auth, Call, Raw, Route
from protocol.errors import OnshiError
from protocol.errors.central import ROUTE_UNKNOWN

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILES = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")

PAGE = f"""<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY.rpartition("; frame-ancestors")[0]}">
<title>Onshi API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

START = """window.ui = SwaggerUIBundle({
  url: "docs/openapi-3.0.json",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  validatorUrl: null,
  supportedSubmitMethods: [],
  deepLinking: true
});
"""
"""``validatorUrl`` null: else the page asks an outside validator. Trying out is off: the page has no client key."""


def program_version() -> str:
    return version("onshi")


@cache
def _file(name: str) -> bytes:
    return Path(str(swagger_ui_path), name).read_bytes()


def routes(all_routes: Callable[[], list[Route]]) -> list[Route]:
    """``/openapi.json``, ``/docs`` and its files. ``all_routes`` gives every route of the centre, these included."""

    @cache
    def whole() -> dict[str, Any]:
        return document(all_routes(), version=program_version())

    async def openapi(call: Call[None]) -> Raw:
        return Raw(msgspec.json.encode(whole()))

    async def page(call: Call[None]) -> Raw:
        return Raw(PAGE.encode(), "text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})

    async def file(call: Call[None]) -> Raw:
        name = call.path["name"]
        if name == "start.js":
            return Raw(START.encode(), "text/javascript")
        if name == "openapi-3.0.json":
            return Raw(msgspec.json.encode(as_3_0(whole())))
        if name not in FILES:
            raise OnshiError(ROUTE_UNKNOWN)
        return Raw(_file(name), mimetypes.guess_type(name)[0] or "application/octet-stream")

    return [
        Route(
            method="GET", path="/openapi.json", handler=openapi, response=dict[str, Any], auth=Auth.OPS,
            tag="documentation", summary_ja="この API の OpenAPI 3.1 文書", summary_en="The OpenAPI 3.1 document",
        ),
        Route(
            method="GET", path="/docs", handler=page, response=str, content_type="text/html; charset=utf-8",
            auth=Auth.OPS, tag="documentation", summary_ja="API の説明（Swagger UI）", summary_en="Swagger UI",
        ),
        Route(
            method="GET", path="/docs/{name}", handler=file, response=bytes, content_type="application/octet-stream",
            auth=Auth.OPS, tag="documentation", faults=(ROUTE_UNKNOWN,),
            summary_ja="説明ページのファイル", summary_en="Files of the documentation page",
        ),
    ]  # fmt: skip
