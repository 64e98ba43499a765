"""The register (資格情報): who is insured where, since when, until when, and since when we know it."""
