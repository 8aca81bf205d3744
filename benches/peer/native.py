#!/usr/bin/env python3
"""A graph as native manifests, or a graph of one's own.

usage: native.py GRAPH.jsonl > system.yaml     a graph of `cargo bench --bench engine`
       native.py N [SEED]    > system.yaml     N components with mixed redundancy: replicas, groups, quorums, zones
"""
import json
import random
import sys

HEAD = {"apiVersion": "linchpin/v1", "kind": "Service"}


def from_graph(path):
    for line in open(path):
        node = json.loads(line)
        needs = []
        for need in node["needs"]:
            names = [f"c{i}" for i in need["of"]]
            needs.append({"name": names[0]} if len(names) == 1 else {"need": need["k"], "of": names})
        yield node["id"], {"dependsOn": needs} | ({"entry": {"weight": 1}} if node["entry"] else {})


def mixed(n, seed):
    r = random.Random(seed)
    for i in range(n):
        spec = {"replicas": r.choice([1, 1, 2, 2, 3, 5])}
        if spec["replicas"] > 1 and r.random() < 0.6:
            spec["zones"] = r.sample("abc", r.choice([1, 2, 3]))
        if i < n * 0.05:
            spec["entry"] = {"weight": 1}
        needs = []
        for _ in range(r.randint(0, 5) if i < n * 0.7 else 0):
            below = [i + 1 + int((n - i - 1) * r.random() ** 2 * 0.3) for _ in range(3)]
            names = [f"c{b}" for b in sorted({min(b, n - 1) for b in below} - {i})]
            kind = r.random()
            if kind < 0.6 and names:
                needs.append({"name": names[0], "criticality": "soft" if r.random() < 0.1 else "hard"})
            elif kind < 0.85 and len(names) > 1:
                needs.append({"need": 1, "of": names[:2]})
            elif len(names) == 3:
                needs.append({"need": 2, "of": names})
        yield i, spec | {"dependsOn": needs}


def main():
    first = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    system = mixed(int(first), seed) if first.isdigit() else from_graph(first)
    documents = (json.dumps(HEAD | {"metadata": {"name": f"c{i}"}, "spec": spec}) for i, spec in system)
    sys.stdout.write("\n---\n".join(documents) + "\n")


main()
