"""As much of protobuf as the load needs: fields by number, packed and walked by hand, so that messages can also be wrong."""
import struct


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(number, value):
    return varint(number << 3) + varint(value)


def fixed64(number, value):
    return varint(number << 3 | 1) + struct.pack("<Q", value)


def bytes_field(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def read_varint(buffer, offset):
    value = shift = 0
    while True:
        byte = buffer[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
        shift += 7


def fields(buffer):
    """(number, value) in order: an int, or a slice of the buffer."""
    offset, end = 0, len(buffer)
    while offset < end:
        key, offset = read_varint(buffer, offset)
        kind = key & 7
        if kind == 0:
            value, offset = read_varint(buffer, offset)
        elif kind == 1:
            value = int.from_bytes(buffer[offset:offset + 8], "little")
            offset += 8
        elif kind == 2:
            length, offset = read_varint(buffer, offset)
            value = buffer[offset:offset + length]
            offset += length
        elif kind == 5:
            value = int.from_bytes(buffer[offset:offset + 4], "little")
            offset += 4
        else:
            raise ValueError(f"wire type {kind} at offset {offset}")
        yield key >> 3, value
