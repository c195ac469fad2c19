"""The step `tokens`: an entropy coder (rANS) for the tops of values, and their low bits as they are."""
import numpy

from cursor import require, unpack
from steps import INTEGERS, signed, step

SLOTS = 4096
STATE_MIN, STATE_END = 1 << 15, 1 << 31
STATES = 4
LOW_BITS_MAX = 56


class Bits:
    """Bits of a cursor, each byte from the least significant."""

    def __init__(self, data):
        self.data = data
        self.byte = self.left = 0

    def take(self, count):
        value = 0
        for place in range(count):
            if self.left == 0:
                self.byte, self.left = self.data.byte(), 8
            value |= (self.byte & 1) << place
            self.byte >>= 1
            self.left -= 1
        return value

    def golomb(self, r):
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
            require(zeros + r <= 31, "a number of more than 31 bits in the table of tokens")
        return (1 << zeros + r) + self.take(zeros + r) - (1 << r)


def read_table(data, k):
    """The `k` tops, and how many of the slots each has."""
    bits = Bits(data)
    tops, frequencies = [], []
    top, mean = -1, SLOTS // k
    for _ in range(k):
        top += 1 + bits.golomb(0)
        frequency = 1 + bits.golomb(max(mean.bit_length() - 1, 0))
        tops.append(top)
        frequencies.append(frequency)
        mean = (mean + frequency) // 2
        require(sum(frequencies) <= SLOTS, f"the frequencies of the tokens are more than {SLOTS}")
    require(bits.byte == 0, "bits behind the table of tokens")
    return tops, frequencies


def low_bits(top, parameter):
    """How many low bits values of this top have."""
    p = parameter & 63
    if not parameter & 64:
        return p
    return 0 if top < 1 << p else (top >> p) - 1


def origin(top, parameter):
    """The smallest distance of this top."""
    p, w = parameter & 63, low_bits(top, parameter)
    return (top - (w << p) << w if parameter & 64 else top << p) % 2**64


def read_tokens(data, n, frequencies):
    """`n` indexes into `frequencies`."""
    owner = numpy.repeat(numpy.arange(len(frequencies)), frequencies)
    firsts = numpy.cumsum([0] + frequencies[:-1])
    frequency_of = numpy.array(frequencies)[owner].tolist()
    place_of = (numpy.arange(SLOTS) - firsts[owner]).tolist()
    owner = owner.tolist()

    states = [int.from_bytes(data.take(4), "little") for _ in range(STATES)]
    require(all(STATE_MIN <= state < STATE_END for state in states), "a state of the coder is out of range")
    # A value takes at most one word.
    words = numpy.frombuffer(data.data[data.offset:], "<u2", min(n, data.remaining // 2)).tolist()
    used = 0
    tokens = [0] * n
    for index in range(n):
        state = states[index & 3]
        slot = state & SLOTS - 1
        tokens[index] = owner[slot]
        state = frequency_of[slot] * (state >> 12) + place_of[slot]
        if state < STATE_MIN:
            require(used < len(words), "the words of the coder end early")
            state = state << 16 | words[used]
            used += 1
        states[index & 3] = state
    require(states == [STATE_MIN] * STATES, "the coder does not end in its first state")
    data.take(2 * used)
    return numpy.array(tokens, numpy.int64)


@step(0x27, INTEGERS)
def tokens(decoder, n, parameter):
    data = decoder.data
    base = signed(data.zigzag())
    k = data.byte()
    require(k >= 1, "a table without tokens")
    tops, frequencies = read_table(data, k)
    widths = [low_bits(top, parameter) for top in tops]
    require(max(widths) <= LOW_BITS_MAX, f"more than {LOW_BITS_MAX} low bits")
    origins = [origin(top, parameter) for top in tops]
    rest = SLOTS - sum(frequencies)
    has_escapes = parameter >= 128
    require((rest > 0) == has_escapes, f"{rest} slots for escapes")

    # The escape is one token more, without low bits.
    which = read_tokens(data, n, frequencies + [rest] if has_escapes else frequencies)
    widths = numpy.array(widths + [0], numpy.uint64)[which]
    ends = numpy.cumsum(widths, dtype=numpy.uint64)
    packed = data.take(-(-int(ends[-1] if n else 0) // 8))
    distances = numpy.array(origins + [0], numpy.uint64)[which] + unpack(packed, ends - widths, widths)
    values = base + distances.view(numpy.int64)
    if has_escapes:
        escaped = which == k
        values[escaped] = decoder.child(INTEGERS, int(escaped.sum()))
    return values
