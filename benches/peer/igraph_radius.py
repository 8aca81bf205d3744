#!/usr/bin/env python3
"""igraph beside `hard_radii` of `cargo bench --bench engine -- GRAPH.jsonl`: who fails with each node, if every
dependency is hard.

usage: igraph_radius.py GRAPH.jsonl        needs igraph and numpy (pip install igraph numpy)

Prints one JSON line in the same form; an equal checksum is an equal result. Only the sizes of all radii are timed. How
many entries each node takes down, which linchpin computes in the same pass, is worked out afterwards for the checksum.
"""
import json
import sys
import time

import igraph
import numpy as np

BITS = (1 << 64) - 1


def checksum(n):
    n = ((n ^ (n >> 31)) * 0xBF58476D1CE4E5B9) & BITS
    return ((n << 29) | (n >> 35)) & BITS


def mix(node, a, b):
    return checksum(node ^ (a * 0x9E3779B97F4A7C15 & BITS) ^ (b * 0xC2B2AE3D27D4EB4F & BITS))


def main():
    nodes = [json.loads(line) for line in open(sys.argv[1])]
    edges = [(node["id"], member) for node in nodes for need in node["needs"] for member in need["of"]]
    graph = igraph.Graph(n=len(nodes), edges=edges, directed=True)
    wall, cpu = time.perf_counter(), time.process_time()
    sizes = graph.neighborhood_size(order=len(nodes), mode="in")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    entries = np.zeros(len(nodes), dtype=np.int64)
    for node in nodes:
        if node["entry"]:
            entries[graph.subcomponent(node["id"], mode="out")] += 1
    total = sum(mix(v, size, int(hit)) for v, (size, hit) in enumerate(zip(sizes, entries))) & BITS
    print(json.dumps({"op": "hard_radii", "threads": 1, "cpu_s": cpu, "wall_s": wall, "checksum": f"{total:016x}"}))


main()
