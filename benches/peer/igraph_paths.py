#!/usr/bin/env python3
"""The likeliest way of every source into every entry with igraph: Dijkstra's algorithm for each entry (P6).

usage: igraph_paths.py GRAPH.jsonl [EVERY]        needs python-igraph

Only every EVERY-th entry is asked about.
"""
import math
import sys

import igraph

from graph import halvings, measure, read

edges, entries, nodes = read(sys.argv[1])
every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
graph = igraph.Graph(n=nodes, edges=edges, directed=True)
weights = [halvings(u, v) for u, v in edges]


def matrix():
    for entry in entries[::every]:
        yield graph.distances(source=entry, weights=weights, mode="out")[0]


def checksum(rows):
    return sum((1 << 32) + int(d) for row in rows for d in row if not math.isinf(d))


measure(f"path_matrix_every_{every}", lambda: list(matrix()), checksum)
