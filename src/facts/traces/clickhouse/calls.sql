
-- Each span as a call that it makes, as far as it alone tells. A call that nothing in its service asked for has no request
-- whose outcome could tell. A call is detached if it ends after its request: nobody waited for it.
ends AS (
    SELECT
        *,
        arrayMap((start, duration) -> if(start = 0 OR duration = {{unknown}}, 0, start + duration),
            spans.start, spans.duration) AS ends,
        pick(is_call, requests, 0) AS by_call,
        -- A link may lead to anything. Only a span that sends is a sender.
        arrayMap((id, kind, mode) -> if(kind = 4 OR mode = 2, id, 0), spans.id, spans.kind, spans.mode) AS sender_ids,
        arrayMap((call, at) -> toInt64(call) * 4294967296 - at, is_call, positions) AS calls_first
    FROM answers
),
own_calls AS (
    SELECT
        * EXCEPT (ends, by_call, sender_ids, calls_first),
        arrayMap((span, service, request, operation, parent, end, request_failed, by_call, request_end) ->
            as_call((request, '', 0, span.name, parent, span.start, span.id, end, span.duration, service, operation,
                span.weight, span.failed, if(by_call, 2, request_failed), span.resent,
                end > 0 AND request_end > 0 AND NOT by_call AND end > request_end, 0, span.access)),
            spans, service_names, requests, pick(spans.name, requests, ''), parents, ends,
            pick(spans.failed, requests, 0), by_call, pick(ends, requests, 0)) AS own_calls,
        arrayMap((peer, mode) -> if(mode = 2, peer, ''), spans.peer, spans.mode) AS sent_to,
        arrayMap((peer, mode) -> if(mode = 3, peer, ''), spans.peer, spans.mode) AS received_from,
        found_in(one_list(sender_ids, calls_first, messages.2)) AS senders,
        arrayDistinct(arrayFilter(id -> id > 0, sender_ids)) AS sent_ids,
        found_in(one_list(only_if(sender_ids, notEmpty(sent_ids)), only_if(calls_first, notEmpty(sent_ids)), sent_ids))
            AS own_senders
    FROM ends
),

called AS (
    SELECT
        identities,
        -- Spans under another service's: calls.
        arrayFilter(call -> call.mode > 0, arrayMap(
            (site, own, service, site_is_call, site_kind, kind, callees, sent, received, receives) -> multiIf(
                site.service = '', no_call,
                -- A message: the queue between both stands on either, or on none.
                site_kind = 4 OR kind = 5 OR receives, multiIf(
                    -- Each side's own span speaks for itself; here only what connects them is missing.
                    sent != '' AND sent = received, no_call,
                    sent != '', towards(own, sent, 3),
                    received != '', towards(site, received, 2),
                    as_call((site.request, service, 2, own.callee, site.parent, site.start, own.id, site.end, site.duration,
                        site.service, site.operation, site.weight, own.failed OR site.failed, site.outcome, site.resent,
                        0, 0, site.access))),
                -- With several callees the site's times are those of all of them together.
                as_call((site.request, service, 1, own.callee, site.parent,
                    if(callees = 1 AND site_is_call AND site.duration != {{unknown}}, site.start, own.start),
                    own.id,
                    if(callees = 1 AND site_is_call AND site.duration != {{unknown}}, site.end, own.end),
                    if(callees = 1 AND site_is_call AND site.duration != {{unknown}}, site.duration, own.duration),
                    site.service, site.operation, own.weight,
                    own.failed OR (callees = 1 AND site_is_call AND site.failed),
                    site.outcome, site.resent, site.detached,
                    own.start > 0 AND site.start > 0 AND own.start < site.start, site.access))),
            pick(own_calls, crossings, no_call), own_calls, service_names, pick(is_call, crossings, 0),
            pick(spans.kind, crossings, 0), spans.kind, pick(callees, crossings, 0),
            pick(sent_to, crossings, ''), received_from, arrayMap(mode -> mode = 3, spans.mode))) AS crossing_calls,
        -- What spans say of their other side, where nobody there recorded a span.
        arrayFilter(call -> call.mode > 0, arrayMap(
            (own, span, answered, below, outer, outer_peer, outer_semantic, parent_peer, parent_mode) -> multiIf(
                own.service = '' OR span.peer = '', no_call,
                -- A span within a span about the same thing: a driver within a mapper, HTTP within a store's client.
                outer > 0 AND (outer_peer = span.peer OR outer_semantic AND NOT span.semantic), no_call,
                NOT multiIf(span.kind IN (3, 4), 1, span.kind = 5, span.mode != 1,
                    span.kind IN (0, 1), span.semantic AND NOT below, 0), no_call,
                span.mode = 1 AND answered, no_call,
                -- A consumer within its own receive span.
                span.kind = 5 AND parent_peer = span.peer AND parent_mode = span.mode, no_call,
                towards(own, span.peer, span.mode)),
            own_calls, spans, is_answered, has_call_below, outer_sites,
            pick(spans.peer, outer_sites, ''), pick(spans.semantic, outer_sites, 0),
            pick(spans.peer, parents, ''), pick(spans.mode, parents, 0))) AS node_calls,
        -- Consumers elsewhere that say which of this trace's messages they handle.
        arrayMap((message, target, sender, sent) -> (
            multiIf(
                target = 0 OR sent != '' AND message.7.mode = 3 AND message.7.peer = sent, no_call,
                -- Below its sender as well, it is a call already.
                message.3 = low AND message.7.parent = message.2, no_call,
                sent != '', as_call((0, sent, 3, message.7.name, 0, message.7.start, message.7.id, 0, message.7.duration,
                    message.7.service, message.7.name, message.7.weight, message.7.failed, 2, 0, 0, 0, message.7.access)),
                message.7.mode = 3 AND message.7.peer != '', towards(sender, message.7.peer, 2),
                as_call((0, message.7.service, 2, message.7.name, 0, sender.start, sender.id, sender.end, sender.duration,
                    sender.service, sender.operation, sender.weight, sender.failed OR message.7.failed, sender.outcome, 0,
                    0, 0, sender.access))),
            -- A consumer of several messages is one request.
            (sent = '' OR message.6 = 1)::UInt8),
            messages, senders, pick(own_calls, senders, no_call), pick(sent_to, senders, '')) AS message_calls,
        -- What other summaries may have the other side of: messages that were sent, and those whose senders are not here.
        arrayMap((sender, sent) -> as_fact((5, '', sent, 0, if(sent = '', sender_json(sender), ''),
            chunk_of(message_of(low, sender.id)),
            if(sent != '', toString(message_of(low, sender.id)), concat('[', toString(message_of(low, sender.id)), ',',
                toString(sender.start), ',', if(sender.duration = {{unknown}}, 'null', toString(sender.duration)), ']')),
            [1], [], [], {{no_bucket}}, 0, [])),
            pick(own_calls, own_senders, no_call), pick(sent_to, own_senders, '')) AS sent_messages,
        arrayMap(message -> as_fact((6, '', '', 0, handler_json(message.7, message.6), chunk_of(message_of(low, message.2)),
            concat('[', toString(message_of(low, message.2)), ',', toString(message.7.start), ']'),
            [1], [], [], {{no_bucket}}, 0, [])),
            arrayFilter((message, target) -> target = 0, messages, senders)) AS awaited_messages,
        arrayFilter(request -> request.1, arrayMap((request, service, span, parent) ->
            (request, service, span.name, span.weight, span.failed, span.duration,
                -- From outside: a server span at the root of its trace.
                parent = 0 AND span.parent = 0 AND span.kind IN (0, 2)),
            is_request, service_names, spans, parents)) AS handled,
        spans.service AS recorded,
        arrayConcat(account, [
            ('odd:unlinked', arrayCount(target -> target = 0, senders)),
            ('odd:no-peer', arrayCount((service, span, answered, below) ->
                service > 0 AND span.peer = '' AND span.kind = 3 AND NOT answered AND NOT below,
                services, spans, is_answered, has_call_below)),
            ('used', arrayCount(service -> service != '', spans.service)),
            ('dropped:no-service', arrayCount(service -> service = '', spans.service))]) AS account
    FROM own_calls
),

-- Calls of one request set beside each other: how many there are, what repeats a failed one, and what runs in parallel.
ordered AS (
    SELECT
        * EXCEPT (crossing_calls, node_calls),
        arraySort(arrayConcat(crossing_calls, node_calls)) AS calls,
        arraySort(call -> (call.request, call.start, call.id), arrayFilter(call -> call.mode = 1 AND call.end > 0, calls))
            AS timed
    FROM called
),
numbered AS (
    SELECT
        *,
        arrayEnumerateUniq(calls.request, calls.provider, calls.mode) AS nth_of_request,
        arrayEnumerateUniq(calls.request, calls.provider, calls.mode, calls.callee) AS nth_of_callee,
        arrayEnumerate(timed) AS time_order,
        -- Each call against the one before it that ends last: enough to see what is parallel, and linear.
        arrayReduceInRanges('max',
            arrayMap((at, nth) -> (toUInt32(at - nth + 1), toUInt32(nth - 1)), time_order, arrayEnumerateUniq(timed.request)),
            arrayMap((end, at) -> bitShiftLeft(toUInt128(end), 32) + (4294967296 - at), timed.end, time_order)) AS last_ends
    FROM ordered
),
repeated AS (
    SELECT
        * EXCEPT (time_order, last_ends),
        arrayMap((call, last, nth) -> nth > 1 AND last.parent = call.parent AND last.failed AND last.end > 0
            AND last.end <= call.start,
            calls, arrayPopBack(arrayPushFront(calls, no_call)), nth_of_callee) AS repeats,
        arrayMap(last -> if(last = 0, 0, 4294967296 - toUInt64(bitAnd(last, 4294967295)))::UInt32, last_ends) AS running
    FROM numbered
),
counted AS (
    SELECT
        * EXCEPT (timed, running),
        -- Tries are counted from the last call that repeats none.
        arrayMap((at, first) -> at - first + 1, arrayEnumerate(calls),
            arrayFill((at, repeated) -> NOT repeated, arrayEnumerate(calls), repeats)) AS tries,
        arrayFilter(pair -> pair.3 != '', arrayMap((call, other, end) ->
            (call.service, call.provider, if(end > call.start AND other != call.provider, other, '')),
            timed, pick(timed.provider, running, ''), pick(timed.end, running, 0))) AS pairs
    FROM repeated
),
