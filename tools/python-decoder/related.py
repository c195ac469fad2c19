"""The steps that compute a column from one or two others. A decoder's `sources` are those columns' values, shape (n,)."""
import numpy

from cursor import require
from hindcast.v1 import block_pb2 as proto
from steps import FLOAT32, FLOAT64, INTEGERS, STRINGS, indexes, replaced, step

DEFAULT_NAN = numpy.int64(0xFFF8000000000000 - 2**64)
QUIET = numpy.int64(1 << 51)
COMPUTED = range(0x60, 0x64)
# What a source may be, by what is wanted of it.
WHOLE = {proto.TYPE_INT64, proto.TYPE_TIMESTAMP}
NUMBERS = WHOLE | {proto.TYPE_FLOAT64}
CLASSED = NUMBERS | {proto.TYPE_BOOL, proto.TYPE_STRING, proto.TYPE_BYTES}


def classes(source):
    """int64 array, shape (n,): each value's number by first appearance, and how many there are."""
    require(source.type in CLASSED, f"{source.name}: the classes of a column of type {source.type}")
    values = source.values
    if source.type == proto.TYPE_FLOAT64:
        values = values.view(numpy.int64)
    found = {}
    result = [found.setdefault(value, len(found)) for value in (values if isinstance(values, list) else values.tolist())]
    require(len(found) <= max(len(result) // 2, 1), f"{source.name}: more than half of the values are classes")
    return numpy.array(result, numpy.int64), len(found)


def numbers(source):
    """float64 array, shape (n,)."""
    require(source.type in NUMBERS, f"{source.name}: a column of type {source.type} as numbers")
    return source.values.astype(numpy.float64)


def sources(decoder, *counts):
    require(len(decoder.sources) in counts, f"{len(decoder.sources)} sources")
    return decoder.sources


@step(0x60, INTEGERS, FLOAT32, FLOAT64, STRINGS)
def mapped(decoder, n, _):
    domain = decoder.domain
    source, = sources(decoder, 1)
    codes, count = classes(source)
    k, x = decoder.data.count(n, "entries"), decoder.data.count(n, "exceptions")
    require(k == count, f"{k} entries for {count} classes")
    entries = decoder.child(domain, k)
    rows = indexes(decoder.child(INTEGERS, x), n, "the row of an exception")
    values = decoder.child(domain, x)
    if domain != STRINGS:
        return replaced(entries[codes], rows, values)
    result = [entries[code] for code in codes.tolist()]
    for row, value in zip(rows.tolist(), values):
        result[row] = value
    return result


def with_exceptions(decoder, values, x):
    rows, bits = decoder.child(INTEGERS, x), decoder.child(INTEGERS, x)
    return replaced(values, rows, bits.view(numpy.float64))


@step(0x61, FLOAT64)
def arithmetic(decoder, n, operation):
    x = decoder.data.count(n, "exceptions")
    a, b = map(numbers, sources(decoder, 2))
    operate = (numpy.add, numpy.subtract, numpy.multiply, numpy.divide)[operation]
    with numpy.errstate(all="ignore"):
        return with_exceptions(decoder, with_nans(operate(a, b), a, b), x)


def with_nans(result, a, b):
    """Processors differ in which NaN they give; the format does not."""
    bits = result.view(numpy.int64)
    bits[numpy.isnan(result)] = DEFAULT_NAN
    for operand in (b, a):
        chosen = numpy.isnan(operand)
        bits[chosen] = operand.view(numpy.int64)[chosen] | QUIET
    return result


@step(0x62, FLOAT64)
def scaled(decoder, n, exponent):
    f, x = decoder.data.varint(), decoder.data.count(n, "exceptions")
    a, *b = sources(decoder, 1, 2)
    codes, count = classes(b[0]) if b else (numpy.zeros(n, numpy.int64), 1)
    require(f == count, f"{f} factors for {count} classes")
    decoder.charge(8 * f)
    factors = numpy.frombuffer(decoder.data.take(8 * f), "<f8")
    with numpy.errstate(all="ignore"):
        products = numpy.rint(numbers(a) * factors[codes])
    near = numpy.where(numpy.abs(products) < 2**53, products, 0).astype(numpy.int64)
    values = (near + decoder.child(INTEGERS, n)).astype(numpy.float64) / numpy.float64(10**exponent)
    return with_exceptions(decoder, values, x)


@step(0x63, INTEGERS)
def offset(decoder, n, _):
    source, = sources(decoder, 1)
    require(source.type in WHOLE, f"an offset from a column of type {source.type}")
    require(decoder.type in WHOLE, f"an offset in a column of type {decoder.type}")
    return source.values + decoder.child(INTEGERS, n)
