"""共通カードAP: who issued the card and until when it runs; free to read.

The record's 15-digit serial number is left on the card: nobody here needs it. Facts: `my-number-card` reference 2.4.
"""

from edge.card import files, tlv
from edge.card.channel import CardChannel, FileMissing
from edge.card.port import CardIssue
from edge.card.surface import digits
from protocol.errors import OnshiError, card

_SERIAL, _MUNICIPALITY = 15, 5


class Common:
    """The application on one card; selects itself when another one is current."""

    def __init__(self, channel: CardChannel) -> None:
        self._channel = channel

    def read(self) -> CardIssue:
        """Municipality and expiry. Raises `card.SURFACE_MISSING` (a telephone has no such application)."""
        self._channel.use(files.Application.COMMON, card.SURFACE_MISSING)
        try:
            record = tlv.one(self._channel.read_record(files.COMMON_NUMBER), 0x01).value
        except FileMissing:
            raise OnshiError(card.SURFACE_MISSING) from None
        text = digits(record, _SERIAL + _MUNICIPALITY + 8)
        return CardIssue(municipality=text[_SERIAL : _SERIAL + _MUNICIPALITY], expiry=text[-8:])
