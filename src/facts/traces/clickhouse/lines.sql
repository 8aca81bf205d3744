
-- All that is counted, one row each. Lines are 0 the account of spans, 1 services, 2 operations, 3 edges, 4 parallel calls,
-- 5 messages that were sent, 6 messages whose senders are not here.
facts AS (
    SELECT arrayJoin(arrayConcat(
        sent_messages, awaited_messages,
        arrayMap(count -> as_fact((0, '', '', 0, '', '', count.1, [count.2], [], [], {{no_bucket}}, 0, [])), account),
        arrayMap(known -> as_fact((1, known.1, '', 0, '', '', '', [0], [], [], {{no_bucket}}, 0, [known.2])), identities),
        arrayMap(service -> as_fact((1, service, '', 0, '', '', '', [1], [], [], {{no_bucket}}, 0, [])), recorded),
        arrayMap(request -> as_fact((2, request.2, '', 0, request.3, '', '', [1, request.7, request.5], [],
            [request.4, if(request.7, request.4, 0)], bucket_of(request.6), 0, [])), handled),
        arrayMap((call, nth, nth_callee, repeated, try) -> as_fact((
            3, call.service, call.provider, call.mode, call.operation, '', call.callee,
            outcomes(call, nth = 1, nth_callee = 1, repeated OR call.resent, call.skewed), [nth, try], [call.weight],
            if(call.mode = 3, {{no_bucket}}, bucket_of(call.duration)), call.start, [])),
            calls, nth_of_request, nth_of_callee, repeats, tries),
        arrayMap(sent -> as_fact((
            3, sent.1.service, sent.1.provider, sent.1.mode, sent.1.operation, '', sent.1.callee,
            outcomes(sent.1, sent.2, sent.2, 0, 0), [1, 1], [sent.1.weight],
            if(sent.1.mode = 3, {{no_bucket}}, bucket_of(sent.1.duration)), sent.1.start, [])),
            message_calls),
        arrayMap(pair -> as_fact((4, pair.1, pair.2, 1, '', pair.3, '', [1], [], [], {{no_bucket}}, 0, [])), pairs),
        arrayMap(pair -> as_fact((4, pair.1, pair.3, 1, '', pair.2, '', [1], [], [], {{no_bucket}}, 0, [])), pairs))) AS fact
    FROM counted
    UNION ALL
    -- No spans make a summary as well.
    SELECT as_fact((0, '', '', 0, '', '', 'seen', [0], [], [], {{no_bucket}}, 0, []))
),

-- A row for each line of the summary.
sums AS (
    SELECT
        fact.line AS line, fact.service AS service, fact.provider AS provider, fact.mode AS mode, fact.name AS name,
        fact.other AS other,
        sumForEach(fact.counts) AS counts,
        maxForEach(fact.most) AS most,
        sumForEach(fact.weights) AS weights,
        sumMapIf([fact.bucket], [1::UInt64], fact.bucket != {{no_bucket}}) AS latency,
        minIf(fact.start, fact.start > 0) AS first_start,
        max(fact.start) AS last_start,
        sumMapIf([fact.detail], [fact.counts[1]], [fact.counts[2]], [fact.counts[3]], fact.line IN (0, 3, 5, 6)) AS details,
        groupUniqArrayArray(fact.identities) AS identities
    FROM facts
    -- What belongs to no service is nobody's.
    WHERE fact.line IN (0, 5, 6) OR fact.service != ''
    GROUP BY line, service, provider, mode, name, other
),

-- As JSON.
words AS (
    SELECT
        line, service, provider, mode, name, other,
        counts, details, identities,
        -- How many requests there were with the callee is in the details.
        arrayConcat(if(line = 3, arrayConcat(arraySlice(counts, 1, 2), arraySlice(counts, 4)), counts), most, arrayMap(sum -> toUInt64(least(sum, {{unknown}})), weights)) AS numbers,
        concat('"latency":[', arrayStringConcat(arrayMap((bucket, count) -> concat('[', toString(bucket), ',',
            toString(count), ']'), latency.1, latency.2), ','), ']') AS latency_json,
        concat('"from":{', parts(['namespace', 'name'], service), '},"to":', endpoint_json(provider), ',"mode":"',
            ['', 'call', 'publish', 'consume'][mode + 1], '"') AS edge_json,
        concat('"messages":[', arrayStringConcat(arrayFlatten(arrayMap((detail, times) -> arrayWithConstant(times, detail),
            details.1, details.2)), ','), ']') AS messages_json,
        if(last_start = 0, '', concat(',"window":[', toString(first_start), ',', toString(last_start), ']')) AS window_json
    FROM sums
)
SELECT
    multiIf(
        line = 0, concat('{"schema":"linchpin.edges/1","spans":{', members(['seen', 'used'],
            arrayMap(wanted -> details.2[indexOf(details.1, wanted)], ['seen', 'used'])),
            ',"dropped":{', counters('dropped:', details.1, details.2),
            '},"odd":{', counters('odd:', details.1, details.2), '}}}'),
        line = 1, concat('{"service":{', parts(['namespace', 'name'], service), ',"spans":', toString(counts[1]),
            ',"identities":[', arrayStringConcat(arrayMap(identity -> concat('{', parts(
                ['cluster', 'namespace', 'workload_kind', 'workload', 'container', 'region'], identity), '}'), identities),
                ','), ']}}'),
        line = 2, concat('{"operation":{', parts(['namespace', 'service'], service), ',"name":', toJSONString(name), ',',
            members(['requests', 'entries', 'errors', 'adjusted', 'entries_adjusted'], numbers), ',', latency_json, '}}'),
        line = 3, concat('{"edge":{', edge_json, ',"operation":', toJSONString(name), ',"measured":{',
            members(['calls', 'errors', 'failures', 'contained', 'requests', 'retries', 'reads',
                'writes', 'detached', 'skewed', 'most_calls', 'most_tries', 'adjusted'], numbers), ',', latency_json,
            ',"callees":{', arrayStringConcat(arrayMap((callee, calls, errors, requests) -> concat(toJSONString(callee), ':{',
                members(['calls', 'errors', 'requests'], [calls, errors, requests]), '}'),
                details.1, details.2, details.3, details.4), ','), '}', window_json, '}}}'),
        line = 5 AND provider != '', concat('{"sent":{"to":', endpoint_json(provider), ',', messages_json, '}}'),
        line = 5, concat('{"sender":{"by":', name, ',', messages_json, '}}'),
        line = 6, concat('{"handler":{"by":', name, ',', messages_json, '}}'),
        concat('{"parallel":{', edge_json, ',"with":', endpoint_json(other), ',"times":', toString(counts[1]), '}}')) AS summary
FROM words
ORDER BY line, service, provider, mode, name, other
FORMAT TSVRaw
