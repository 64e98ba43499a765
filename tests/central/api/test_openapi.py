"""The OpenAPI document and its page: complete, valid, and without a request to the outside."""

import re
from importlib.metadata import version

import pytest
from jsonschema_rs import Draft202012Validator

from central.api import docs
from central.api.openapi import as_3_0, document, faults_of
from tests.central.api.clinic import ROUTES, client

WHOLE = document(ROUTES, version="1")


def test_every_route_is_described_with_all_its_refusals() -> None:
    for route in ROUTES:
        operation = WHOLE["paths"][route.path][route.method.lower()]
        told = {
            code
            for answer in operation["responses"].values()
            for code in re.findall(r"[A-Z]+-\d+", answer["description"])
        }
        assert told == {fault.code for fault in faults_of(route)}
        assert operation["summary"]
        assert operation["description"]


def test_device_routes_ask_for_mutual_tls_and_others_for_nothing() -> None:
    assert WHOLE["openapi"] == "3.1.0"
    assert WHOLE["components"]["securitySchemes"]["device"]["type"] == "mutualTLS"
    assert WHOLE["paths"]["/v1/ask"]["post"]["security"] == [{"device": []}]
    assert WHOLE["paths"]["/v1/raw/{name}"]["get"]["security"] == []
    assert [one["name"] for one in WHOLE["paths"]["/v1/raw/{name}"]["get"]["parameters"]] == ["name", "day"]


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere() -> None:
    schemas = WHOLE["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator({**schema, "components": WHOLE["components"]})
    references = set(re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", repr(WHOLE)))
    assert references <= set(schemas)
    assert "Problem" in references


def test_the_rendition_for_the_page_has_nothing_that_3_0_lacks() -> None:
    text = repr(as_3_0(WHOLE))
    assert "'openapi': '3.0.3'" in text
    for word in ("mutualTLS", "'type': 'null'", "'const'", "prefixItems"):
        assert word not in text


@pytest.mark.sockets
async def test_the_page_and_its_files_ask_nobody_outside() -> None:
    assert version("swagger-ui-bundle").startswith("1.1."), "a new Swagger UI: read its page's requests again"
    async with client(docs.routes(lambda: ROUTES), authenticate=None) as opened:
        page = await opened.get("/docs")
        text = await page.text()
        files = re.findall(r'(?:src|href)="([^"]+)"', text)
        assert files == ["docs/swagger-ui.css", "docs/favicon-32x32.png", "docs/swagger-ui-bundle.js", "docs/start.js"]
        assert not re.search(r"(https?:)?//", text)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert not re.search(r"https?:|\*|unsafe-eval", policy)
        for file in files:
            response = await opened.get("/" + file)
            assert response.status == 200
        start = await (await opened.get("/docs/start.js")).text()
        assert "validatorUrl: null" in start
        assert not re.search(r"https?:", start)
        css = await (await opened.get("/docs/swagger-ui.css")).text()
        assert not re.search(r"(@import|url\()\s*['\"]?https?:", css)
        assert (await opened.get("/docs/openapi-3.0.json")).status == 200
        assert (await (await opened.get("/openapi.json")).json())["openapi"] == "3.1.0"
        for outside in ("/docs/..%2fopenapi.py", "/docs/swagger-ui.js.map", "/docs/x"):
            assert (await opened.get(outside)).status == 404
