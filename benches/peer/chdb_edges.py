#!/usr/bin/env python3
"""ClickHouse's engine as a library (chdb) beside linchpin, from OTLP JSON lines to edges (P8).

usage: chdb_edges.py edges|summary SPANS.jsonl [ROUNDS] [THREADS]     needs chdb, and linchpin on the PATH or LINCHPIN=path

`edges` asks chdb for calls and errors between services and nothing else: it reads the nine fields that this needs straight
into typed columns and joins servers with their clients (SPANS.jsonl has the one right below the other). `summary` asks it
for all that linchpin finds out: it reads what OpenTelemetry's exporter stores and runs the query of `linchpin sql
clickhouse`. Without THREADS both take as many as they like. Of chdb only the queries count, not loading the library; of
linchpin the whole process. Both take turns. Prints one JSON line: medians of seconds, peaks of memory, and whether the
answers are equal: all edges, calls and errors, or all bytes of the summary.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import time

LINCHPIN = os.environ.get("LINCHPIN", "linchpin")

SPANS = """
CREATE TABLE spans ENGINE = Memory AS
WITH
    (attributes, wanted) -> arrayFirst(attribute -> attribute.key = wanted, attributes).value.stringValue AS text_of,
    (hexadecimal) -> reinterpretAsUInt64(reverse(unhex(hexadecimal))) AS number_of
SELECT
    concat(text_of(resource.attributes, 'service.namespace'), '/', text_of(resource.attributes, 'service.name')) AS service,
    span.kind AS kind, span.status.code = 2 AS failed,
    number_of(substring(span.traceId, 17)) AS trace, number_of(span.spanId) AS id, number_of(span.parentSpanId) AS parent
FROM (
    SELECT batch.resource AS resource, arrayJoin(arrayFlatten(batch.scopeSpans.spans)) AS span
    FROM (SELECT arrayJoin(resourceSpans) AS batch FROM file('{file}', JSONEachRow, 'resourceSpans Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value Tuple(stringValue String)))),
        scopeSpans Array(Tuple(spans Array(Tuple(traceId String, spanId String, parentSpanId String, kind UInt8,
            status Tuple(code UInt8)))))))'))
)
"""

EDGES = """
SELECT client.service AS caller, server.service AS callee, count() AS calls, sum(client.failed OR server.failed) AS errors
FROM spans AS server JOIN spans AS client ON server.trace = client.trace AND server.parent = client.id
WHERE server.kind = 2 AND client.kind = 3
GROUP BY caller, callee
"""


TRACES = """
CREATE TABLE otel_traces ENGINE = Memory AS
WITH
    (attributes) -> CAST(arrayMap(attribute -> (attribute.key, multiIf(
        attribute.value.stringValue != '', attribute.value.stringValue, attribute.value.intValue)), attributes),
        'Map(LowCardinality(String), String)') AS map_of
SELECT
    fromUnixTimestamp64Nano(toInt64(span.startTimeUnixNano)) AS Timestamp, span.traceId AS TraceId, span.spanId AS SpanId,
    span.parentSpanId AS ParentSpanId, '' AS TraceState, span.name AS SpanName,
    ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'][span.kind + 1] AS SpanKind,
    ResourceAttributes['service.name'] AS ServiceName, map_of(resource.attributes) AS ResourceAttributes,
    map_of(span.attributes) AS SpanAttributes, span.endTimeUnixNano - span.startTimeUnixNano AS Duration,
    ['Unset', 'Ok', 'Error'][span.status.code + 1] AS StatusCode,
    []::Array(String) AS `Links.TraceId`, []::Array(String) AS `Links.SpanId`
FROM (
    SELECT batch.resource AS resource, arrayJoin(arrayFlatten(batch.scopeSpans.spans)) AS span
    FROM (SELECT arrayJoin(resourceSpans) AS batch FROM file('{file}', JSONEachRow, 'resourceSpans Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value Tuple(stringValue String, intValue String)))),
        scopeSpans Array(Tuple(spans Array(Tuple(traceId String, spanId String, parentSpanId String, kind UInt8,
            name String, startTimeUnixNano UInt64, endTimeUnixNano UInt64, status Tuple(code UInt8),
            attributes Array(Tuple(key String, value Tuple(stringValue String, intValue String)))))))))'))
)
"""


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def chdb(what, file, threads):
    """Within a process of its own: the answer in a file beside the input, and what it cost on standard output."""
    from chdb import session
    engine = session.Session()
    engine.query("SET input_format_skip_unknown_fields = 1, input_format_json_ignore_unknown_keys_in_named_tuple = 1")
    engine.query("SET session_timezone = 'UTC'")
    if threads:
        engine.query(f"SET max_threads = {threads}, max_insert_threads = {threads}")
        engine.query(f"SET input_format_parallel_parsing = {int(threads > 1)}, max_parsing_threads = {threads}")
    load, ask = SPANS, EDGES
    if what == "summary":
        load, ask = TRACES, subprocess.run([LINCHPIN, "sql", "clickhouse"], capture_output=True, check=True).stdout.decode()
    library, cpu, start = peak_mib(), time.process_time(), time.perf_counter()
    engine.query(load.replace("{file}", os.path.abspath(file)))
    rows = engine.query(ask, "JSONCompactEachRow").bytes()
    cost = {"wall_s": time.perf_counter() - start, "cpu_s": time.process_time() - cpu, "peak_mib": peak_mib()}
    with open(f"{file}.rows", "wb") as out:
        out.write(rows)
    print(json.dumps(cost | {"library_mib": library}))


def by_chdb(what, file, threads):
    command = [sys.executable, __file__, "--chdb", what, file, str(threads)]
    cost = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    rows = f"{file}.rows"
    if what == "summary":
        answer = subprocess.run([LINCHPIN, "ingest", rows, "--quiet"], capture_output=True, check=True).stdout
    else:
        answer = sorted([a, b, int(calls), int(errors)] for a, b, calls, errors in map(json.loads, open(rows)))
    os.remove(rows)
    return answer, cost


def by_linchpin(what, file, threads):
    summary = f"{file}.edges"
    command = [LINCHPIN, "ingest", file, "--quiet", "-o", summary] + (["--threads", str(threads)] if threads else [])
    start = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, used = os.wait4(child.pid, 0)
    cost = {"wall_s": time.perf_counter() - start, "cpu_s": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}
    assert status == 0, command
    with open(summary, "rb") as lines:
        answer = lines.read()
    os.remove(summary)
    return answer if what == "summary" else edges_of(answer), cost


def edges_of(summary):
    """Calls and errors between services, as EDGES gives them."""
    edges = {}
    for line in map(json.loads, summary.splitlines()):
        edge = line.get("edge")
        if edge and "service" in edge["to"]:
            ends = tuple("{namespace}/{name}".format(**end) for end in (edge["from"], edge["to"]["service"]))
            calls, errors = edges.get(ends, (0, 0))
            edges[ends] = calls + edge["measured"]["calls"], errors + edge["measured"].get("errors", 0)
    return sorted([*ends, calls, errors] for ends, (calls, errors) in edges.items())


def main():
    if sys.argv[1] == "--chdb":
        return chdb(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    what, file = sys.argv[1:3]
    rounds, threads = int((sys.argv[3:] + ["5"])[0]), int((sys.argv[4:] + ["0"])[0])
    costs, answers = {"chdb": [], "linchpin": []}, []
    for _ in range(rounds):
        for name, reader in (("chdb", by_chdb), ("linchpin", by_linchpin)):
            answer, cost = reader(what, file, threads)
            answers.append(answer)
            costs[name].append(cost)
    row = {"op": f"otlp_json_to_{what}", "threads": threads or "any", "equal": all(a == answers[0] for a in answers)}
    median = {name: {what: statistics.median(cost[what] for cost in all_of) for what in all_of[0]}
              for name, all_of in costs.items()}
    for name, values in median.items():
        row |= {f"{name}_{what}": round(value, 3) for what, value in values.items()}
    row |= {f"{what}_ratio": round(median["chdb"][what] / median["linchpin"][what], 2) for what in median["linchpin"]}
    print(json.dumps(row))


main()
