"""Receipts (レセプト) and the drug master: definitions, reader, writer, checks, and what comes out of them.

Pure: bytes in, frozen values out; no database, no clock. Facts: reference data-formats 2 and 8.
"""
