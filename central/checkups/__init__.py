"""Checkups (特定健診): the ministry's submission ZIP, read and judged, and what comes out of it.

Pure: bytes in, frozen values out; no database, no clock. Facts: reference data-formats 1.1-1.3, 3, 8.
"""
