#!/usr/bin/env python3
"""Retries and waits with networkx: the condensation and one pass (P5), and what cycle enumeration does instead of a
verdict (P12).

usage: networkx_load.py GRAPH.jsonl        needs networkx and numpy
"""
import json
import sys
import time

import networkx as nx
import numpy as np

from graph import bits, halvings, limit, measure, mix, read, tries

edges, entries, nodes = read(sys.argv[1])
graph = nx.DiGraph()
graph.add_nodes_from(range(nodes))
graph.add_edges_from(edges)


def order():
    """Nodes, callers first, and the number of each node's loop."""
    condensed = nx.condensation(graph)
    loop = condensed.graph["mapping"]
    members = condensed.nodes(data="members")
    return [v for c in nx.topological_sort(condensed) for v in members[c]], loop


def one_pass(most):
    nodes_in_order, loop = order()
    value = dict.fromkeys(range(nodes), 0.0)
    value.update(dict.fromkeys(entries, 1.0))
    for u in nodes_in_order:
        here = value[u]
        if here:
            for v in graph.successors(u):
                if loop[u] != loop[v]:
                    gain = here * tries(u, v)
                    value[v] = max(value[v], gain) if most else value[v] + gain
    return value


def waits():
    nodes_in_order, loop = order()
    wait = {}
    for v in reversed(nodes_in_order):
        callees = (w for w in graph.successors(v) if loop[v] != loop[w])
        wait[v] = 1.0 + sum(min(limit(v, w), tries(v, w) * wait[w]) for w in callees)
    return wait


def worst_entry():
    weight = lambda u, v, _: halvings(u, v)
    return nx.multi_source_dijkstra_path_length(graph, set(entries), weight=weight)


def largest():
    members = sorted(max(nx.strongly_connected_components(graph), key=len))
    place = {v: i for i, v in enumerate(members)}
    return members, [(place[u], place[v]) for u, v in edges if u in place and v in place]


def radius():
    members, inside = largest()
    matrix = np.zeros((len(members), len(members)))
    for u, v in inside:
        matrix[u, v] = tries(u, v)
    return max(abs(np.linalg.eigvals(matrix)))


def cycle_enumeration(cap=20):
    members, inside = largest()
    loop = nx.DiGraph(inside)
    start, cpu, found = time.perf_counter(), time.process_time(), 0
    for _ in nx.simple_cycles(loop):
        found += 1
        if time.perf_counter() - start > cap:
            break
    done = time.perf_counter() - start <= cap
    line = {"op": "cycle_enumeration", "threads": 1, "cpu_s": time.process_time() - cpu}
    print(json.dumps(line | {"wall_s": time.perf_counter() - start, "nodes": len(members), "found": found, "done": done}))


of_floats = lambda value: sum(mix(v, bits(x)) for v, x in value.items())
measure("retry_sum", lambda: one_pass(False), of_floats)
measure("retry_max", lambda: one_pass(True), of_floats)
measure("worst_entry", worst_entry, lambda d: sum(mix(v, int(x)) for v, x in d.items()))
measure("waits", waits, of_floats)
if len(largest()[0]) <= 3000:
    measure("spectral_radius", radius, lambda r: round(r * 1e8))
cycle_enumeration()
