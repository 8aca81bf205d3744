#!/usr/bin/env python3
"""SCRAM beside linchpin: minimal cut sets of some entries, counts by size.

usage: scram_cuts.py GRAPH.jsonl [ENTRIES] [SIZE] [TIMEOUT]    needs scram and linchpin on the PATH, or LINCHPIN=path

Exports the fault tree of every so-many-th entry, lets SCRAM count (`--zbdd -l SIZE`) and compares with `linchpin cuts`.
Prints one JSON line an entry and one for all: CPU seconds of SCRAM, how many entries it finished, how many differ.
"""
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

LINCHPIN = os.environ.get("LINCHPIN", "linchpin")


def children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_scram(tree, size, timeout, folder):
    report = os.path.join(folder, "report.xml")
    # SCRAM leaves an old report in place when it fails.
    if os.path.exists(report):
        os.remove(report)
    before = children()
    command = ["prlimit", f"--cpu={timeout}", "scram", "--zbdd", "-l", str(size), tree, "-o", report]
    done = subprocess.run(command, capture_output=True)
    cpu = children() - before
    if done.returncode != 0:
        return None, cpu
    found = re.search(r'<sum-of-products[^>]*distribution="([^"]*)"', open(report).read())
    counts = [int(n) for n in found[1].split()] if found else []
    return (counts + [0] * size)[:size], cpu


def main():
    graph, wanted, size, timeout = (sys.argv[1:] + ["40", "2", "40"][len(sys.argv) - 2:])[:4]
    wanted, size, timeout = int(wanted), int(size), int(timeout)
    entries = [node["id"] for node in map(json.loads, open(graph)) if node["entry"]]
    entries = sorted(entries)[:: max(1, len(entries) // wanted)][:wanted]
    total, finished, different = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        manifests, tree = os.path.join(folder, "system.yaml"), os.path.join(folder, "tree.xml")
        script = os.path.join(os.path.dirname(__file__), "native.py")
        with open(manifests, "w") as out:
            subprocess.run([sys.executable, script, graph], stdout=out, check=True)
        names = [f"service:default/c{entry}" for entry in entries]
        asked = sum((["--entry", name] for name in names), [])
        report = subprocess.run([LINCHPIN, "cuts", "-m", manifests, "--max-size", str(size), "--format", "json",
                                 "--limit", "100000000", *asked], capture_output=True, check=True).stdout
        rows = json.loads(report)["cut_sets"]
        for name in names:
            subprocess.run([LINCHPIN, "graph", "-m", manifests, "--format", "open-psa", "--entry", name],
                           stdout=open(tree, "w"), check=True)
            ours = [sum(row["count"] for row in rows if row["entry"] == name and row["size"] == s)
                    for s in range(1, size + 1)]
            complete = next(row["complete_to"] for row in rows if row["entry"] == name)
            theirs, cpu = by_scram(tree, size, timeout, folder)
            total += cpu
            finished += theirs is not None
            different += theirs is not None and theirs[:complete] != ours[:complete]
            print(json.dumps({"entry": name, "linchpin": ours, "complete_to": complete, "scram": theirs,
                              "cpu_s": round(cpu, 3)}), flush=True)
    print(json.dumps({"op": "scram_cuts", "entries": len(entries), "finished": finished, "different": different,
                      "cpu_s": round(total, 3)}))


main()
