"""Checkups of invented people: five years of submission ZIPs for a population or the cast, as facilities send them."""
