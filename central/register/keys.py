"""How numbers are compared: one spelling for width, padding and dashes; what is stored and shown stays as it came.

Not for names (matching people is the insurers' upload). Facts: 保険者番号 comes padded to 8 with blanks or zeros,
記号 and 番号 in full or half width; the identity of a certificate is (issuer key id, serial).
"""

from protocol.numbers import InsuredNumber, InsurerNumber, Symbol

LATE_ELDERLY_LAW = "39"
"""法別番号 of 後期高齢者医療."""


def number_key(number: str) -> str:
    """番号 or 受給者番号 as it is compared; raises `OnshiError`."""
    return InsuredNumber(number).key


def symbol_key(symbol: str) -> str:
    """記号 as it is compared; "" where there is none. Raises `OnshiError`."""
    return Symbol(symbol).key if symbol else ""


def insurer_key(number: str) -> str:
    """保険者番号 as 8 digits padded with zeros, whichever padding it came with; raises `OnshiError`."""
    return InsurerNumber(number).padded_zeros


def lookup_key(insurer: str, number: str) -> str:
    """Distribution key of the directory by number."""
    return f"{insurer_key(insurer)}:{number_key(number)}"


def certificate_key(issuer_key_id: str, serial: str) -> str:
    """Distribution key of the directory by certificate; both parts are hexadecimal of either case."""
    return f"{issuer_key_id.lower()}:{serial.lower().lstrip('0') or '0'}"


def is_late_elderly(insurer: str) -> bool:
    """Whether the insurer is one of 後期高齢者医療 (法別 39)."""
    return insurer_key(insurer).startswith(LATE_ELDERLY_LAW)
