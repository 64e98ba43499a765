"""Whom the centre trusts: pinned anchors, certificates of cards, revocation, the signed card surface."""
