"""A hand at the card's contacts: sends hexadecimal, checks status words."""

from sandbox.card import VirtualCard

AIDS = {
    "jpki": "D392F000260100000001",
    "surface": "D3921000310001010402",
    "attributes": "D3921000310001010408",
    "common": "D3921000310001010100",
    "isd": "A0000001510000",
}


class Bench:
    """Short names for the commands of the reference; every method gives the answer's data."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card

    def send(self, command: str, sw: int = 0x9000) -> bytes:
        response = self.card.transmit(bytes.fromhex(command))
        assert response[-2:].hex() == f"{sw:04x}", command
        return response[:-2]

    def application(self, name: str) -> None:
        aid = AIDS[name]
        self.send(f"00A4040C{len(aid) // 2:02X}{aid}")

    def file(self, fid: int, sw: int = 0x9000) -> None:
        self.send(f"00A4020C02{fid:04X}", sw)

    def read(self, fid: int, sw: int = 0x9000) -> bytes:
        """The whole file by short id, one extended APDU."""
        return self.send(f"00B0{0x80 | fid:02X}00000000", sw)

    def tries(self, fid: int) -> int:
        response = self.card.transmit(bytes((0x00, 0x20, 0x00, 0x80 | fid)))
        assert response[:1] == b"\x63"
        return response[1] & 0x0F

    def verify(self, fid: int, secret: str, sw: int = 0x9000) -> None:
        data = secret.encode()
        self.send(f"002000{0x80 | fid:02X}{len(data):02X}{data.hex()}", sw)
