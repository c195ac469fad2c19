"""Puts blocks with plain columns, reads them back with plain=true and compares: a client with nothing but the .proto files."""

import random
import struct
import sys
import time
import uuid

import grpc
from hindcast.v1 import block_pb2 as b
from hindcast.v1 import service_pb2 as s
from hindcast.v1 import service_pb2_grpc

SECOND = 1_000_000
START = 1_760_000_000 * SECOND


def bits(flags):
    """The validity bitmap: bit (row mod 8) of byte (row div 8)."""
    packed = bytearray((len(flags) + 7) // 8)
    for row, flag in enumerate(flags):
        packed[row // 8] |= flag << (row % 8)
    return bytes(packed)


# For each type: the list its values go into, and what a row without a value holds.
LISTS = {
    b.TYPE_BOOL: ("bools", False),
    b.TYPE_INT64: ("int64s", 0),
    b.TYPE_FLOAT32: ("float32s", 0.0),
    b.TYPE_FLOAT64: ("float64s", 0.0),
    b.TYPE_STRING: ("strings", ""),
    b.TYPE_BYTES: ("byte_strings", b""),
    b.TYPE_TIMESTAMP: ("int64s", 0),
    b.TYPE_UUID: ("byte_strings", bytes(16)),
    b.TYPE_VECTOR: ("float32s", None),
    b.TYPE_STRING_LIST: ("strings", []),
    b.TYPE_DOUBLE_LIST: ("float64s", []),
}


def column(name, role, type, values, dimension=0):
    """A plain column; None is a row without a value."""
    made = b.Column(name=name, role=role, type=type, dimension=dimension)
    if any(value is None for value in values):
        made.validity = bits([value is not None for value in values])
    field, empty = LISTS[type]
    if type == b.TYPE_VECTOR:
        empty = [0.0] * dimension
    filled = [empty if value is None else value for value in values]
    if type in (b.TYPE_STRING_LIST, b.TYPE_DOUBLE_LIST):
        made.list_lengths.extend(len(value) for value in filled)
    if type in (b.TYPE_STRING_LIST, b.TYPE_DOUBLE_LIST, b.TYPE_VECTOR):
        filled = [element for value in filled for element in value]
    getattr(made, field).extend(filled)
    return made


def values(column, rows):
    """The other way round: a value or None for each row of a plain column."""
    assert not column.encoded, f"{column.name} came encoded"
    flat = list(getattr(column, LISTS[column.type][0]))
    if column.type == b.TYPE_VECTOR:
        made = [flat[row * column.dimension:(row + 1) * column.dimension] for row in range(rows)]
    elif column.type in (b.TYPE_STRING_LIST, b.TYPE_DOUBLE_LIST):
        made, start = [], 0
        for length in column.list_lengths:
            made.append(flat[start:start + length])
            start += length
    else:
        made = flat
    assert len(made) == rows, f"{column.name} has {len(made)} values for {rows} rows"
    if column.validity:
        made = [value if column.validity[row // 8] >> (row % 8) & 1 else None for row, value in enumerate(made)]
    return made


def read_back(stub, model, columns=(), **query):
    """All rows of a model by column, `role:name`, and the positions of their blocks."""
    table, positions, reached = {}, [], 0
    for item in stub.Read(s.ReadRequest(model=model, plain=True, columns=columns, **query)):
        kind = item.WhichOneof("item")
        assert kind != "gap", item.gap
        if kind == "reached":
            reached = item.reached
            continue
        block = item.block.block
        assert block.model == model
        positions.append(item.block.position)
        for each in block.columns:
            name = b.Role.Name(each.role).removeprefix("ROLE_").lower() + ":" + each.name
            table.setdefault(name, []).extend(values(each, block.rows))
    assert not positions or reached >= max(positions), "the read did not end with a checkpoint"
    return table, positions


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def one_prediction(stub, model):
    block = b.Block(
        kind=b.KIND_PREDICTION, model=model, version="1", environment=b.ENVIRONMENT_PRODUCTION, rows=1,
        columns=[
            column("id", b.ROLE_ID, b.TYPE_STRING, ["loan-1"]),
            column("time", b.ROLE_TIME, b.TYPE_TIMESTAMP, [START]),
            column("income", b.ROLE_FEATURE, b.TYPE_FLOAT64, [51_234.5]),
            column("score", b.ROLE_OUTPUT, b.TYPE_FLOAT64, [0.25]),
        ])
    answer = stub.Put(s.AppendRequest(block=block))
    assert answer.position > 0 and not answer.duplicate, answer
    table, positions = read_back(stub, model)
    assert positions == [answer.position], positions
    assert table == {
        "id:id": ["loan-1"], "time:time": [START], "feature:income": [51_234.5], "output:score": [0.25],
    }, table


def thousand_rows(model):
    """1,000 rows of every type, about a fifth of the values missing; the block, and what a reader should see."""
    rng = random.Random(7)
    rows = 1_000

    def some(make):
        return [None if rng.random() < 0.2 else make() for _ in range(rows)]

    expected = {
        "id:id": [uuid.UUID(int=rng.getrandbits(128)).bytes for _ in range(rows)],
        "time:time": [START + row * SECOND // 7 for row in range(rows)],
        "feature:approved": some(lambda: rng.random() < 0.5),
        "feature:age": some(lambda: rng.randint(-(2**63), 2**63 - 1)),
        "feature:rate": some(lambda: float32(rng.uniform(-1, 1))),
        "feature:amount": some(lambda: round(rng.uniform(0, 1e6), 2)),
        "feature:city": some(lambda: rng.choice(["Köln", "München", "大阪", "", "a\0b"])),
        "feature:blob": some(lambda: rng.randbytes(rng.randint(0, 20))),
        "feature:seen": some(lambda: START - rng.randint(0, 10**15)),
        "feature:device": some(lambda: rng.randbytes(16)),
        "feature:embedding": some(lambda: [float32(rng.gauss(0, 1)) for _ in range(4)]),
        "tag:labels": some(lambda: [rng.choice("abc") for _ in range(rng.randint(0, 3))]),
        "output:class_scores": some(lambda: [rng.random() for _ in range(rng.randint(0, 3))]),
        "output:score": [rng.random() for _ in range(rows)],
    }
    types = [
        b.TYPE_UUID, b.TYPE_TIMESTAMP, b.TYPE_BOOL, b.TYPE_INT64, b.TYPE_FLOAT32, b.TYPE_FLOAT64, b.TYPE_STRING,
        b.TYPE_BYTES, b.TYPE_TIMESTAMP, b.TYPE_UUID, b.TYPE_VECTOR, b.TYPE_STRING_LIST, b.TYPE_DOUBLE_LIST,
        b.TYPE_FLOAT64,
    ]
    columns = []
    for (qualified, filled), type in zip(expected.items(), types, strict=True):
        role, name = qualified.split(":")
        dimension = 4 if type == b.TYPE_VECTOR else 0
        columns.append(column(name, b.Role.Value("ROLE_" + role.upper()), type, filled, dimension))
    block = b.Block(
        kind=b.KIND_PREDICTION, model=model, version="2", environment=b.ENVIRONMENT_SHADOW, rows=rows, columns=columns)
    return block, expected


def many_predictions(stub, model):
    block, expected = thousand_rows(model)
    producer = random.randbytes(16)
    request = s.AppendRequest(producer=producer, epoch=1, sequence=1, block=block)
    first = stub.Put(request)
    assert not first.duplicate
    again = stub.Put(request)
    assert again.duplicate and again.position == first.position, again
    table, positions = read_back(stub, model)
    assert set(positions) == {first.position}, positions
    for name in expected:
        assert table.get(name) == expected[name], f"{name} came back different"
    assert table.keys() == expected.keys(), table.keys()

    # Chosen columns, and rows by time.
    times = expected["time:time"]
    table, _ = read_back(stub, model, columns=["output:score"], from_time=times[100], to_time=times[200])
    assert table == {
        "id:id": expected["id:id"][100:200], "time:time": times[100:200], "output:score": expected["output:score"][100:200],
    }, "a choice of columns and times came back different"

    # The same producer over a stream: the duplicate, the next block, and a gap, answered in order.
    def requests():
        for sequence in (1, 2, 4):
            yield s.AppendRequest(producer=producer, epoch=1, sequence=sequence, block=block)

    answers = list(stub.Append(requests()))
    assert [answer.sequence for answer in answers] == [1, 2, 4]
    assert answers[0].duplicate and answers[0].position == first.position
    assert answers[1].position > first.position and not answers[1].HasField("error")
    assert answers[2].error.code == 9 and answers[2].error.expected_sequence == 3, answers[2]


def losses(stub, model):
    """Events that this client made and did not send: reports, filed like the events themselves."""
    now = time.time_ns() // 1000

    def report(count, reason):
        columns = [
            column("time", b.ROLE_TIME, b.TYPE_TIMESTAMP, [now]), column("reason", b.ROLE_SYSTEM, b.TYPE_STRING, [reason]),
            column("lost_kind", b.ROLE_SYSTEM, b.TYPE_STRING, ["prediction"]), column("count", b.ROLE_SYSTEM, b.TYPE_INT64, [count]),
            column("first_time", b.ROLE_SYSTEM, b.TYPE_TIMESTAMP, [now - 1_000_000]),
        ]
        return s.AppendRequest(block=b.Block(
            kind=b.KIND_LOSS, model=model, version="2", environment=b.ENVIRONMENT_SHADOW, rows=1, columns=columns))

    logged = next(part for part in stub.DescribeModel(s.DescribeModelRequest(model=model)).parts if part.kind == 1).rows
    for count, reason in ((30, "queue_full"), (30, "queue_full"), (900, "sampled_out")):
        stub.Put(report(count, reason))
    served = stub.DescribeModel(s.DescribeModelRequest(model=model)).served[0]
    assert (served.served, served.logged) == (logged + 960, logged), served
    assert [(lost.reason, lost.count) for lost in served.lost] == [("queue_full", 60), ("sampled_out", 900)], served
    try:
        stub.Put(report(0, "queue_full"))
        raise AssertionError("a report of nothing was taken")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "system:count" in error.details(), error


def refusals(stub, model):
    def status(call):
        try:
            call()
        except grpc.RpcError as error:
            return error
        raise AssertionError("a call that must fail did not")

    error = status(lambda: stub.Put(s.AppendRequest(block=b.Block(model=model))))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "kind" in error.details(), error
    error = status(lambda: list(stub.Read(s.ReadRequest(model=model + "-unknown"))))
    assert error.code() == grpc.StatusCode.NOT_FOUND and model in error.details(), error


def main(address):
    run = uuid.uuid4().hex[:8]
    with grpc.insecure_channel(address) as channel:
        grpc.channel_ready_future(channel).result(timeout=10)
        stub = service_pb2_grpc.HindcastStub(channel)
        one_prediction(stub, f"python-client-{run}-one")
        many_predictions(stub, f"python-client-{run}-many")
        refusals(stub, f"python-client-{run}-one")
        described = stub.DescribeModel(s.DescribeModelRequest(model=f"python-client-{run}-many"))
        losses(stub, f"python-client-{run}-many")
        assert len(described.columns) == 14 and described.parts[0].rows == 2_000, described
        assert any(each.model.startswith(f"python-client-{run}") for each in stub.ListModels(s.ListModelsRequest()).models)
        assert stub.Status(s.StatusRequest()).durable_position >= 3
    print(f"python client: all came back as it was sent ({address})")


if __name__ == "__main__":
    main(sys.argv[1])
