"""Uploads of insurers (保険者): read, checked, matched with the resident register, applied in one visible step."""
