-- The columns of the table, and of the attributes those that matter.
stored AS (
    SELECT
        TraceId AS trace_id, SpanId AS span_id, ParentSpanId AS parent_id, SpanName AS span_name,
        ServiceName AS service_name,
        transform(lower(replaceRegexpOne(SpanKind, '(?i)^SPAN_KIND_', '')),
            ['internal', 'server', 'client', 'producer', 'consumer'], [1, 2, 3, 4, 5], 0)::UInt8 AS span_kind,
        lower(replaceRegexpOne(StatusCode, '(?i)^STATUS_CODE_', '')) AS status,
        toUInt64(greatest(toUnixTimestamp64Nano(Timestamp), 0)) AS start,
        -- An end before its start is stored as a huge duration.
        if(start = 0 OR toUInt64(Duration) > 9223372036854775807, {{unknown}}, toUInt64(Duration))::UInt64 AS duration,
        arrayFilter(link -> is_id_of(32, link.1) AND is_id_of(16, link.2), arrayZip(`Links.TraceId`, `Links.SpanId`))
            AS messages,
        stands_for(ot_pairs(TraceState)) AS adjusted,
        {{resource_attributes}} AS resource,
        {{span_attributes}} AS attributes,
        is_id_of(32, trace_id) AND is_id_of(16, span_id) AND match(parent_id, '^([0-9a-fA-F]{16})?$') AS is_valid
    FROM {{table}}
    WHERE {{stored_window}}
),

-- What they say of the span itself; and texts without surrounding space. A server's span describes its caller and itself;
-- who calls it is known from the caller's span.
texts AS (
    SELECT
        * EXCEPT (trace_id, span_id, parent_id, span_name, status, resource, attributes),
        number_of(span_id) AS id,
        number_of(parent_id) AS parent,
        number_of(substring(trace_id, 17)) AS trace,
        number_of(substring(trace_id, 1, 16)) AS trace_high,
        -- "GET" alone says nothing; the route does.
        operation_of(clean(if(match(span_name, '[/ .]') OR NOT mapContains(attributes, 'http.route'),
            span_name, concat(span_name, ' ', attributes['http.route'])))) AS name,
        -- The status says so, or there is none and the protocol's own status does.
        status = 'error' OR status != 'ok' AND (
            arrayExists(code -> length(code) = 3 AND startsWith(code, '5'),
                [attributes['http.response.status_code'], attributes['http.status_code']])
            OR attributes['error.type'] != ''
            OR hasAny([attributes['rpc.grpc.status_code'], attributes['rpc.status_code'],
                attributes['rpc.response.status_code']],
                [{{rpc_failures}}])) AS failed,
        attributes['http.request.resend_count'] NOT IN ('', '0')
            OR attributes['http.resend_count'] NOT IN ('', '0') AS resent,
        mapContains(attributes, 'peer.service') AS says_service,
        [attributes['db.operation.name'], attributes['db.operation'], attributes['db.query.text'],
            attributes['db.statement'], span_name] AS statements,
        mapApply((key, value) -> (key, trimmed(value)), resource) AS of_resource,
        mapApply((key, value) -> (key, trimmed(value)), mapFilter((key, value) -> span_kind != 2, attributes)) AS said
    FROM stored
),

-- What attributes say under their current and deprecated names, the better ones first.
stated AS (
    SELECT
        *,
        first_of([of_resource['k8s.deployment.name'], of_resource['k8s.statefulset.name'],
            of_resource['k8s.daemonset.name'], of_resource['k8s.cronjob.name'], of_resource['k8s.job.name']])
            AS workload_name,
        of_resource['k8s.replicaset.name'] AS replica_set,
        of_resource['k8s.pod.name'] AS pod,
        first_of([of_resource['k8s.container.name'], of_resource['container.name']]) AS container,
        first_of([of_resource['service.namespace'], of_resource['k8s.namespace.name']]) AS namespace,
        first_of([said['service.peer.name'], said['peer.service']]) AS peer_service,
        first_of([said['server.address'], said['net.peer.name'], said['net.sock.peer.name'], said['peer.hostname'],
            said['http.host'], said['url.full'], said['http.url']]) AS named_address,
        first_of([said['network.peer.address'], said['net.sock.peer.addr'], said['net.peer.ip'],
            said['peer.address'], said['peer.ipv4']]) AS numeric_address,
        first_of([said['server.port'], said['net.peer.port'], said['network.peer.port'], said['net.sock.peer.port'],
            said['peer.port']]) AS stated_port,
        lower(first_of([said['db.system.name'], said['db.system'], said['db.type']])) AS stated_store,
        first_of([said['db.namespace'], said['db.name'], said['db.instance'],
            said['db.elasticsearch.cluster.name'], said['db.redis.database_index']]) AS database,
        lower(first_of([said['messaging.destination.temporary'], said['messaging.destination.anonymous'],
            said['messaging.temp_destination']])) = 'true' AS is_passing,
        first_of([said['messaging.destination.name'], said['messaging.destination'],
            said['message_bus.destination']]) AS stated_destination,
        lower(first_of([said['messaging.operation.type'], said['messaging.operation'],
            said['messaging.operation.name']])) AS message_operation
    FROM texts
),

-- Generated names: Kubernetes appends a hash to those of ReplicaSets and pods, reply queues have a new name each time.
named AS (
    SELECT
        *,
        match(extract(replica_set, '^(?s:.+)-([bcdfghjklmnpqrstvwxz2456789]{6,10})$'), '[0-9]') AS is_deployments_set,
        match(extract(pod, '^(?s:.+)-([a-z0-9]{6,10})-[a-z0-9]{5}$'), '[0-9]') AS is_deployments_pod,
        match(pod, '^(?s:.+)-([0-9]{1,4}|[bcdfghjklmnpqrstvwxz2456789]{5})$') AS has_suffix,
        clean(peer_service) AS called_service,
        place_of(named_address) AS name_place,
        place_of(numeric_address) AS number_place,
        clean(transform(stated_store, [{{old_names}}], [{{current_names}}], stated_store)) AS store,
        first_of([said['messaging.destination.template'],
            if(is_passing AND stated_destination != '', '(temporary)', stated_destination)]) AS destination_name
    FROM stated
),

hosts AS (
    SELECT
        *,
        multiIf(
            of_resource['k8s.deployment.name'] != '', 'deployment',
            of_resource['k8s.statefulset.name'] != '', 'statefulset',
            of_resource['k8s.daemonset.name'] != '', 'daemonset',
            of_resource['k8s.cronjob.name'] != '', 'cronjob',
            of_resource['k8s.job.name'] != '', 'job',
            replica_set != '', if(is_deployments_set, 'deployment', 'replicaset'),
            '') AS workload_kind,
        clean(multiIf(
            workload_name != '', workload_name,
            is_deployments_set, extract(replica_set, '^((?s:.+))-[^-]*$'),
            replica_set != '', replica_set,
            is_deployments_pod, extract(pod, '^((?s:.+))-[^-]*-[^-]*$'),
            has_suffix, extract(pod, '^((?s:.+))-[^-]*$'),
            pod)) AS workload,
        host_of(name_place) AS name_host,
        host_of(number_place) AS number_host,
        port_of(port_part(name_place)) AS name_port,
        port_of(port_part(number_place)) AS number_port,
        -- A queue's URL: its path names it.
        clean(if(position(destination_name, '://') > 0,
            extract(extract(destination_name, '^[^?]*'), '[^/]*$'), destination_name)) AS destination
    FROM named
),

-- Names are better than numbers. The caller's own host says nothing about who is called.
addresses AS (
    SELECT
        *,
        clean(first_of([of_resource['service.name'], trimmed(service_name), of_resource['faas.name'], workload, container]))
            AS own_name,
        multiIf(
            name_host != '', if(is_loopback(name_host), '', name_host),
            is_loopback(number_host), '', number_host) AS host,
        multiIf(
            name_host != '' AND name_port > 0, name_port,
            name_host = '' AND number_port > 0, number_port,
            port_of(stated_port)) AS port
    FROM hosts
),

-- Who recorded the span, and what a peer of each sort would be.
peers AS (
    SELECT
        *,
        if(own_name = '', '', concat(clean(namespace), '\x1f', own_name)) AS service,
        arrayStringConcat([clean(of_resource['k8s.cluster.name']), clean(of_resource['k8s.namespace.name']),
            workload_kind, workload, clean(container), clean(of_resource['cloud.region'])], '\x1f') AS identity,
        -- A number says less than the name that somebody gave to it; and nobody else's store is the same if a caller does
        -- not say where its store is.
        multiIf(
            peer_service != '' AND (host = '' OR is_ip(host)), lower(called_service),
            host != '', host,
            concat(store, '@', own_name)) AS store_address,
        transform(store, [{{systems}}], [{{usual_ports}}], -1) AS usual_port,
        if(store IN ({{caches}}), 'cache', 'datastore') AS store_kind,
        -- Without a destination only the broker is known, and only a message's span is about it.
        multiIf(
            destination != '' OR span_kind NOT IN (4, 5) AND said['messaging.system'] = '', '',
            host != '', host,
            called_service) AS broker,
        lower(clean(first_of([said['messaging.system'], 'messaging']))) AS queue_system,
        concat(if(said['service.peer.namespace'] != '' AND peer_service != '',
            concat(clean(said['service.peer.namespace']), '/'), ''), called_service) AS service_called
    FROM addresses
),

-- What the span says of its other side: kind, system, address, port and name of a node.
nodes AS (
    SELECT
        *,
        CAST(multiIf(
            stated_store != '', (store_kind, store, store_address,
                if(host = '' OR port < 0 OR port = usual_port, '', toString(port)), clean(database)),
            destination != '' OR broker != '', ('queue', queue_system, broker, '', destination),
            said['faas.invoked_name'] != '', ('function', '', '', '', clean(said['faas.invoked_name'])),
            said['aws.s3.bucket'] != '', ('object-store', '', '', '', clean(said['aws.s3.bucket'])),
            host != '', ('external', '', host, if(port < 0 OR port IN (80, 443), '', toString(port)), service_called),
            service_called != '', ('external', '', '', '', service_called),
            -- A gRPC client that knows no address still knows whom it talks to.
            ('external', '', '', '', clean(said['rpc.service']))
        ) AS Tuple(kind String, system String, address String, port String, name String)) AS node
    FROM peers
),

described AS (
    SELECT
        *,
        if(node.address = '' AND node.name = '', '',
            arrayStringConcat([node.kind, node.system, node.address, node.port, node.name], '\x1f')) AS peer,
        -- It is known by what it is, not only by an address.
        (node.kind != 'external')::UInt8 AS semantic,
        multiIf(
            node.address = '' AND node.name = '', 0,
            node.kind != 'queue', 1,
            message_operation IN ({{consuming}}), 3,
            message_operation IN ({{publishing}}), 2,
            span_kind = 5, 3, 2)::UInt8 AS mode
    FROM nodes
),

identified AS (
    SELECT
        *,
        -- Spans without a kind that describe a store, a queue or a peer service are calls.
        multiIf(
            span_kind != 0, span_kind,
            mode = 3, 5,
            mode = 2, 4,
            mode = 1 AND (semantic OR says_service), 3,
            0)::UInt8 AS kind,
        if(semantic, arrayFirst(access -> access > 0, arrayMap(text -> access_of(first_word(text)), statements)), 0)
            AS access,
        is_valid AND service != '' AND (span_kind = 5 OR mode = 3) AS is_receiver
    FROM described
),

-- A span reduced to what is kept of it until its trace is complete, and the traces where it belongs: its own, and, if it
-- receives messages, those of the messages.
records AS (
    SELECT
        is_valid, trace, service, identity, start, adjusted,
        as_record((id, kind, bitNot(trace_high), start, duration, parent, if(adjusted = 0, 1000, adjusted), service,
            name, peer, failed, resent, semantic, mode, access)) AS record,
        arrayConcat(
            [(if(is_valid, trace, 0), trace_high, 0::UInt64, 0::UInt32)],
            arrayMap((link, at) -> (number_of(substring(link.1, 17)), number_of(substring(link.1, 1, 16)), number_of(link.2), least(at, 2)),
                only_if(messages, is_receiver), arrayEnumerate(only_if(messages, is_receiver)))) AS places
    FROM identified
),

