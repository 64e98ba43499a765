"""Receipts of people who do not exist: who goes where and gets what, written as the files that really arrive.

The same seed gives the same files. Distributions: data-formats reference 7.1; everything in prefecture 99.
"""
