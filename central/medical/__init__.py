"""Answers with medical data: what the door let through becomes XML, JSON, PDF and the glance. Reads no database."""
