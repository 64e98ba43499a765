"""Invented residents: a generator of people with insurers and mistakes, and the resident register's stand-in."""
