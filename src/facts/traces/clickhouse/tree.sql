
-- The spans of a trace, and the links of consumers that lead into it. Exporters that cut the high half of trace ids off
-- are why only the low half counts.
grouped AS (
    SELECT
        place.1 AS low,
        groupArrayIf(record, is_valid AND place.4 = 0) AS all_records,
        groupArrayIf((place.2, place.3, trace, record.id, record.kind, place.4, record), place.4 > 0) AS all_links,
        groupUniqArrayIf((service, identity), is_valid AND service != '' AND place.4 = 0) AS identities,
        countIf(place.4 = 0) AS seen,
        countIf(NOT is_valid AND place.4 = 0) AS invalid,
        countIf(is_valid AND adjusted > 0 AND place.4 = 0) AS sampled,
        if(notEmpty(all_records), minIf(start, is_valid AND place.4 = 0), min(start)) AS trace_start
    FROM records
    ARRAY JOIN places AS place
    -- What has no trace counts by its own time.
    WHERE is_valid OR {{span_window}}
    GROUP BY low
),

-- In order of ids. Two traces with one low half are told apart if both have a high one; what is counted by the low half
-- alone counts with the first.
sorted AS (
    SELECT
        low,
        arraySort(arrayFilter(record -> NOT is_split OR bitNot(record.high_order) = high, all_records)) AS records,
        arraySort(arrayFilter(link -> NOT is_split OR link.1 = high, all_links)) AS links,
        if(number = 1, identities, []) AS identities,
        if(number = 1, [seen, invalid, sampled], [0, 0, 0]) AS counts
    FROM (
        SELECT
            *,
            arrayDistinct(arrayMap(record -> bitNot(record.high_order), all_records)) AS highs,
            length(arrayFilter(high -> high != 0, highs)) > 1 AS is_split
        FROM grouped
        -- A trace belongs to the period that it starts in.
        WHERE {{trace_window}}
    )
    ARRAY JOIN if(is_split, highs, [0]) AS high, arrayEnumerate(if(is_split, highs, [0])) AS number
),

-- Without duplicates.
traces AS (
    SELECT
        low,
        arrayFilter((record, nth) -> nth = 1, records, arrayEnumerateUniq(records.id, records.kind)) AS spans,
        arrayFilter((link, nth) -> nth = 1, links, arrayEnumerateUniq(links.1, links.2, links.3, links.4, links.5))
            AS messages,
        identities,
        [('seen', counts[1]), ('dropped:invalid-id', counts[2]), ('odd:sampled', counts[3]),
            ('dropped:duplicate', toUInt64(length(records) - length(spans))),
            ('odd:no-time', arrayCount(duration -> duration = {{unknown}}, spans.duration)::UInt64)] AS account
    FROM sorted
),

-- What several of the following steps need.
sorts AS (
    SELECT
        *,
        arrayEnumerate(spans) AS positions,
        range(toUInt8(ceil(log2(length(spans) + 1)))) AS rounds,
        arrayMap(kind -> kind IN (3, 4), spans.kind) AS is_call,
        arrayMap(kind -> kind IN (2, 5), spans.kind) AS is_served,
        -- Services as numbers; 0 is the span that does not say.
        arrayMap(service -> toUInt32(service - 1),
            arrayPopFront(arrayEnumerateDense(arrayPushFront(spans.service, '')))) AS own_services
    FROM traces
),

-- Each span's parent: by id, except for the server half of a span that both sides share, whose parent is its client half.
-- Of two halves, the parent is the one in the span's own service, else the server's.
named_parents AS (
    SELECT
        *,
        length(arrayDistinct(spans.id)) < length(spans) AS has_twins,
        arrayMap((served, at) -> toInt64(served) * 4294967296 - at, is_served, positions) AS preferences,
        found_in(one_list(spans.id, preferences, spans.parent)) AS by_id,
        arrayResize(found_in(one_list(
            only_if(arrayZip(spans.id, own_services), has_twins),
            only_if(preferences, has_twins),
            only_if(arrayZip(spans.parent, own_services), has_twins))), length(spans), 0) AS by_id_and_service,
        arrayResize(found_in(one_list(
            only_if(arrayMap((id, call) -> if(call, id, 0), spans.id, is_call), has_twins),
            only_if(arrayMap(at -> -toInt64(at), positions), has_twins),
            only_if(arrayMap((id, served) -> if(served, id, 0), spans.id, is_served), has_twins))), length(spans), 0)
            AS by_twin
    FROM sorts
),
stated_parents AS (
    SELECT
        * EXCEPT (has_twins, preferences, by_id, by_id_and_service, by_twin),
        arrayMap((at, parent, served, twin, same, any) -> multiIf(
            served AND twin > 0, twin,
            parent = 0, 0,
            same > 0 AND same != at, same,
            any != at, any, 0)::UInt32,
            positions, spans.parent, is_served, by_twin, by_id_and_service, by_id) AS stated_parents
    FROM named_parents
),

-- A span that is its own ancestor is cut from its parent: the first one that the way up from the first span meets twice.
looped AS (
    SELECT
        *,
        follow(stated_parents, rounds) AS ends,
        mark(positions, targets_of(ends)) AS on_cycle,
        only_if(rounds, arraySum(ends) > 0) AS cycle_rounds
    FROM stated_parents
),
cycles AS (
    SELECT
        * EXCEPT (ends, on_cycle, cycle_rounds),
        -- A cycle goes by its smallest position.
        pick(arrayFold((state, round) -> (
            pick(state.1, state.1, 0),
            arrayMap((own, next) -> if(next = 0, own, least(own, next)), state.2, pick(state.2, state.1, 0))),
            cycle_rounds, (stated_parents, positions)).2, ends, 0) AS cycle,
        follow(arrayMap((at, parent, on) -> if(on, at, parent), positions, stated_parents, on_cycle), cycle_rounds)
            AS entrance
    FROM looped
),
cuts AS (
    SELECT
        * EXCEPT (cycle, entrance),
        arrayFilter(cut -> cut.3 > 0 AND cut.4 = 1, arrayZip(positions, entrance, cycle, arrayEnumerateUniq(cycle))) AS cuts
    FROM cycles
),
acyclic AS (
    SELECT
        * EXCEPT (account, stated_parents, cuts),
        arrayMap((parent, cut) -> if(cut, 0, parent), stated_parents, mark(positions, cuts.2)) AS parents,
        arrayConcat(account, [
            ('odd:cycle', length(cuts)),
            ('odd:orphan', arrayCount((stated, id) -> stated = 0 AND id != 0, stated_parents, spans.parent)
                + arrayCount(cut -> cut.1 != cut.2, cuts))]) AS account
    FROM cuts
),

-- Spans that do not say their service belong to their parent's.
services AS (
    SELECT
        *,
        follow(arrayMap((at, own, parent) -> if(own > 0 OR parent = 0, at, parent), positions, own_services, parents),
            only_if(rounds, has(own_services, 0))) AS tellers,
        pick(own_services, tellers, 0) AS services,
        pick(spans.service, tellers, '') AS service_names
    FROM acyclic
),

-- A request is a span without a parent in its own service: where work came into the service. A service that calls itself:
-- its server spans are requests only if a call led to them; otherwise they are layers of one server.
boundaries AS (
    SELECT
        * EXCEPT (own_services, tellers),
        arrayMap((parent, service, above, own, served, called) ->
            parent = 0 OR service != above OR own > 0 AND served AND called,
            parents, services, pick(services, parents, 0), own_services, is_served, pick(is_call, parents, 0)) AS is_request,
        -- Spans of stores and queues without a better kind: they are calls if no call is below them.
        arrayMap((kind, semantic) -> kind IN (0, 1) AND semantic, spans.kind, spans.semantic) AS may_call
    FROM services
),

-- The request that a span is part of, and the nearest span above, or itself, that is a call site (a client or producer span)
-- or starts the request. The same for spans that may be call sites.
requests AS (
    SELECT
        *,
        follow(arrayMap((at, request, parent) -> if(request, at, parent), positions, is_request, parents), rounds)
            AS requests,
        follow(arrayMap((at, call, request, parent) -> if(call OR request, at, parent),
            positions, is_call, is_request, parents), rounds) AS tops,
        follow(arrayMap((at, call, may, request, parent) -> if(call OR may OR request, at, parent),
            positions, is_call, may_call, is_request, parents), only_if(rounds, has(may_call, 1))) AS wide_tops
    FROM boundaries
),
sites AS (
    SELECT
        * EXCEPT (tops, wide_tops),
        arrayMap((top, call) -> if(call, top, 0), tops, pick(is_call, tops, 0)) AS sites,
        if(has(may_call, 1), arrayMap((top, call, may) -> if(call OR may, top, 0), wide_tops, pick(is_call, wide_tops, 0),
            pick(may_call, wide_tops, 0)), sites) AS wide_sites
    FROM requests
),

-- Call sites above a span, within its request. Where a span is under another service's: the site that the call comes from.
outer_sites AS (
    SELECT
        * EXCEPT (sites, wide_sites),
        arrayMap((request, site) -> if(request, 0, site), is_request, pick(sites, parents, 0)) AS outer_sites,
        arrayMap((request, site) -> if(request, 0, site), is_request, pick(wide_sites, parents, 0)) AS wide_outer_sites,
        arrayMap((request, parent, site) -> multiIf(NOT request, 0, site > 0, site, parent),
            is_request, parents, pick(sites, parents, 0)) AS crossings
    FROM sites
),
below AS (
    SELECT
        *,
        tally(positions, targets_of(crossings)) AS callees,
        -- An outer call site (a client around a client) has been answered as well.
        mark(positions, targets_of(pick(outer_sites, crossings, 0))) AS answered_below,
        mark(positions, targets_of(arrayMap((call, outer) -> if(call, outer, 0), is_call, wide_outer_sites))) AS call_below
    FROM outer_sites
),
answers AS (
    SELECT
        * EXCEPT (wide_outer_sites, may_call, answered_below, call_below),
        arrayMap((times, outside) -> times > 0 OR outside, callees,
            spread(positions, answered_below, outer_sites, only_if(rounds, has(answered_below, 1)))) AS is_answered,
        spread(positions, call_below, wide_outer_sites, only_if(rounds, has(may_call, 1))) AS has_call_below
    FROM below
),
