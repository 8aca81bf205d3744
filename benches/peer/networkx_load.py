#!/usr/bin/env python3
"""Retries and waits with networkx: the condensation and one pass (P5), and what cycle enumeration does instead of a
verdict (P12).

usage: networkx_load.py GRAPH.jsonl        needs networkx and numpy
"""
import heapq
import json
import math
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
    """The members of every loop, callers first; most loops are one node."""
    condensed = nx.condensation(graph)
    members = condensed.nodes(data="members")
    return [sorted(members[c]) for c in nx.topological_sort(condensed)]


def loops(members):
    return len(members) > 1 or graph.has_edge(members[0], members[0])


def grows(members, most):
    """Every factor is at least 1, so sums grow in any loop, and maxima where some factor is more."""
    return not most or any(tries(u, v) > 1 for u, v in graph.subgraph(members).edges)


def one_pass(most):
    value = dict.fromkeys(range(nodes), 0.0)
    value.update(dict.fromkeys(entries, 1.0))
    for members in order():
        if loops(members):
            entered = max(value[v] for v in members)
            if entered:
                value.update(dict.fromkeys(members, math.inf if grows(members, most) else entered))
        inside = set(members)
        for u in members:
            here = value[u]
            if here:
                for v in graph.successors(u):
                    if v not in inside:
                        gain = here * tries(u, v)
                        value[v] = max(value[v], gain) if most else value[v] + gain
    return value


def waits():
    """From no limit down, around loops until nothing moves."""
    wait = dict.fromkeys(range(nodes), math.inf)
    for members in reversed(order()):
        for _ in range(len(members) + 1 if loops(members) else 1):
            before = [wait[v] for v in members]
            for v in members:
                wait[v] = 1.0 + sum(min(limit(v, w), tries(v, w) * wait[w]) for w in graph.successors(v))
            if before == [wait[v] for v in members]:
                break
    return wait


def worst_entry():
    """One pass; inside a loop the nearest first."""
    distance = dict.fromkeys(entries, 0)
    for members in order():
        inside = set(members) if loops(members) else set()
        near = [(distance[v], v) for v in inside if v in distance]
        heapq.heapify(near)
        while near:
            here, u = heapq.heappop(near)
            if here == distance[u]:
                for v in graph.successors(u):
                    there = here + halvings(u, v)
                    if v in inside and there < distance.get(v, math.inf):
                        distance[v] = there
                        heapq.heappush(near, (there, v))
        for u in members:
            here = distance.get(u)
            if here is not None:
                for v in graph.successors(u):
                    if v not in inside:
                        distance[v] = min(distance.get(v, math.inf), here + halvings(u, v))
    return distance


def worst_entry_dijkstra():
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
of_lengths = lambda lengths: sum(mix(v, int(x)) for v, x in lengths.items())
measure("worst_entry", worst_entry, of_lengths)
measure("worst_entry_dijkstra", worst_entry_dijkstra, of_lengths, like="worst_entry")
measure("waits", waits, of_floats)
if len(largest()[0]) <= 3000:
    measure("spectral_radius", radius, lambda r: round(r * 1e8))
cycle_enumeration()
