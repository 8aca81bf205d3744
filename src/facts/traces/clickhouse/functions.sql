-- Who calls whom, and how that goes: the traces of {{table}}.
--
-- Each row is a line of an edge summary (linchpin.edges/1). `linchpin ingest` reads them, and they say what it would find
-- in the same spans. The table is read once and nothing is joined: spans are grouped by trace, and what happens between
-- spans of one trace is worked out in arrays. So a table that is sharded by trace id is summarised on each shard alone,
-- and `linchpin merge` adds up what shards say.
--
-- In the arrays of a trace, one position is always about the same span. Positions start at 1, and 0 is none. Pointers are
-- arrays of positions; `pick` follows them. Followed log2(n) times, each time twice as far, they lead to the end of any
-- chain: that is how a query without recursion walks up a tree of any depth.
--
-- Kinds of spans are 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. Modes are 0 none, 1 call,
-- 2 publish, 3 consume. Accesses are 0 unknown, 1 read, 2 write.
WITH
    -- Texts ----------------------------------------------------------------------------------------------------------
    '\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}' AS space,
    (text) -> replaceRegexpAll(text, concat('^[', space, ']+|[', space, ']+$'), '') AS trimmed,
    -- A name without control characters, and not too long.
    (text) -> substringUTF8(replaceRegexpAll(trimmed(toValidUTF8(text)), '\\p{Cc}', ''), 1, 200) AS clean,
    (candidates) -> arrayFirst(text -> text != '', candidates) AS first_of,
    -- An operation's name without what differs from request to request: numbers, UUIDs, long hexadecimal ids.
    (part) -> match(part, '^[0-9]+$') OR (length(part) >= 16 AND match(part, '^[0-9a-fA-F-]+$') AND match(part, '[0-9]'))
        AS is_id,
    (name) -> arrayStringConcat(arrayMap(part -> if(is_id(part), '{}', part),
        splitByChar('/', extract(name, '^[^?]*'))), '/') AS without_ids,
    (name) -> if(match(name, '[/?]'), replaceRegexpOne(without_ids(name), '^([^/]*:)//[^/]*@', '\\1//'), name)
        AS operation_of,
    -- Addresses: the part of a URL between scheme and path, else what is before the first slash. Credentials are cut off.
    (text) -> extract(replaceRegexpOne(text, '^(?s:.*?)://', ''), '^[^/?#]*') AS authority,
    (text) -> replaceRegexpOne(authority(text), '^(?s:.*)@', '') AS place_of,
    (place) -> multiIf(match(place, '^\\[[^\\]]*\\]'), extract(place, '^\\[([^\\]]*)\\]'),
        countSubstrings(place, ':') > 1, place, extract(place, '^[^:]*')) AS host_part,
    (place) -> multiIf(match(place, '^\\[[^\\]]*\\]'), extract(place, '^\\[[^\\]]*\\]:((?s:.*))$'),
        countSubstrings(place, ':') > 1, '', extract(place, '^[^:]*:((?s:.*))$')) AS port_part,
    -- Old clients write IPv4 addresses as numbers: nobody would recognise them.
    (host) -> if(match(host, concat('[', space, ']|^-?[0-9]*$')), '', lower(host)) AS usable,
    (place) -> usable(clean(replaceRegexpOne(host_part(place), '[.]+$', ''))) AS host_of,
    (digits) -> if(digits = '' OR toUInt32OrZero(digits) > 65535, -1, toInt32(toUInt32OrZero(digits))) AS port_number,
    (text) -> port_number(extract(text, '^[+]?0*([0-9]{1,5})$')) AS port_of,
    (host) -> match(host, '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$')
        AS is_v4,
    (host) -> is_v4(host) OR isIPv6String(host) AS is_ip,
    (host) -> host = 'localhost' OR endsWith(host, '.localhost')
        OR (is_v4(host) AND (startsWith(host, '127.') OR host = '0.0.0.0'))
        OR (isIPv6String(host) AND toIPv6OrDefault(host) IN (toIPv6('::'), toIPv6('::1'))) AS is_loopback,
    -- What a call does to a store, by the first word of its operation or query.
    (text) -> lower(substring(extract(text, concat('^[', space, ']*([0-9A-Za-z_]*)')), 1, 24)) AS first_word,
    (word) -> multiIf(
        match(word, '^(findand|find_and|getdel|getset|getex)'), 2,
        match(word, '^(find|get|scan|batchget|count|describe|list)') OR word IN ({{reads}}), 1,
        match(word, '^(insert|update|delete|put|create|drop|alter|batchwrite|replace|bulk)') OR word IN ({{writes}}), 2,
        0) AS access_of,
    (digits, text) -> length(text) = digits AND match(text, '^[0-9a-fA-F]*[1-9a-fA-F][0-9a-fA-F]*$') AS is_id_of,
    (hexadecimal) -> reinterpretAsUInt64(reverse(unhex(hexadecimal))) AS number_of,
    -- Sampling: how many requests a span stands for, in thousandths, from `ot=th:…` or `ot=p:…`; 0 if it does not say.
    (state) -> splitByChar(';', substring(arrayFirst(member -> startsWith(member, 'ot='),
        arrayMap(member -> trimmed(member), splitByChar(',', state))), 4)) AS ot_pairs,
    (pairs, field) -> arrayFirst(pair -> startsWith(pair, field), pairs) AS ot_field,
    (digits) -> 72057594037927936::UInt128 - reinterpretAsUInt64(reverse(unhex(rightPad(digits, 14, '0')))) AS kept_by,
    (kept) -> toUInt64(least(intDiv(72057594037927936000::UInt128 + intDiv(kept, 2), greatest(kept, 1)),
        18446744073709551615::UInt128)) AS count_of,
    (th, p) -> multiIf(
        match(th, '^th:[0-9a-fA-F]{1,14}$'), count_of(kept_by(substring(th, 4))),
        th = '' AND match(p, '^p:[+]?0*([0-9]|[1-5][0-9]|6[0-2])$'),
            toUInt64(least(bitShiftLeft(1000::UInt128, toUInt8OrZero(extract(p, '[0-9]{1,2}$'))), 18446744073709551615::UInt128)),
        0::UInt64) AS stands_for_of,
    (pairs) -> stands_for_of(ot_field(pairs, 'th:'), ot_field(pairs, 'p:')) AS stands_for,
    -- Durations: the bucket of the sketch is the exponent and the next six bits; below 128 ns it is the value.
    (ns) -> toUInt8(floor(log2(greatest(ns, 1)))) AS rough_log,
    (ns) -> toUInt8(greatest(toInt16(rough_log(ns)) - (bitShiftLeft(1::UInt64, rough_log(ns)) > ns) - 6, 0)) AS exponent,
    (ns) -> if(ns = {{unknown}}, {{no_bucket}}, toUInt16(exponent(ns) * 64 + bitShiftRight(ns, exponent(ns))))::UInt16
        AS bucket_of,
    -- The number of a message, from its trace and its sender's span: MurmurHash3's finalizer. Many are told in chunks.
    (number) -> bitXor(number, bitShiftRight(number, 33)) AS shifted,
    (low, id) -> shifted(shifted(shifted(bitXor(low * 11400714819323198485, id)) * 18397679294719823053)
        * 14181476777654086739) AS message_of,
    (number) -> toString(bitShiftRight(number, 58)) AS chunk_of,
    -- Types ----------------------------------------------------------------------------------------------------------
    (fields) -> CAST(fields AS Tuple(id UInt64, kind UInt8, high_order UInt64, start UInt64, duration UInt64,
        parent UInt64, weight UInt64, service String, name String, peer String, failed UInt8, resent UInt8,
        semantic UInt8, mode UInt8, access UInt8)) AS as_record,
    -- Calls are sorted by their first fields: those of one request to one provider, and tries of one call, are neighbours.
    -- An end of 0 is unknown. The outcome is whether the caller's own request failed: 0 no, 1 yes, 2 unknown.
    (fields) -> CAST(fields AS Tuple(request UInt32, provider String, mode UInt8, callee String, parent UInt32,
        start UInt64, id UInt64, end UInt64, duration UInt64, service String, operation String, weight UInt64,
        failed UInt8, outcome UInt8, resent UInt8, detached UInt8, skewed UInt8, access UInt8)) AS as_call,
    as_call((0, '', 0, '', 0, 0, 0, 0, 0, '', '', 0, 0, 0, 0, 0, 0, 0)) AS no_call,
    (call, provider, mode) -> as_call((call.request, provider, mode, call.callee, call.parent, call.start, call.id,
        call.end, call.duration, call.service, call.operation, call.weight, call.failed,
        if(mode = 3, 2, call.outcome), call.resent, call.detached AND mode = 1, 0, call.access)) AS towards,
    -- Arrays ---------------------------------------------------------------------------------------------------------
    (values, pointers, none) -> arrayReduceInRanges('any', arrayMap(at -> (at + 1, 1), pointers),
        arrayPushFront(values, none)) AS pick,
    (pointers) -> arrayFilter(at -> at > 0, pointers) AS targets_of,
    -- The array, or an empty one: work that few traces need costs the others nothing.
    (values, wanted) -> arraySlice(values, 1, if(wanted, length(values), 0)) AS only_if,
    -- Where pointers lead to, each followed to its end in the rounds given.
    (pointers, rounds) -> arrayFold((reached, round) -> pick(reached, reached, 0), rounds, pointers) AS follow,
    -- 1 at every position that is a target.
    (positions, targets) -> arrayResize(arrayReduce('maxMap',
        [arrayConcat(only_if(positions, notEmpty(targets)), targets)],
        [arrayConcat(arrayWithConstant(length(only_if(positions, notEmpty(targets))), 0::UInt8),
            arrayWithConstant(length(targets), 1::UInt8))]).2, length(positions), 0::UInt8) AS mark,
    -- The marks, and what pointers lead to from there.
    (positions, marks, pointers, rounds) -> arrayFold((state, round) -> (
        arrayMap((own, lower) -> greatest(own, lower), state.1,
            mark(positions, targets_of(arrayMap((marked, at) -> if(marked, at, 0), state.1, state.2)))),
        pick(state.2, state.2, 0)), rounds, (marks, pointers)).1 AS spread,
    -- How often every position is a target.
    (positions, targets) -> arrayMap(times -> toUInt32(times - 1), arrayReduce('sumMap',
        [arrayConcat(positions, targets)],
        [arrayWithConstant(length(positions) + length(targets), 1::UInt64)]).2) AS tally,
    -- Positions of the keys that are wanted, each that of the key with the greatest preference. Keys that are there and
    -- keys that are wanted are sorted into one list; each wanted one takes the last before it.
    (keys, preferences, wanted) -> arraySort(arrayConcat(
        arrayMap((key, preference, at) -> (key, preference, 0::UInt32, at), keys, preferences, arrayEnumerate(keys)),
        arrayMap((key, at) -> (key, 9223372036854775807::Int64, at, 0::UInt32), wanted, arrayEnumerate(wanted))))
        AS one_list,
    (list) -> arrayMap(found -> found.2, arraySort(arrayFilter(found -> found.1 > 0, arrayMap(
        (entry, best) -> (entry.3, if(entry.1 = best.1, best.4, 0)),
        list, arrayFill(entry -> entry.3 = 0, list))))) AS found_in,
    -- Lines ----------------------------------------------------------------------------------------------------------
    -- One count. An edge's are calls, errors, requests with that callee, failures, contained, requests, retries, reads,
    -- writes, detached, skewed; an operation's are requests, entries, errors.
    (fields) -> CAST(fields AS Tuple(line UInt8, service String, provider String, mode UInt8, name String, other String,
        detail String, counts Array(UInt64), most Array(UInt64), weights Array(UInt128), bucket UInt16, start UInt64,
        identities Array(String))) AS as_fact,
    (call, is_first, is_first_of_callee, repeats, skewed) -> [1, call.failed, is_first_of_callee,
        call.failed AND call.outcome != 2, call.failed AND call.outcome = 0, is_first, repeats,
        call.access = 1, call.access = 2, call.detached, skewed] AS outcomes,
    (names, numbers) -> arrayStringConcat(arrayMap((name, number) -> concat('"', name, '":', toString(number)),
        names, numbers), ',') AS members,
    (prefix, names, numbers) -> members(
        arrayMap(name -> substring(name, length(prefix) + 1), arrayFilter(name -> startsWith(name, prefix), names)),
        arrayFilter((number, name) -> startsWith(name, prefix), numbers, names)) AS counters,
    -- What was put into one text, part by part.
    (names, text) -> arrayStringConcat(arrayMap((name, part) -> concat('"', name, '":', toJSONString(part)),
        names, splitByChar('\x1f', text)), ',') AS parts,
    (access) -> ['unknown', 'read', 'write'][access + 1] AS access_word,
    (flag) -> if(flag, 'true', 'false') AS bool_json,
    (call) -> concat('{"service":', if(call.service = '', 'null', concat('{', parts(['namespace', 'name'], call.service),
        '}')), ',"operation":', toJSONString(call.operation), ',"name":', toJSONString(call.callee), ',"adjusted":',
        toString(call.weight), ',"failed":', bool_json(call.failed), ',"request_failed":',
        ['false', 'true', 'null'][call.outcome + 1], ',"access":"', access_word(call.access), '"}') AS sender_json,
    -- In a JSON string the pattern below would have its quotes escaped.
    (text) -> if(countSubstrings(text, '\x1f') = 1,
        concat('{"service":{', parts(['namespace', 'name'], text), '}}'),
        concat('{"node":{', replaceRegexpOne(replaceOne(parts(['kind', 'system', 'address', 'port', 'name'], text),
            '"port":""', '"port":null'), '"port":"([0-9]+)"', '"port":\\1'), '}}')) AS endpoint_json,
    (span, nth) -> concat('{"service":{', parts(['namespace', 'name'], span.service), '},"name":', toJSONString(span.name),
        ',"queue":', if(span.mode = 3 AND span.peer != '', endpoint_json(span.peer), 'null'), ',"adjusted":',
        toString(span.weight), ',"failed":', bool_json(span.failed), ',"access":"', access_word(span.access),
        '","first":', bool_json(nth = 1), '}') AS handler_json,
