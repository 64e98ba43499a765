"""Our own structural JP Core rules: what a resource that we write must keep, told from its JSON alone.

For CI and for `onshi central fhir check`; knows nothing of how resources are made. No terminology server and no
StructureDefinition: the rules that matter to readers of our answers, by hand. Facts: reference data-formats 4.1, 4.2,
8 (16: extension URLs contain ``Extension/``), JP Core profiles, FHIR R4.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from central.fhir import systems as s

Json = Mapping[str, Any]


class Violation(NamedTuple):
    """A rule that is broken, and where (FHIRPath-like)."""

    path: str
    rule: str


Rule = Callable[[Json, str], Iterator[Violation]]

_NUMBERS = {
    s.INSURER_NUMBER: r"[0-9]{8}",
    s.FACILITY_CODE: r"[0-9]{2}[0-9A-Z][0-9]{7}",
    s.INSTITUTION_7: r"[0-9]{7}",
    s.MEMBER_ID: r"[0-9]{8}:[^:\s]*:[^:\s]+:(?:[0-9]{2})?",
    s.COVERAGE_ID: r'"[0-9]{8}","[^"\s]*","[^"\s]+","(?:[0-9]{2})?"',
    s.RP_NUMBER: r"[1-9][0-9]*",
    s.ORDER_IN_RP: r"[1-9][0-9]*",
    s.REQUEST_HASH: r"[0-9a-f]{64}",
}
_CODES = {
    s.PREFECTURE: r"[0-9]{2}",
    s.FEE_TABLE: r"[0-9A-Z]",
    s.INSURANCE_KIND: r"[1-8]",
    s.INSURED_PERSON: r"[12]",
    s.YJ: r"[0-9A-Z]{12}",
    s.GENERAL_NAME: r"[0-9A-Z]{12}",
    s.MERIT9_UNIT: r"[A-Z0-9]+",
    s.JLAC10: r"[0-9A-Z]{17}",
    s.CATEGORY_JP: r"exam|vital-signs|survey|laboratory|imaging|social-history",
    s.CATEGORY_HL7: r"exam|vital-signs|survey|laboratory|imaging|social-history",
    s.UCUM: r"[!-~]+",
    s.INTERPRETATION: r"[HLN]",
    s.ABSENT: r"[a-z-]+",
    s.NULL_FLAVOR: r"[A-Z]{2,4}",
    s.ORGANIZATION_TYPE: r"pay|prov",
    s.RELATIONSHIP: r"self|other",
    s.COPAY: r"copaypct",
    s.BENEFIT: r"copay-percent",
    s.DISPENSE_CATEGORY: r"inpatient|outpatient|community",
    s.ISSUE: r"[a-z-]+",
    s.DRUG: r"[0-9]{9}",
    s.USAGE: r"[0-9]{3}",
}
_OWN_CODES = re.compile(re.escape(f"{s.OWN}:CodeSystem/") + r"[A-Za-z0-9]+")
_PATIENT_NUMBER = re.compile(re.escape(s.PATIENT_NUMBER.format(facility="")) + r"[0-9]{2}[0-9A-Z][0-9]{7}")
_RESULT_LIST = re.compile(r"urn:oid:1\.2\.392\.200119\.6\.[0-9]+")
_EXTENSION_PART = re.compile(r"[A-Za-z]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_ISSUES = re.compile(r"[a-z]+(?:-[a-z]+)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def violations(resource: Json) -> list[Violation]:
    """Every broken rule of a resource or Bundle, parsed from JSON."""
    return list(_resource(resource, str(resource.get("resourceType", "?"))))


def _resource(resource: Json, path: str) -> Iterator[Violation]:
    yield from _walk(resource, path)
    kind = resource.get("resourceType")
    rule = _RULES.get(kind) if isinstance(kind, str) else None
    if rule is None:
        yield Violation(path, "a resource type that we write")
        return
    if "id" in resource and not _ID.fullmatch(str(resource["id"])):
        yield Violation(f"{path}.id", "an id")
    yield from rule(resource, path)


# --- every element ----------------------------------------------------------------------------------------------------


def _walk(node: Any, path: str) -> Iterator[Violation]:
    if isinstance(node, dict):
        if not node:
            yield Violation(path, "no empty element")
        for name, value in node.items():
            below = f"{path}.{name}"
            yield from _walk(value, below)
            yield from _typed(name, value, below)
    elif isinstance(node, list):
        if not node:
            yield Violation(path, "no empty list")
        for place, value in enumerate(node):
            yield from _walk(value, f"{path}[{place}]")
    elif node is None:
        yield Violation(path, "no null")
    elif isinstance(node, str):
        if not node.strip():
            yield Violation(path, "no blank text")
        if _CONTROL.search(node):
            yield Violation(path, "no control character")
        if _individual_number(node):
            yield Violation(path, "no 個人番号")


def _typed(name: str, value: Any, path: str) -> Iterator[Violation]:
    several = value if isinstance(value, list) else [value]
    for one in several:
        if not isinstance(one, dict):
            continue
        if name in {"coding", "valueCoding"}:
            yield from _coding(one, path)
        elif name in {"identifier", "valueIdentifier"}:
            yield from _identifier(one, path)
        elif name == "extension":
            yield from _extension(one, path)
        elif "reference" in one or name in {"subject", "patient", "beneficiary", "insurer", "request"}:
            yield from _reference(one, path)
        elif name in {"valueQuantity", "quantity", "daysSupply", "doseQuantity", "numerator", "denominator"}:
            yield from _quantity(one, path)
        elif name in {"period", "benefitPeriod", "valuePeriod"}:
            yield from _period(one, path)


def _coding(one: Json, path: str) -> Iterator[Violation]:
    system, code = one.get("system"), one.get("code")
    if not isinstance(system, str) or not isinstance(code, str):
        yield Violation(path, "system and code")
        return
    shape = _CODES.get(system)
    if shape is not None:
        if not re.fullmatch(shape, code):
            yield Violation(path, f"a code of {system}")
    elif not (_OWN_CODES.fullmatch(system) or _RESULT_LIST.fullmatch(system)):
        yield Violation(path, "a code system that we use")


def _identifier(one: Json, path: str) -> Iterator[Violation]:
    system, value = one.get("system"), one.get("value")
    if not isinstance(system, str) or not isinstance(value, str):
        yield Violation(path, "system and value")
    elif system in _NUMBERS:
        if not re.fullmatch(_NUMBERS[system], value):
            yield Violation(path, f"a value of {system}")
    elif not _PATIENT_NUMBER.fullmatch(system):
        yield Violation(path, "an identifier system that we use")


def _extension(one: Json, path: str) -> Iterator[Violation]:
    url = one.get("url")
    values = [name for name in one if name.startswith("value")]
    if len(values) + ("extension" in one) != 1:
        yield Violation(path, "one value or parts")
    inside = path.count(".extension") > 1
    if not isinstance(url, str):
        yield Violation(path, "url")
    elif url in s.HL7_EXTENSIONS or (inside and _EXTENSION_PART.fullmatch(url)):
        return
    elif not url.startswith(s.EXTENSION_ROOTS) or "Extension/" not in url:
        yield Violation(path, "an extension URL with Extension/")


def _reference(one: Json, path: str) -> Iterator[Violation]:
    if not {"reference", "identifier", "display"} & one.keys():
        yield Violation(path, "a reference that leads somewhere")
    if "reference" not in one and "type" not in one:
        yield Violation(path, "a reference without URL names its type")


def _quantity(one: Json, path: str) -> Iterator[Violation]:
    absent = [part for part in one.get("extension", []) if part.get("url") == s.DATA_ABSENT]
    if absent:
        return
    if not isinstance(one.get("value"), int | float) or isinstance(one.get("value"), bool):
        yield Violation(path, "a quantity has a value, or says why not")
    if not one.get("system") or not one.get("code"):
        yield Violation(path, "a quantity has system and code")
    elif one["system"] not in {s.UCUM, s.MERIT9_UNIT, s.UNIT}:
        yield Violation(path, "a unit system that we use")
    elif one["system"] in _CODES and not re.fullmatch(_CODES[one["system"]], one["code"]):
        yield Violation(path, "a unit's code")


def _period(one: Json, path: str) -> Iterator[Violation]:
    days = [one[name] for name in ("start", "end") if name in one]
    if not days or not all(_DAY.fullmatch(str(day)) for day in days) or days != sorted(days):
        yield Violation(path, "a period of days in order")


def _individual_number(text: str) -> bool:
    """Whether a text is a 個人番号: 12 digits whose last is the check digit (総務省令85号5条)."""
    if not re.fullmatch(r"[0-9]{12}", text, re.ASCII):
        return False
    weighted = sum(int(text[10 - n]) * (n + 2 if n < 6 else n - 4) for n in range(11))
    return int(text[11]) == (0 if weighted % 11 < 2 else 11 - weighted % 11)


# --- by resource ------------------------------------------------------------------------------------------------------


def _needs(resource: Json, path: str, *names: str) -> Iterator[Violation]:
    for name in names:
        if name not in resource:
            yield Violation(path, f"{name} is required")


def _one_of(resource: Json, path: str, name: str, *allowed: str) -> Iterator[Violation]:
    if name in resource and resource[name] not in allowed:
        yield Violation(f"{path}.{name}", "a code that we use")


def _profiles(resource: Json, path: str, *allowed: str) -> Iterator[Violation]:
    told = resource.get("meta", {}).get("profile", [])
    if len(told) != 1 or told[0] not in allowed:
        yield Violation(f"{path}.meta.profile", "the profile of its kind")


def _of(resource: Json, system: str) -> list[str]:
    found = resource.get("identifier", [])
    return [str(one.get("value")) for one in found if isinstance(one, dict) and one.get("system") == system]


def _patient(one: Json, path: str) -> Iterator[Violation]:
    yield from _profiles(one, path, s.PATIENT)
    yield from _needs(one, path, "identifier", "name", "gender", "birthDate")
    yield from _one_of(one, path, "gender", "male", "female", "unknown")
    if not _DAY.fullmatch(str(one.get("birthDate"))):
        yield Violation(f"{path}.birthDate", "a day")
    for name in one.get("name", []):
        told = [part for part in name.get("extension", []) if part.get("url") == s.NAME_REPRESENTATION]
        if len(told) != 1 or told[0].get("valueCode") not in {"IDE", "SYL"}:
            yield Violation(f"{path}.name", "IDE or SYL")
        if not name.get("text"):
            yield Violation(f"{path}.name", "text is required")


def _organization(one: Json, path: str) -> Iterator[Violation]:
    yield from _profiles(one, path, s.ORGANIZATION)
    if not (_of(one, s.INSURER_NUMBER) or _of(one, s.FACILITY_CODE)):
        yield Violation(f"{path}.identifier", "a number of an insurer or a facility")


def _coverage(one: Json, path: str) -> Iterator[Violation]:
    yield from _profiles(one, path, s.COVERAGE)
    yield from _needs(one, path, "identifier", "status", "type", "beneficiary", "payor")
    yield from _one_of(one, path, "status", "active", "cancelled")
    for system in (s.MEMBER_ID, s.COVERAGE_ID):
        if len(_of(one, system)) != 1:
            yield Violation(f"{path}.identifier", f"one of {system}")
    if s.INSURED_NUMBER not in [part.get("url") for part in one.get("extension", [])]:
        yield Violation(f"{path}.extension", "被保険者番号 is required")


def _response(one: Json, path: str) -> Iterator[Violation]:
    yield from _needs(one, path, "status", "purpose", "patient", "created", "request", "outcome", "insurer")
    yield from _one_of(one, path, "outcome", "complete", "error", "partial")
    if not _MOMENT.fullmatch(str(one.get("created"))):
        yield Violation(f"{path}.created", "a moment with its offset")
    if (one.get("outcome") == "complete") == ("error" in one):
        yield Violation(f"{path}.error", "an error exactly where the outcome is not complete")
    for insurance in one.get("insurance", []):
        yield from _needs(insurance, f"{path}.insurance", "coverage", "inforce")
        for item in insurance.get("item", []):
            yield from _needs(item, f"{path}.insurance.item", "category")


def _dispense(one: Json, path: str) -> Iterator[Violation]:
    yield from _profiles(one, path, s.DISPENSE, s.INJECTION)
    yield from _needs(one, path, "status", "subject", "quantity", "whenHandedOver", "dosageInstruction")
    for system in (s.RP_NUMBER, s.ORDER_IN_RP):
        if len(_of(one, system)) != 1:
            yield Violation(f"{path}.identifier", f"one of {system}")
    injected = one.get("meta", {}).get("profile") == [s.INJECTION]
    if ("medicationReference" in one) != injected or ("medicationCodeableConcept" in one) == injected:
        yield Violation(f"{path}.medication[x]", "a reference for injections, else a concept")
    contained = {f"#{part.get('id')}": part for part in one.get("contained", [])}
    if injected and one.get("medicationReference", {}).get("reference") not in contained:
        yield Violation(f"{path}.medicationReference", "the contained Medication")
    for part in contained.values():
        yield from _resource(part, f"{path}.contained")
    if not injected:
        yield from _medicine(one.get("medicationCodeableConcept", {}), f"{path}.medicationCodeableConcept")
    for dosage in one.get("dosageInstruction", []):
        yield from _needs(dosage, f"{path}.dosageInstruction", "text")


def _medication(one: Json, path: str) -> Iterator[Violation]:
    yield from _profiles(one, path, s.MEDICATION)
    yield from _needs(one, path, "status", "code")
    yield from _medicine(one.get("code", {}), f"{path}.code")


def _medicine(concept: Json, path: str) -> Iterator[Violation]:
    if s.DRUG not in [coding.get("system") for coding in concept.get("coding", [])] or not concept.get("text"):
        yield Violation(path, "the receipt's code, and words")


def _observation(one: Json, path: str) -> Iterator[Violation]:
    yield from _profiles(one, path, s.OBSERVATION, s.LAB_RESULT, s.VITAL_SIGNS, s.SOCIAL_HISTORY)
    yield from _needs(one, path, "status", "category", "code", "subject", "effectiveDateTime", "performer")
    profile = (one.get("meta", {}).get("profile") or [""])[0]
    first = [coding.get("code") for concept in one.get("category", [])[:1] for coding in concept.get("coding", [])]
    wanted = {s.LAB_RESULT: "laboratory", s.VITAL_SIGNS: "vital-signs", s.SOCIAL_HISTORY: "social-history"}
    if not first or (profile in wanted and first[0] != wanted[profile]):
        yield Violation(f"{path}.category", "the category of its profile")
    if not one.get("code", {}).get("coding") or not one.get("code", {}).get("text"):
        yield Violation(f"{path}.code", "coding and text")
    values = [name for name in one if name.startswith("value")]
    if len(values) + ("dataAbsentReason" in one) != 1:
        yield Violation(path, "one value, or why there is none")
    if profile == s.LAB_RESULT:
        yield from _needs(one, path, "specimen")
    if "dataAbsentReason" in one and "interpretation" in one:
        yield Violation(path, "nothing to interpret")


def _outcome(one: Json, path: str) -> Iterator[Violation]:
    yield from _needs(one, path, "issue")
    for issue in one.get("issue", []):
        yield from _needs(issue, f"{path}.issue", "severity", "code", "details")
        yield from _one_of(issue, f"{path}.issue", "severity", "error", "warning", "information")
        if not _ISSUES.fullmatch(str(issue.get("code"))):
            yield Violation(f"{path}.issue.code", "an issue type")


def _bundle(one: Json, path: str) -> Iterator[Violation]:
    yield from _one_of(one, path, "type", "collection", "searchset")
    yield from _needs(one, path, "type", "timestamp")
    entries = one.get("entry", [])
    urls = [entry.get("fullUrl") for entry in entries]
    if len(set(urls)) != len(urls):
        yield Violation(f"{path}.entry", "each resource once")
    for place, entry in enumerate(entries):
        at = f"{path}.entry[{place}].resource"
        resource = entry.get("resource", {})
        if entry.get("fullUrl") != f"urn:uuid:{resource.get('id')}":
            yield Violation(f"{path}.entry[{place}]", "the fullUrl of its id")
        yield from _resource(resource, at)
        for told in _references(resource):
            if told.startswith("urn:uuid:") and told not in urls:
                yield Violation(at, "references lead into the bundle")
    if one.get("type") == "searchset":
        modes = [entry.get("search", {}).get("mode") for entry in entries]
        if one.get("total") != modes.count("match"):
            yield Violation(f"{path}.total", "the number of matches")
        if any("?" in link.get("url", "") for link in one.get("link", [])) or not one.get("link"):
            yield Violation(f"{path}.link", "self, without parameters")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _capability(one: Json, path: str) -> Iterator[Violation]:
    yield from _needs(one, path, "status", "date", "kind", "fhirVersion", "format", "rest")
    yield from _one_of(one, path, "fhirVersion", "4.0.1")


_RULES: dict[str, Rule] = {
    "Bundle": _bundle,
    "CapabilityStatement": _capability,
    "Coverage": _coverage,
    "CoverageEligibilityResponse": _response,
    "Medication": _medication,
    "MedicationDispense": _dispense,
    "Observation": _observation,
    "OperationOutcome": _outcome,
    "Organization": _organization,
    "Patient": _patient,
}
