"""The conformance kit: black-box cases as data, for any server that claims the clinic interface.

``python -m tests.conformance --root DIR --people FILE`` against folders, ``--url URL`` against the web API. Knows
nothing of our own packages. What each case asks and expects is in ``cases/``.
"""
