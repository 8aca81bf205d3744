"""What the peer scripts share: reading a graph of tools' JSON lines, factors of its calls, checksums, a line of output.

The formulas are those of benches/load/main.rs.
"""
import json
import struct
import time

MASK = (1 << 64) - 1


def read(path):
    """Edges (caller, callee), sorted, each once; entries, sorted; number of nodes."""
    edges, entries, nodes = set(), [], 0
    with open(path) as lines:
        for line in lines:
            node = json.loads(line)
            u = node["id"]
            nodes = max(nodes, u + 1)
            if node["entry"]:
                entries.append(u)
            for need in node["needs"]:
                edges.update((u, v) for v in need["of"])
    return sorted(edges), sorted(entries), nodes


def tries(u, v):
    return 1 + (u * 31 + v * 17) % 2


def halvings(u, v):
    return (u * 31 + v * 17) % 3


def limit(u, v):
    return 100 + (u + v) % 900


def mix(node, value):
    n = node ^ (value * 0x9E3779B97F4A7C15 & MASK)
    n = (n ^ n >> 31) * 0xBF58476D1CE4E5B9 & MASK
    return (n << 29 | n >> 35) & MASK


def bits(value):
    return struct.unpack("<Q", struct.pack("<d", float(value)))[0]


def measure(op, work, checksum, runs=5, like=None):
    """Prints a line like the benches'; the checksum is computed outside of the time. `like`: the bench's op, if it has
    another name."""
    walls, cpus = [], []
    for run in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        if walls[0] > 1:
            break
    line = {"op": op, "threads": 1, "cpu_s": sorted(cpus)[len(cpus) // 2], "wall_s": sorted(walls)[len(walls) // 2]}
    line |= {"like": like or op, "checksum": f"{checksum(result) & MASK:016x}"}
    print(json.dumps(line), flush=True)
