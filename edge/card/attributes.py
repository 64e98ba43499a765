"""券面事項入力補助AP: name, address, birth date and sex as text (基本4情報), opened with 照合番号B.

For the clerk's screen, and only when the centre's name has ●. 0001 (個人番号) and 照合番号A are out of reach
(`edge.card.files`). Facts: `my-number-card` reference 2.3; the order and tags of 0002 are those of SURV there.
"""

from edge.card import files, tlv
from edge.card.channel import CardChannel, FileMissing, NoObject
from edge.card.port import Attributes, Credential, Tries
from edge.card.surface import digits
from protocol.errors import OnshiError, card

LIMIT = 4096
"""Bytes; two texts of 200 characters fit several times."""


class AttributeText:
    """The application on one card; selects itself when another one is current."""

    def __init__(self, channel: CardChannel) -> None:
        self._channel = channel

    def tries(self) -> Tries:
        """Free counter of this application's own 照合番号B. Raises `card.SURFACE_MISSING`."""
        self._use()
        try:
            return self._channel.tries(files.ATTRIBUTES_NUMBER_B)
        except FileMissing:
            raise OnshiError(card.SURFACE_MISSING) from None

    def read(self, number_b: bytearray) -> Attributes:
        """Show 照合番号B and read; zeroes ``number_b``. Raises the faults of `Credential.NUMBER_B`."""
        try:
            self._use()
            self._channel.verify(files.ATTRIBUTES_NUMBER_B, Credential.NUMBER_B, number_b)
            raw = self._channel.read_object(files.ATTRIBUTES_TEXT, 0xFF20, limit=LIMIT)
        except (FileMissing, NoObject):
            raise OnshiError(card.SURFACE_MISSING) from None
        inside = tlv.children(raw, 0xFF20)
        return Attributes(
            name=_text(tlv.want(inside, 0xDF22)),
            address=_text(tlv.want(inside, 0xDF23)),
            birth_date=digits(tlv.want(inside, 0xDF24).value, 8),
            sex=digits(tlv.want(inside, 0xDF25).value, 1),
        )

    def _use(self) -> None:
        self._channel.use(files.Application.ATTRIBUTES, card.SURFACE_MISSING)


def _text(found: tlv.Object) -> str:
    try:
        return found.value.decode("utf-8")
    except UnicodeDecodeError:
        raise OnshiError(card.GARBLED, step=f"{found.tag:X}") from None
