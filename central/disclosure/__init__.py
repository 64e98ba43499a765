"""Consents and the grants that follow from them: who may read which of a person's medical data, until when."""
