use super::{address, check, setting, shown};
use linchpin::facts::address::{Address, Family, Setting, in_settings};

/// URLs of every scheme lead to their host, with the scheme's port unless one is written.
#[test]
fn urls() {
    check(
        &[
            ("API", "http://cart", "cart:80"),
            ("API", "https://api.stripe.com", "api.stripe.com:443"),
            ("API", "https://api.stripe.com/v1/charges?x=1#top", "api.stripe.com:443"),
            ("API", "HTTP://Cart.Shop.SVC.cluster.local.:7070/", "cart.shop.svc.cluster.local:7070"),
            ("API", "http://user:pass@cart:80/x", "cart:80"),
            ("API", "http://u%40x:p%3Aw@cart", "cart:80"),
            ("API", "http://cart:8080?x=http://other", "cart:8080"),
            ("API", "http://[2001:db8::1]:8080/", "2001:db8::1:8080"),
            ("API", "http://10.0.3.7:81/", "10.0.3.7:81"),
            ("API", "http://xn--bcher-kva.example/", "xn--bcher-kva.example:80"),
            ("API", "https://medium.com/@someone/post", "medium.com:443"),
            ("API", "//cdn.acme.io/x.js", "cdn.acme.io"),
            ("API", "ws://push:9000/socket", "push:9000"),
            ("API", "wss://push/socket", "push:443"),
            ("API", "tcp://db:5432", "db:5432"),
            ("API", "grpc://cart:7070", "cart:7070"),
            ("API", "dns:///cart:7070", "cart:7070"),
            ("API", "dns://8.8.8.8/cart:7070", "cart:7070"),
            ("API", "dns:cart:7070", "cart:7070"),
            ("API", "xds:///cart:7070", "cart:7070?"),
            ("API", "lb://customers-service", "customers-service?"),
            ("API", "ldap://directory", "directory:389"),
            ("API", "ldaps://directory", "directory:636"),
            ("API", "smtp://mailer:p@relay:587", "relay:587"),
            ("API", "kafka://redpanda:9092/order", "redpanda:9092"),
            ("API", "spark://master:7077", "master:7077"),
            ("API", "hdfs://namenode/data", "namenode:8020"),
            ("API", "k8s://https://10.1.2.3:6443", "10.1.2.3:6443"),
            ("API", "git+https://git.acme.io/x.git", "git.acme.io"),
            ("API", "ssh://git@git.acme.io/x.git", "git.acme.io"),
            ("API", "sb://shop.servicebus.windows.net/", "shop.servicebus.windows.net:5671"),
        ],
        setting,
    );
}

/// What looks like a URL and leads to no other machine.
#[test]
fn urls_to_nowhere() {
    for value in [
        "unix:///var/run/docker.sock",
        "unix:/tmp/x.sock",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock",
        "file:///etc/app/config.yaml",
        "file:config",
        "classpath:/application.yml",
        "data:text/plain,hello",
        "urn:oasis:names:tc:SAML:2.0",
        "mailto:ops@acme.io",
        "spiffe://cluster.local/ns/shop/sa/cart",
        "sqlite:///data/app.db",
        "sqlite+aiosqlite:///./app.db",
        "jdbc:h2:mem:test",
        "jdbc:h2:file:/data/db",
        "jdbc:sqlite:/data/app.db",
        "jdbc:hsqldb:mem:x",
        "jdbc:tc:postgresql:15:///app",
        "jdbc:tc:mysql:8.0.36://hostname/app",
        "docker://redis:6.2",
        "oci://registry.acme.io/charts",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.9.9.9:80",
        "http://[::1]:80/",
        "http://0.0.0.0:80",
        "http://169.254.169.254/latest/meta-data",
        "http://metadata.google.internal/computeMetadata/v1",
        "http://host.docker.internal:5105",
        "http://app.localhost",
        "https://kubernetes.default.svc",
        "http://+:80",
        "http://*:80",
        "http://:8080",
        "http://",
        "http:///path",
        "http://a b",
        "http://<host>:80",
        "http://a:notaport/",
        "http://a:99999/",
        "http://-a/",
        "http://a..b/",
        "s3://",
        "gs://",
        "memory://",
    ] {
        assert_eq!(setting("API_URL", value), "", "{value}");
    }
}

/// Connection strings of stores and brokers, in each of their grammars.
#[test]
fn connection_strings() {
    check(
        &[
            ("X", "postgres://u:p@db/app", "db:5432"),
            ("X", "postgresql://u:p@db:5433/app?sslmode=disable", "db:5433"),
            ("X", "postgres://u:p%40x@db1,db2:5433/app", "db1:5432,db2:5433"),
            ("X", "postgres://u:p/w@db/app", "db:5432"),
            ("X", "postgres://u:p#w@db/app", "db:5432"),
            ("X", "postgres://u:1234/w@db/app", "db:5432"),
            ("X", "postgresql+asyncpg://u:p@db/app", "db:5432"),
            ("X", "postgresql+psycopg2://db/app", "db:5432"),
            ("X", "mysql+pymysql://u:p@db/app", "db:3306"),
            ("X", "mysql://root:pw@db:3306/mysql", "db:3306"),
            ("X", "mariadb://db/app", "db:3306"),
            ("X", "cockroachdb://crdb/app", "crdb:26257"),
            ("X", "jdbc:postgresql://db:5432/app?user=u&password=p", "db:5432"),
            ("X", "jdbc:postgresql://h1:5432,h2:5433/app", "h1:5432,h2:5433"),
            ("X", "jdbc:mysql://db/app?useSSL=false", "db:3306"),
            ("X", "jdbc:mysql:replication://m,r1,r2/app", "m:3306,r1:3306,r2:3306"),
            ("X", "jdbc:mysql:loadbalance://a:3306,b:3306/app", "a:3306,b:3306"),
            ("X", "jdbc:mysql://address=(host=a)(port=3307),address=(host=b)(port=3308)/app", "a:3307,b:3308"),
            ("X", "jdbc:mariadb:sequential://a,b/app", "a:3306,b:3306"),
            ("X", "jdbc:aws-wrapper:postgresql://db/app", "db:5432"),
            ("X", "jdbc:p6spy:mysql://db:3306/app", "db:3306"),
            ("X", "jdbc:oracle:thin:@//ora:1521/svc", "ora:1521"),
            ("X", "jdbc:oracle:thin:@ora:1521:XE", "ora:1521"),
            ("X", "jdbc:oracle:thin:scott/tiger@ora:1521:XE", "ora:1521"),
            ("X", "jdbc:oracle:thin:@tcps://ora:2484/svc", "ora:2484"),
            (
                "X",
                "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=o1)(PORT=1521))(ADDRESS=(HOST=o2)(PORT=1522)))",
                "o1:1521,o2:1522",
            ),
            ("X", "jdbc:oracle:thin:@tns_alias", ""),
            ("X", "jdbc:sqlserver://sql:1433;databaseName=x;user=sa;password=p", "sql:1433"),
            ("X", "jdbc:sqlserver://sql\\INST1:1434;databaseName=x", "sql:1434"),
            ("X", "jdbc:sqlserver://;serverName=sql;databaseName=x", "sql:1433"),
            ("X", "jdbc:db2://db2host:50000/app", "db2host:50000"),
            ("X", "jdbc:h2:tcp://h2server:9092/~/test", "h2server:9092"),
            ("X", "r2dbc:postgresql://db:5432/app", "db:5432"),
            ("X", "r2dbc:pool:mysql://db/app", "db:3306"),
            ("X", "r2dbc:h2:mem:///x", ""),
            ("X", "mongodb://u:p@m1:27017,m2,m3:27019/app?replicaSet=rs0", "m1:27017,m2:27017,m3:27019"),
            ("X", "mongodb+srv://u:p@cluster0.abc.mongodb.net/app", "cluster0.abc.mongodb.net"),
            ("ES_HOSTS", "es1 es2", "es1,es2"),
            ("X", "redis://:secret@redis:6379/0", "redis:6379"),
            ("X", "rediss://cache", "cache:6379"),
            ("X", "valkey://cache", "cache:6379"),
            ("X", "redis-sentinel://s1,s2:26380/mymaster", "s1:26379,s2:26380"),
            ("X", "redis+sentinel://s1:26379/mymaster", "s1:26379"),
            ("X", "redis+cluster://r1:6379", "r1:6379"),
            ("X", "redis:6379,password=secret,ssl=False,abortConnect=False", "redis:6379?"),
            ("REDIS_URL", "r1:6379,r2:6379,password=secret,serviceName=m", "r1:6379,r2:6379"),
            ("X", "amqp://guest:guest@rabbitmq:5672/%2f", "rabbitmq:5672"),
            ("X", "amqps://rabbitmq", "rabbitmq:5671"),
            ("X", "amqp://r1,amqp://r2", "r1:5672,r2:5672"),
            ("X", "nats://n1:4222,nats://n2:4222", "n1:4222,n2:4222"),
            ("X", "stomp://mq", "mq:61613"),
            ("X", "mqtt://mq", "mq:1883"),
            ("X", "mqtts://mq", "mq:8883"),
            ("X", "pulsar://p:6650", "p:6650"),
            ("X", "pulsar+ssl://p", "p:6651"),
            ("X", "PLAINTEXT://a:9092,b:9092", "a:9092,b:9092"),
            ("X", "PLAINTEXT://a:9092,PLAINTEXT://b:9093", "a:9092,b:9093"),
            ("X", "SASL_SSL://a:9094", "a:9094"),
            ("X", "cassandra://c1:9042/ks", "c1:9042"),
            ("X", "memcached://m:11211", "m:11211"),
            ("X", "clickhouse://ch/default", "ch:9000"),
            ("X", "neo4j+s://graph", "graph:7687"),
            ("X", "bolt://graph:7687", "graph:7687"),
            ("X", "es://search", "search:9200"),
            ("X", "zookeeper://z1:2181?backup=z2:2181,z3:2181", "z1:2181,z2:2181,z3:2181"),
            ("X", "gcomm://g1,g2,g3", "g1:4567,g2:4567,g3:4567"),
            ("X", "gcomm://", ""),
            ("X", "failover:(tcp://a:61616,tcp://b:61616)?randomize=false", "a:61616,b:61616"),
            ("X", "optional:configserver:http://config:8888", "config:8888"),
            ("X", "Server=sqldata;Database=Shop;User Id=sa;Password=Pass@word;Encrypt=False", "sqldata:1433"),
            (
                "X",
                "Server=tcp:sql.database.windows.net,1433;Initial Catalog=x;User ID=u;Password=p",
                "sql.database.windows.net:1433",
            ),
            ("X", "Server=sql,1434;Database=x;User Id=sa;Password=p", "sql:1434"),
            ("X", "Data Source=sql\\EXPRESS;Initial Catalog=x;Integrated Security=true", "sql:1433"),
            ("X", "Data Source=app.db", ""),
            ("X", "Data Source=:memory:;Version=3", ""),
            ("X", "Data Source=/data/app.db;Version=3", ""),
            ("X", "DataSource=/data/app.sqlite;Cache=Shared;Password=p", ""),
            ("X", "Server=(localdb)\\mssqllocaldb;Database=x;Trusted_Connection=True", ""),
            ("X", "Server=.;Database=x;Integrated Security=True", ""),
            ("X", "Server=localhost;Database=x;User Id=sa;Password=p", ""),
            ("X", "Host=pg;Username=u;Password=p;Database=d", "pg:5432"),
            ("X", "Host=pg1,pg2;Port=5433;Username=u;Password=p", "pg1:5433,pg2:5433"),
            ("X", "server=db;port=3307;uid=root;pwd=p;database=d", "db:3307"),
            ("X", "server=db;uid=root;pwd=p;database=d", "db:3306"),
            ("X", "host=rabbit;virtualHost=/;username=guest;password=guest", "rabbit:5672"),
            ("X", "Contact Points=c1,c2;Port=9042;Default Keyspace=ks", "c1:9042,c2:9042"),
            (
                "X",
                "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k=",
                "shop.servicebus.windows.net:5671",
            ),
            (
                "X",
                "AccountEndpoint=https://shop.documents.azure.com:443/;AccountKey=k==;",
                "shop.documents.azure.com:443",
            ),
            (
                "X",
                "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=k==;EndpointSuffix=core.windows.net",
                "object-store azure-storage shop",
            ),
            (
                "X",
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=k;BlobEndpoint=http://azurite:10000/a;",
                "azurite:10000",
            ),
            ("X", "UseDevelopmentStorage=true", ""),
            ("X", "ConnectTo=tcp://admin:changeit@eventstore:1113; HeartBeatTimeout=500", "eventstore:1113"),
            ("X", "host=db port=5432 user=app dbname=shop sslmode=disable", "db:5432"),
            ("X", "host=db user=app password=p", "db"),
            ("X", "host=db", ""),
            ("X", "user:pw@tcp(db:3306)/shop?parseTime=true", "db:3306"),
            ("X", "user:p@ss@tcp(db)/shop", "db:3306"),
            ("X", "tcp(db:3306)/shop", "db:3306"),
            ("X", "user:pw@unix(/tmp/mysql.sock)/shop", ""),
            ("X", "mysql://user:pw@tcp(db:3307)/shop", "db:3307"),
        ],
        setting,
    );
}

/// ARNs, queue URLs and buckets are resources, not hosts.
#[test]
fn cloud_resources() {
    check(
        &[
            ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders-events", "queue sqs orders-events"),
            ("QUEUE_URL", "https://eu-west-1.queue.amazonaws.com/123456789012/orders", "queue sqs orders"),
            ("QUEUE_URL", "http://localstack:4566/000000000000/orders", "localstack:4566"),
            ("X", "arn:aws:sqs:eu-west-1:123456789012:orders", "queue sqs orders"),
            ("X", "arn:aws:sns:eu-west-1:123456789012:orders", "topic sns orders"),
            ("X", "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/stream/2020", "datastore dynamodb Orders"),
            ("X", "arn:aws:s3:::photos/2020/*", "object-store s3 photos"),
            ("X", "arn:aws-cn:lambda:cn-north-1:123456789012:function:resize:live", "function lambda resize"),
            ("X", "arn:aws:states:eu-west-1:123456789012:stateMachine:Ship", "function states Ship"),
            ("X", "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", "queue kinesis clicks"),
            ("X", "arn:aws:rds:eu-west-1:123456789012:db:shop", "datastore rds shop"),
            ("X", "arn:aws:events:eu-west-1:123456789012:event-bus/main", "topic events main"),
            ("ROLE", "arn:aws:iam::123456789012:role/app", ""),
            ("X", "arn:aws:kms:eu-west-1:123456789012:key/1", ""),
            ("X", "arn:aws:sqs:eu-west-1:123456789012:${QUEUE}", ""),
            ("X", "arn:aws:sqs:eu-west-1:123456789012:*", ""),
            ("X", "s3://photos/2020", "object-store s3 photos"),
            ("X", "s3a://photos", "object-store s3 photos"),
            ("X", "gs://photos/x", "object-store gs photos"),
            ("X", "abfss://raw@lake.dfs.core.windows.net/x", "object-store azure-storage lake/raw"),
            ("X", "https://photos.s3.amazonaws.com/x", "object-store s3 photos"),
            ("X", "https://photos.s3.eu-west-1.amazonaws.com/x", "object-store s3 photos"),
            ("X", "https://s3.eu-west-1.amazonaws.com/photos/x", "object-store s3 photos"),
            ("X", "https://storage.googleapis.com/photos/x", "object-store gs photos"),
            ("X", "https://dynamodb.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com:443"),
        ],
        setting,
    );
}

/// A bare word is an address when its key says so, and must resolve when the key only suggests it.
#[test]
fn keys() {
    check(
        &[
            ("DB_HOST", "db", "db"),
            ("DB_HOST", "db.shop.svc", "db.shop.svc"),
            ("PGHOST", "db", "db"),
            ("MYSQL_HOSTNAME", "db", "db"),
            ("REDIS_HOST_NAME", "redis", "redis"),
            ("DB_HOST_PORT", "db:5432", "db:5432"),
            ("DB_HOST_RO", "db-ro", "db-ro"),
            ("CART_ADDR", "cart", "cart"),
            ("CART_SERVICE_ADDR", "cart:7070", "cart:7070"),
            ("cartAddress", "cart:7070", "cart:7070"),
            ("spring.data.mongodb.host", "mongo", "mongo"),
            ("spring.redis.host", "redis", "redis"),
            ("SPRING_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092", "kafka:9092"),
            ("spring.kafka.bootstrap-servers", "kafka", "kafka"),
            ("bootstrapServers", "k1:9092,k2:9092", "k1:9092,k2:9092"),
            ("KAFKA_BROKERS", "k1:9092,k2:9093,k3:9094", "k1:9092,k2:9093,k3:9094"),
            ("KAFKA_BROKER_1", "k1:9092", "k1:9092"),
            ("ZOOKEEPER_CONNECT", "z1:2181,z2:2181/chroot", "z1:2181,z2:2181"),
            ("KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181", "zookeeper:2181"),
            ("ES_HOSTS", "http://e1:9200,http://e2:9200", "e1:9200,e2:9200"),
            ("ELASTICSEARCH_URL", "http://e1:9200", "e1:9200"),
            ("CASSANDRA_CONTACT_POINTS", "c1,c2", ""),
            ("cassandra.contactPoints", "c1:9042,c2:9042", "c1:9042,c2:9042?"),
            ("AGENT_ENDPOINT", "agent", "agent?"),
            ("MAIL_SERVER", "smtp.acme.io", "smtp.acme.io"),
            ("MAIL_SERVER", "relay", "relay?"),
            ("ConnectionString", "basketdata", "basketdata?"),
            ("ConnectionStrings__Redis", "redis", "redis?"),
            ("ConnectionStrings__DefaultConnection", "Server=sql;Database=d;User Id=sa;Password=p", "sql:1433"),
            ("EventBusConnection", "rabbitmq", "rabbitmq?"),
            ("QUEUE", "rabbitmq", "rabbitmq?"),
            ("CACHE", "redis", "redis?"),
            ("CELERY_BROKER", "redis", "redis?"),
            ("PAYMENT_SERVICE", "payment", "payment?"),
            ("UPSTREAM", "cart:80", "cart:80"),
            ("API_UPSTREAM", "cart:80", "cart:80"),
            ("REDIS", "redis", "redis?"),
            ("HOST", "frontend", "frontend?"),
            ("BASE_URL", "http://shop.acme.io", "shop.acme.io:80?"),
            ("ZIPKIN_BASE_URL", "http://zipkin:9411", "~zipkin:9411"),
            ("urls__grpcBasket", "http://basket-api:81", "basket-api:81"),
            ("identityUrl", "http://identity-api", "identity-api:80"),
            ("ISSUER", "https://login.acme.io/realm", "login.acme.io:443"),
            ("HTTP_PROXY", "http://squid:3128", "squid:3128"),
            ("https_proxy", "http://squid:3128", "squid:3128"),
            ("SCHEMA_REGISTRY_URL", "http://registry:8081", "registry:8081"),
            ("API_DOCS_HOST", "docs", "docs"),
            ("eureka.client.serviceUrl.defaultZone", "http://eureka:8761/eureka/", "eureka:8761"),
            ("EUREKA_CLIENT_SERVICEURL_DEFAULTZONE", "http://e1:8761,http://e2:8761", "e1:8761 | e2:8761"),
            ("KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS", "k1:9092,k2:9093", "k1:9092,k2:9093"),
            ("REDIS_REPLICAOF", "redis-0 6379", "redis-0:6379"),
            ("WEB_HOST", "web:8080", "web:8080?"),
            ("VOTINGSVC_HOST", "voting-svc.emojivoto:8080", "voting-svc.emojivoto:8080"),
            ("ANYTHING", "cart:7070", "cart:7070?"),
            ("ANYTHING", "cart", ""),
            ("DATABASE_URL", "db", "db?"),
            ("KEYCLOAK_PASSWORD_URL", "http://keycloak/x", "keycloak:80"),
            ("ghost__url", "http://blog", "blog:80"),
            ("REPLICA_IP", "10.0.0.3", "10.0.0.3?"),
            ("STORE_ADDR", "[2001:db8::2]:80", "2001:db8::2:80"),
            ("NODE_ADDR", "2001:db8::2", "2001:db8::2"),
            ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@k1:9093,2@k2:9093", "k1:9093,k2:9093"),
            ("ETCD_INITIAL_CLUSTER", "n1=http://n1:2380,n2=http://n2:2380", "n1:2380,n2:2380"),
            ("SERVICE_URLS", "http://a,http://b/x", "a:80 | b:80"),
            ("SERVICE_URLS", "http://a http://b", "a:80 | b:80"),
            ("WAIT_HOSTS", "db:5432, rabbit:5672, api:80", "db:5432 | rabbit:5672 | api:80"),
            ("JAVA_OPTS", "-Xmx400M -Dapi.url=http://api:80 -Ddb.host=db", "api:80 | db"),
            ("BROKERS", r#"["k1:9092","k2:9092"]"#, "k1:9092,k2:9092"),
            ("UPSTREAMS", r#"[{"name":"cart","url":"http://cart"},{"url":"http://user"}]"#, "cart:80 | user:80"),
            (
                "CONFIG",
                r#"{"redis":{"host":"redis","port":6379},"db":{"url":"postgres://u:p@db/x"}}"#,
                "db:5432 | redis",
            ),
            ("CONFIG", r#"{"redis":{"host":"redis","port":"6379"}}"#, "redis:6379"),
            ("REDIS_HOSTS", "local:redis:6379,other:cache:6380", "redis:6379,cache:6380"),
            ("PGPOOL_BACKEND_NODES", "0:pg-0:5432,1:pg-1:5432", "pg-0:5432,pg-1:5432"),
            ("ZOO_SERVERS", "server.1=z1:2888:3888;2181 server.2=z2:2888:3888;2181", "z1:2888,z2:2888"),
            ("PATRONI_ETCD3_HOSTS", "'e1:2379','e2:2379'", "e1:2379,e2:2379"),
            ("CONSUL_RETRY_JOIN", "consul-1", "consul-1?"),
            ("PENPOT_PUBLIC_URI", "https://design.acme.io", "design.acme.io:443?"),
            ("MM_SERVICESETTINGS_SITEURL", "https://chat.acme.io", "chat.acme.io:443?"),
            // A file in a variable.
            ("CADDYFILE", ":80 {\n  handle /api {\n    reverse_proxy api:3000\n  }\n}\n", "api:3000"),
            ("APP_CONFIG", "redis:\n  host: redis\n  port: 6379\n", "redis:6379"),
            ("NGINX_CONF", "server {\n  location / { proxy_pass http://web:8000; }\n}\n", "web:8000"),
            ("app.properties", "redis.host=redis\nredis.port=6379\n", ""),
            ("EMAIL_TEMPLATE", "url: http://shop\nhost: shop\n", ""),
            ("TLS_CERT", "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----\n", ""),
        ],
        setting,
    );
}

/// What only reports is of the telemetry plane, by key, scheme or port.
#[test]
fn telemetry() {
    check(
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel-collector:4317", "~otel-collector:4317"),
            ("OTEL_COLLECTOR_HOST", "otel-collector", "~otel-collector"),
            ("COLLECTOR_SERVICE_ADDR", "collector:4317", "~collector:4317"),
            ("MONITORING", "http://x:4318/v1/traces", "~x:4318"),
            ("SOMETHING", "http://x:9411/api", "~x:9411"),
            ("DD_AGENT_HOST", "datadog", "~datadog"),
            ("SENTRY_DSN", "https://abc@o1.ingest.sentry.io/2", "~o1.ingest.sentry.io:443"),
            ("LOKI_URL", "http://loki:3100", "~loki:3100"),
            ("SeqServerUrl", "http://seq", "~seq:80"),
            ("LOGSTASH_HOST", "logstash", "~logstash"),
            ("STATSD_ADDR", "statsd:8125", "~statsd:8125"),
            ("NEW_RELIC_HOST", "collector.newrelic.com", "~collector.newrelic.com"),
            ("HealthChecksUI__HealthChecks__0__Uri", "http://webmvc/hc", "~webmvc:80"),
            ("CatalogUrlHC", "http://catalog-api/hc", "~catalog-api:80"),
            ("PAYMENT_HEALTHCHECK_URL", "http://payment/health", "~payment:80"),
            (
                "APPLICATIONINSIGHTS_CONNECTION_STRING",
                "InstrumentationKey=k;IngestionEndpoint=https://in.applicationinsights.azure.com/;LiveEndpoint=https://l/",
                "~in.applicationinsights.azure.com:443",
            ),
            ("METRICS_EXPORT_INFLUX_URI", "http://tsdb", "~tsdb:80"),
            ("LOGGING_KAFKA_BROKERS", "kafka:9092", "~kafka:9092"),
            ("SENTRY_RELAY_HOST", "relay", "~relay"),
            ("JAEGER_SAMPLING_MANAGER_HOST_PORT", "agent:5778", "~agent:5778"),
            ("LOGIN_URL", "http://login", "login:80"),
            // What watches only says whose it is; another is named behind it.
            ("TELEMETRY_DOCS_HOST", "telemetry-docs", "telemetry-docs"),
            ("SENTRY_REDIS_HOST", "redis", "redis"),
            ("SENTRY_KAFKA_BROKERS_EVENTS", "kafka:9092", "kafka:9092?"),
            ("GRAFANA_POSTGRES_URL", "postgres://db/grafana", "db:5432"),
            ("HEALTH_RECORDS_API_URL", "http://records", "records:80"),
        ],
        setting,
    );
}

/// Values that look like addresses and are none.
#[test]
fn traps() {
    for (key, value) in [
        ("user", "mongo"),
        ("CONTEXT", "ns:$(NAMESPACE)"),
        ("CURRENT_SERVICE", "cart"),
        ("schemaUrl", "https://schemas.acme.io/1"),
        ("DB_HOST", "YOUR_DB_HOST"),
        ("DB_HOST_PORT", "5432"),
        ("ANYTHING", "local:redis:6379"),
        ("SERVER_TIME", "10:20:30"),
        ("OSS_ENDPOINT", "https://your-namespace.oss.example.net"),
        ("OSS_ENDPOINT", "https://your_account.blob.core.windows.net"),
        ("MAIL_HOST", "your-mail-server"),
        ("S3_ALIAS_HOST", "files.acme.io"),
        ("LOG_QUEUE", "debug"),
        ("USER", "user"),
        ("MYSQL_USER", "user:1000"),
        ("MYSQL_DATABASE", "catalog"),
        ("POSTGRES_DB", "orders"),
        ("DATABASE", "postgres"),
        ("KAFKA_TOPIC", "orders"),
        ("KAFKA_CREATE_TOPICS", "orders:1:1"),
        ("QUEUE_NAME", "orders-events"),
        ("SPRING_PROFILES_ACTIVE", "docker,mysql"),
        ("IMAGE", "redis:6.2"),
        ("IMAGE", "redis:6379"),
        ("SIDECAR_IMAGE", "registry.acme.io:5000/cart:1.2"),
        ("ANYTHING", "redis:6.2"),
        ("ANYTHING", "repo/image:tag"),
        ("ANYTHING", "12:30"),
        ("ANYTHING", "aa:bb:cc:dd:ee:ff"),
        ("ANYTHING", "user:pass"),
        ("ANYTHING", "v1.2.3:8080"),
        ("ANYTHING", "1.2.3.4.5:80"),
        ("ANYTHING", "a:0"),
        ("ANYTHING", "a:70000"),
        ("ANYTHING", "see http://docs.acme.io for more"),
        ("DB_PASSWORD", "http://x:80"),
        ("API_TOKEN", "abc:8080"),
        ("REDIS_URL", "user:123/x@redis:6379"),
        ("DB_PORT", "db:5432"),
        ("DB_HOST", ""),
        ("DB_HOST", "localhost"),
        ("DB_HOST", "127.0.0.1"),
        ("DB_HOST", "0.0.0.0"),
        ("DB_HOST", "::"),
        ("DB_HOST", "true"),
        ("DB_HOST", "5432"),
        ("DB_HOST", "/var/run/postgresql"),
        ("DB_HOST", "two words"),
        ("DB_HOST", "host.docker.internal"),
        ("DB_HOST", "10s"),
        ("ADMIN_ADDRESS", "ops@acme.io"),
        ("LISTEN_ADDR", "cart:8080"),
        ("BIND_ADDRESS", "cart:8080"),
        ("ADDR", ":8080"),
        ("SERVER_ADDRESS", "0.0.0.0:8080"),
        ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka:9092"),
        ("KAFKA_ADVERTISED_HOST_NAME", "kafka"),
        ("KAFKA_LISTENERS", "PLAINTEXT://kafka:9092"),
        ("ASPNETCORE_URLS", "http://web:80"),
        ("ALLOWED_HOSTS", "shop.acme.io,api"),
        ("DJANGO_ALLOWED_HOSTS", "web"),
        ("CORS_ORIGINS", "http://frontend:3000"),
        ("CORS_ALLOW_ORIGIN", "https://shop.acme.io"),
        ("NO_PROXY", "cart:80,.svc"),
        ("no_proxy", "http://cart"),
        ("HOSTNAME", "cart"),
        ("KC_HOSTNAME", "login.acme.io"),
        ("NEXTAUTH_URL", "https://shop.acme.io"),
        ("AIRFLOW__WEBSERVER__BASE_URL", "https://shop.acme.io"),
        ("VIRTUAL_HOST", "shop.acme.io"),
        ("OTEL_SERVICE_NAME", "cart"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=cart:80,url=http://x"),
        ("SERVICE_NAME", "cart:80"),
        ("SWAGGER_URL", "http://petstore.swagger.io"),
        ("REDIRECT_URI", "http://shop.acme.io/callback"),
        ("XamarinCallback", "http://shop.acme.io/callback"),
        ("$schema", "https://json.schemastore.org/x"),
        ("documentationUrl", "https://docs.acme.io"),
        ("homepage", "https://acme.io"),
        ("xmlns", "http://www.w3.org/1999/xhtml"),
        ("AUDIENCE", "https://api.acme.io"),
        ("CURL", "cart"),
        ("GHOST", "cart"),
        ("EUREKA_INSTANCE_HOSTNAME", "cart"),
        ("EUREKA_INSTANCE_PREFER_IP_ADDRESS", "true"),
        ("GET_HOSTS_FROM", "dns"),
        ("CODE_REQUESTS", "200,8;201,1;202,1"),
        ("TIME_ZONE_SERVER", "10.0.0.x"),
        ("API_URL", "/api/v1"),
        ("API_URL", "api/v1"),
        ("API_URL", "../x"),
        ("GREETING", "hello, cart, world"),
    ] {
        assert_eq!(setting(key, value), "", "{key} = {value}");
    }
}

/// Defaults of variables are used; what is not known leaves no host behind, and takes nothing else with it.
#[test]
fn variables() {
    check(
        &[
            ("API_URL", "http://${X}:${Y}", ""),
            ("API_URL", "http://$(X):80", ""),
            ("API_URL", "http://$X/", ""),
            ("API_URL", "http://{{ .Values.host }}:80", ""),
            ("API_URL", "http://%HOST%:80", ""),
            ("API_URL", "http://cart:${PORT}/", "cart:80"),
            ("API_ADDR", "cart:$(PORT)", "cart"),
            ("API_URL", "http://cart.${NS}.svc:80", ""),
            ("API_URL", "http://cart.$(NS):80/", ""),
            ("API_URL", "${X:-http://a:80}", "a:80"),
            ("API_URL", "${X-http://a:80}", "a:80"),
            ("API_ADDR", "${X-cart:7070}", "cart:7070"),
            ("API_ADDR", "${cart-addr:cart:7070}", "cart:7070"),
            ("API_URL", "${X:=http://a:80}", "a:80"),
            ("API_URL", "${X:?missing}", ""),
            ("API_URL", "${X:http://a}", "a:80"),
            ("API_URL", "${api.base-url:http://a}", "a:80"),
            ("API_URL", "http://${CART_HOST:cart}:${CART_PORT:7070}/", "cart:7070"),
            ("API_URL", "${A:-${B:-http://a:80}}", "a:80"),
            ("API_URL", "http://${env:CART_HOST}:80", ""),
            ("API_URL", "http://${env:CART_HOST:-cart}:80", "cart:80"),
            ("X", "${DB:-Server=sql;Database=d;User Id=sa;Password=P@ss;Encrypt=False}", "sql:1433"),
            ("X", "postgres://${USER}:${PASS}@db/app", "db:5432"),
            ("X", "mongodb://m1,${M2},m3/app", "m1:27017,m3:27017"),
            ("KAFKA_BROKERS", "k1:9092,${K2}:9092", "k1:9092"),
            ("API_URL", "${", ""),
            ("API_URL", "${X", ""),
            ("API_URL", "http://a${X", ""),
            ("API_URL", "http://a}", ""),
            ("API_URL", "http://u:%C3%A4@cart", "cart:80"),
        ],
        setting,
    );
}

/// `*_HOST` is joined with the `*_PORT` of the same stem, and with no other.
#[test]
fn host_and_port() {
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("DB_HOST", "db"), ("DB_PORT", "5432")], "db:5432"),
        (&[("PGPORT", "5433"), ("PGHOST", "db")], "db:5433"),
        (&[("spring.redis.host", "redis"), ("spring.redis.port", "6379")], "redis:6379"),
        (&[("Redis__Host", "redis"), ("Redis__Port", "6380")], "redis:6380"),
        (&[("AGENT_ENDPOINT", "agent"), ("AGENT_PORT", "8010")], "agent:8010?"),
        (&[("DB_HOST", "db"), ("PORT", "8080")], "db"),
        (&[("DB_HOST", "db"), ("CACHE_PORT", "6379")], "db"),
        (&[("DB_HOST", "db:5433"), ("DB_PORT", "5432")], "db:5433"),
        (&[("DB_HOST", "db"), ("DB_PORT", "tcp://10.0.0.1:5432")], "db"),
        (&[("HOST", "cart"), ("PORT", "80")], "cart?"),
        (&[("CART_SERVICE_HOST", "cart"), ("CART_SERVICE_PORT", "80")], "cart:80"),
        (&[("A_HOST", "a"), ("A_PORT", "1"), ("B_HOST", "b"), ("B_PORT", "2")], "a:1 | b:2"),
        (&[("u.0.host", "a"), ("u.0.port", "1"), ("u.1.host", "b"), ("u.1.port", "2")], "a:1 | b:2"),
    ];
    for (pairs, expected) in table {
        let settings: Vec<Setting<'_>> = pairs.iter().map(|(key, value)| Setting { key, value }).collect();
        let found = in_settings(&settings);
        assert_eq!(shown(found.iter().map(|(_, found)| found)), *expected, "{pairs:?}");
    }
}

/// What leads to the public address that a component calls its own is no call elsewhere, unless it resolves; a base may
/// be anybody's.
#[test]
fn own_public_address() {
    let table: &[(&[(&str, &str)], &str)] = &[
        (
            &[("url", "https://blog.example.org"), ("STATS_ENDPOINT", "https://blog.example.org/stats")],
            "blog.example.org:443? | blog.example.org:443?",
        ),
        (
            &[("HOOK_ENDPOINT", "https://a.example.org/h"), ("PUBLIC_URL", "https://a.example.org")],
            "a.example.org:443? | a.example.org:443?",
        ),
        (
            &[("PUBLIC_URL", "https://a.example.org"), ("PAY_URL", "https://pay.example.org")],
            "a.example.org:443? | pay.example.org:443",
        ),
        (
            &[("BASE_URL", "https://api.example.org"), ("AUTH_URL", "https://api.example.org/auth")],
            "api.example.org:443? | api.example.org:443",
        ),
        (&[("WEB_DOMAIN", "a.example.org"), ("STREAM_URL", "wss://a.example.org")], "a.example.org:443?"),
        (&[("AUTH0_DOMAIN", "a.auth0.com"), ("ISSUER_URL", "https://a.auth0.com/")], "a.auth0.com:443"),
        (&[("APP_URL", "http://web"), ("API_URL", "http://web/api")], "web:80? | web:80"),
    ];
    for (pairs, expected) in table {
        let settings: Vec<Setting<'_>> = pairs.iter().map(|(key, value)| Setting { key, value }).collect();
        let found = in_settings(&settings);
        assert_eq!(shown(found.iter().map(|(_, found)| found)), *expected, "{pairs:?}");
    }
}

/// The index is that of the setting that holds the host.
#[test]
fn indices() {
    let settings = [("DB_PORT", "5432"), ("X", "y"), ("DB_HOST", "db"), ("API_URL", "http://a")];
    let settings: Vec<Setting<'_>> = settings.iter().map(|(key, value)| Setting { key, value }).collect();
    let found: Vec<(usize, String)> =
        in_settings(&settings).iter().map(|(index, found)| (*index, address(&found.addresses[0]))).collect();
    assert_eq!(found, [(2, "db:5432".to_owned()), (3, "a:80".to_owned())]);
}

/// Families come from the scheme, else from the port, else from the key.
#[test]
fn families() {
    let family = |key: &str, value: &str| {
        let found = in_settings(&[Setting { key, value }]);
        match found.first().and_then(|(_, found)| found.addresses.first()) {
            Some(Address::Host { family, .. }) => *family,
            _ => None,
        }
    };
    assert_eq!(family("X", "redis://x"), Some(Family::Redis));
    assert_eq!(family("X_ADDR", "x:6379"), Some(Family::Redis));
    assert_eq!(family("REDIS_HOST", "x"), Some(Family::Redis));
    assert_eq!(family("X_URL", "http://x:9200"), Some(Family::Elasticsearch));
    assert_eq!(family("X_URL", "http://x"), Some(Family::Http));
    assert_eq!(family("X_HOST", "x"), None);
}
