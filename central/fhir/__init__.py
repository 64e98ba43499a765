"""FHIR R4 in JP Core's shape: eligibility, drugs and checkups for software that speaks FHIR. A rendering, no store."""
