/// Declares [`Attribute`] once: variants, keys, and the way from one to the other. Keys are literals of bytes because
/// only those compile to a decision tree over length and bytes; literals of text are compared one after the other.
macro_rules! attributes {
    ($($variant:ident = $key:literal,)+) => {
        /// Attributes that linchpin uses, of resources and of spans, under current and deprecated names (SEMANTICS F.6).
        /// Others are skipped while decoding. Among names of one concept the earlier variant is the better one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Attribute {
            $(#[doc = concat!("Key `", stringify!($key), "`.")] $variant,)+
        }

        impl Attribute {
            /// Every attribute, in order.
            pub const ALL: &'static [Attribute] = &[$(Attribute::$variant,)+];

            /// The attribute that a key names, if it is a wanted one. Keys are case-sensitive.
            pub fn from_bytes(key: &[u8]) -> Option<Self> {
                Some(match key {
                    $($key => Attribute::$variant,)+
                    _ => return None,
                })
            }

            /// The key as instrumentation writes it.
            pub fn key(self) -> &'static str {
                let bytes: &'static [u8] = match self { $(Attribute::$variant => $key,)+ };
                std::str::from_utf8(bytes).unwrap_or_default()
            }
        }
    };
}

attributes! {
    // Who recorded the span.
    ServiceName = b"service.name",
    ServiceNamespace = b"service.namespace",
    FaasName = b"faas.name",
    KubernetesCluster = b"k8s.cluster.name",
    KubernetesNamespace = b"k8s.namespace.name",
    KubernetesDeployment = b"k8s.deployment.name",
    KubernetesStatefulSet = b"k8s.statefulset.name",
    KubernetesDaemonSet = b"k8s.daemonset.name",
    KubernetesCronJob = b"k8s.cronjob.name",
    KubernetesJob = b"k8s.job.name",
    KubernetesReplicaSet = b"k8s.replicaset.name",
    KubernetesPod = b"k8s.pod.name",
    KubernetesContainer = b"k8s.container.name",
    ContainerName = b"container.name",
    CloudRegion = b"cloud.region",
    // Who is called.
    ServicePeerName = b"service.peer.name",
    PeerService = b"peer.service",
    ServicePeerNamespace = b"service.peer.namespace",
    ServerAddress = b"server.address",
    NetPeerName = b"net.peer.name",
    NetSockPeerName = b"net.sock.peer.name",
    PeerHostname = b"peer.hostname",
    HttpHost = b"http.host",
    UrlFull = b"url.full",
    HttpUrl = b"http.url",
    NetworkPeerAddress = b"network.peer.address",
    NetSockPeerAddr = b"net.sock.peer.addr",
    NetPeerIp = b"net.peer.ip",
    PeerAddress = b"peer.address",
    PeerIpv4 = b"peer.ipv4",
    ServerPort = b"server.port",
    NetPeerPort = b"net.peer.port",
    NetworkPeerPort = b"network.peer.port",
    NetSockPeerPort = b"net.sock.peer.port",
    PeerPort = b"peer.port",
    // Databases and caches.
    DbSystemName = b"db.system.name",
    DbSystem = b"db.system",
    DbType = b"db.type",
    DbNamespace = b"db.namespace",
    DbName = b"db.name",
    DbInstance = b"db.instance",
    DbElasticsearchCluster = b"db.elasticsearch.cluster.name",
    DbRedisIndex = b"db.redis.database_index",
    DbOperationName = b"db.operation.name",
    DbOperation = b"db.operation",
    DbQueryText = b"db.query.text",
    DbStatement = b"db.statement",
    // Messaging.
    MessagingSystem = b"messaging.system",
    MessagingDestinationTemplate = b"messaging.destination.template",
    MessagingDestinationName = b"messaging.destination.name",
    MessagingDestination = b"messaging.destination",
    MessageBusDestination = b"message_bus.destination",
    MessagingDestinationTemporary = b"messaging.destination.temporary",
    MessagingDestinationAnonymous = b"messaging.destination.anonymous",
    MessagingTempDestination = b"messaging.temp_destination",
    MessagingOperationType = b"messaging.operation.type",
    MessagingOperation = b"messaging.operation",
    MessagingOperationName = b"messaging.operation.name",
    // Remote procedures, HTTP, functions, blob storage.
    RpcSystemName = b"rpc.system.name",
    RpcSystem = b"rpc.system",
    RpcService = b"rpc.service",
    RpcStatusCode = b"rpc.status_code",
    RpcResponseStatusCode = b"rpc.response.status_code",
    RpcGrpcStatusCode = b"rpc.grpc.status_code",
    HttpRequestMethod = b"http.request.method",
    HttpMethod = b"http.method",
    HttpRoute = b"http.route",
    HttpResponseStatusCode = b"http.response.status_code",
    HttpStatusCode = b"http.status_code",
    HttpRequestResendCount = b"http.request.resend_count",
    HttpResendCount = b"http.resend_count",
    ErrorType = b"error.type",
    FaasInvokedName = b"faas.invoked_name",
    AwsS3Bucket = b"aws.s3.bucket",
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key leads back to its own attribute, so no two variants share one.
    #[test]
    fn keys_are_distinct() {
        for &attribute in Attribute::ALL {
            assert_eq!(Attribute::from_bytes(attribute.key().as_bytes()), Some(attribute));
            assert!(attribute.key().is_ascii());
        }
        assert_eq!(Attribute::from_bytes(b"service.names"), None);
        assert_eq!(Attribute::from_bytes(b"Service.Name"), None);
    }
}
