"""BER-TLV encoding for the files of the toy card (ISO/IEC 8825-1 definite lengths). No reading here."""


def length(size: int) -> bytes:
    """Length octets, shortest form: one byte below 128, then ``81 xx``, ``82 xx xx``."""
    if size < 0x80:
        return bytes((size,))
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def tlv(tag: int, *values: bytes) -> bytes:
    """One object; the values are put one after the other."""
    value = b"".join(values)
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length(len(value)) + value


def indexed(outer: int, index: int, objects: list[bytes]) -> bytes:
    """``outer { index: u16 offsets of the objects from the start of the file, objects… }``.

    An offset points at the object's tag, as in 入力補助 0002; that 券面 0002 counts alike is inferred.
    """
    body = b"".join(objects)
    table = 2 * len(objects)
    head = len(tlv(index, bytes(table)))
    start = len(tlv(outer, bytes(head + len(body)))) - len(body)
    offsets = []
    for one in objects:
        offsets.append(start.to_bytes(2, "big"))
        start += len(one)
    return tlv(outer, tlv(index, *offsets), body)
