"""Where 個人番号 lies on a card, and whether anybody came near it.

Facts: trust rules ("A visit never touches 個人番号"): 券面 ``0005``, 入力補助 ``0001``, 照合番号A in both.
"""

from sandbox.card import VirtualCard

FORBIDDEN = {("surface", 0x05), ("surface", 0x13), ("attributes", 0x01), ("attributes", 0x14)}


def individual_number(card: VirtualCard) -> set[tuple[str, int]]:
    """The forbidden files and credentials that were selected or addressed, if any."""
    return FORBIDDEN & set(card.touched)
