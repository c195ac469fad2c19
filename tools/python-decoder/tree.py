"""The tree of a column's steps, which can be read without its data."""
from typing import NamedTuple

from cursor import Cursor, require

DEPTH_MAX = 8
STEPS_MAX = 1024


class Node(NamedTuple):
    code: int
    parameter: int | None  # None: the step has none


# code: (name, the parameters it may have, the number of children for the parameter)
NO_PARAMETER = (None,)
SHAPES = {
    0x00: ("empty", NO_PARAMETER, 0),
    0x01: ("nullable", NO_PARAMETER, 2),
    0x02: ("related", NO_PARAMETER, 1),
    0x10: ("raw", NO_PARAMETER, 0),
    0x11: ("fill", NO_PARAMETER, 0),
    0x12: ("zlib", NO_PARAMETER, 0),
    0x13: ("zstd", NO_PARAMETER, 0),
    0x20: ("constant", NO_PARAMETER, 0),
    0x21: ("bit_packed", range(1, 65), 1),
    0x22: ("byte_planes", range(1, 9), lambda planes: planes),
    0x23: ("delta", NO_PARAMETER, 1),
    0x24: ("dictionary", NO_PARAMETER, 2),
    0x25: ("runs", NO_PARAMETER, 2),
    0x26: ("multiples", NO_PARAMETER, 1),
    0x27: ("tokens", [p | kind | escapes for kind, highest in ((0, 56), (64, 7)) for p in range(highest + 1)
                      for escapes in (0, 128)], lambda parameter: parameter >> 7),
    0x30: ("ordered32", NO_PARAMETER, 1),
    0x31: ("ordered64", NO_PARAMETER, 1),
    0x32: ("float32", NO_PARAMETER, 1),
    0x33: ("decimal", range(16), 3),
    0x40: ("text", NO_PARAMETER, 2),
    0x41: ("text_dictionary", NO_PARAMETER, 2),
    0x42: ("text_integers", NO_PARAMETER, 1),
    0x43: ("text_uuids", NO_PARAMETER, 1),
    0x48: ("uuid", NO_PARAMETER, 1),
    0x49: ("uuid7", NO_PARAMETER, 2),
    0x50: ("vector", NO_PARAMETER, 1),
    0x51: ("list", NO_PARAMETER, 2),
    0x60: ("mapped", NO_PARAMETER, 3),
    0x61: ("arithmetic", range(4), 2),
    0x62: ("scaled", range(16), 3),
    0x63: ("offset", NO_PARAMETER, 1),
}


def parse_tree(data):
    """The nodes in preorder. Data stands in the same order, so decoding takes them one after the other."""
    cursor = Cursor(data)
    nodes = []
    open_children = [1]  # for each level, how many are still to come
    while open_children:
        if open_children[-1] == 0:
            open_children.pop()
            continue
        open_children[-1] -= 1
        require(len(nodes) < STEPS_MAX, f"more than {STEPS_MAX} steps")
        require(len(open_children) <= DEPTH_MAX, f"more than {DEPTH_MAX} steps nested")
        code = cursor.byte()
        require(code in SHAPES, f"the unknown step {code:02x}")
        name, parameters, children = SHAPES[code]
        parameter = None if parameters is NO_PARAMETER else cursor.byte()
        require(parameter in parameters, f"{name} with the parameter {parameter}")
        nodes.append(Node(code, parameter))
        open_children.append(children(parameter) if callable(children) else children)
    require(cursor.remaining == 0, f"{cursor.remaining} bytes behind the tree")
    return nodes
