"""Bytes read one thing after the other, and numbers of any width read out of bytes."""
import numpy


class FormatError(Exception):
    """Bytes that the format does not allow: damaged, or of a version that this decoder does not know."""


def require(condition, message):
    if not condition:
        raise FormatError(message)


class Cursor:
    """A place in `data` that moves on with each read. Reading past the end is a FormatError."""

    def __init__(self, data):
        self.data = memoryview(data)
        self.offset = 0

    @property
    def remaining(self):
        return len(self.data) - self.offset

    def take(self, count):
        require(count <= self.remaining, f"{count} bytes wanted at offset {self.offset}, {self.remaining} there")
        self.offset += count
        return self.data[self.offset - count:self.offset]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        """Unsigned, below 2^64."""
        value = 0
        for shift in range(0, 64, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                require(value < 1 << 64, "a varint of more than 64 bits")
                return value
        raise FormatError("a varint of more than 64 bits")

    def zigzag(self):
        """Signed, 64 bits."""
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def count(self, highest, what):
        """A varint of at most `highest`."""
        value = self.varint()
        require(value <= highest, f"{what}: {value}, more than {highest}")
        return value


def unpack(data, offsets, widths):
    """Numbers of `widths` bits that start at the bits `offsets` of `data`, least significant bit first.

    Both are uint64 arrays of shape (n,), a width at most 64; so is the result. `data` must reach far enough.
    """
    padded = numpy.frombuffer(bytes(data) + bytes(16), numpy.uint8)
    first = (offsets >> numpy.uint64(3)).astype(numpy.int64)
    shift = offsets & numpy.uint64(7)
    words = numpy.zeros(len(offsets), numpy.uint64)
    for byte in range(8):
        words |= padded[first + byte].astype(numpy.uint64) << numpy.uint64(8 * byte)
    ninth = padded[first + 8].astype(numpy.uint64)
    # A shift by 64 is undefined, hence the two shifts.
    words = (words >> shift) | ((ninth << (numpy.uint64(63) - shift)) << numpy.uint64(1))
    ones = numpy.uint64(2**64 - 1)
    masks = numpy.where(widths == 0, numpy.uint64(0), ones >> ((numpy.uint64(64) - widths) & numpy.uint64(63)))
    return words & masks
