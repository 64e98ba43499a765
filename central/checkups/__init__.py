"""Checkups (特定健診): the ministry's submission ZIP, read and judged, and what is kept of it.

Reading, judging and the values that come out are pure: bytes in, frozen values out; no database, no clock. The database
side is `tables`, `statements`, `service` (the way in) and `readings` (the way out, for the disclosure door alone).
Facts: reference data-formats 1.1-1.3, 3, 8.
"""
