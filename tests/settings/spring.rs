//! Spring: application configuration, Resilience4j, Spring Cloud Gateway, Zuul, Feign, Ribbon, Hystrix (SEMANTICS A.1,
//! B, C).

use super::tree::Tree;

const COMPOSE: &str = "services:\n  front: {image: shop/front, deploy: {replicas: 2}}\n  orders: {image: shop/orders}\n  \
                       stock: {image: shop/stock}\n  db: {image: 'postgres:16'}\n  mq: {image: 'rabbitmq:3'}\n";

/// `front`, whose configuration this is: line 1 names it.
fn front(settings: &str) -> Tree {
    let text = format!("spring.application.name: front\n{settings}");
    Tree::of(&[("compose.yaml", COMPOSE), ("front/src/main/resources/application.yml", &text)])
}

fn calls_orders(settings: &str) -> Tree {
    front(&format!("orders.url: http://orders:8080\n{settings}"))
}

/// Resilience4j counts the first call; what is not said is the library's default, and an instance's own word beats its
/// base configuration's.
#[test]
fn resilience4j() {
    for (settings, expected) in [
        ("", ""),
        ("resilience4j.retry.instances.orders.maxAttempts: 4", "library ×4 explicit pauses 500 :3"),
        ("resilience4j.retry.instances.orders.max-attempts: 1", "library ×1 explicit :3"),
        ("resilience4j.retry.instances.orders.waitDuration: 1s", "library ×3 platform-default pauses 1000 :3"),
        ("resilience4j.retry.backends.orders.maxRetryAttempts: 2", "library ×2 explicit pauses 500 :3"),
        ("resilience4j.bulkhead.backends.orders.maxConcurrentCall: 3", "at most 6"),
        ("resilience4j.retry.backends.orders.maxAttempts: 2", "library ×2 explicit pauses 500 :3"),
        (
            "resilience4j.retry:\n  configs: {default: {max-attempts: 5}}\n  instances: {orders: {wait-duration: 100ms}}",
            "library ×5 explicit pauses 100 :4",
        ),
        (
            "resilience4j.retry:\n  configs: {slow: {max-attempts: 6}}\n  instances: {ordersService: {base-config: slow}}",
            "library ×6 explicit pauses 500 :4",
        ),
        (
            "resilience4j.retry.instances.orders: {max-attempts: 3, enable-exponential-backoff: true, exponential-backoff-multiplier: 2, retry-exceptions: [java.io.IOException]}",
            "library ×3 explicit pauses 500,1000 if IOException :3",
        ),
        ("resilience4j.timelimiter.instances.orders.timeoutDuration: 2s", "library timeout 2000 ms explicit :3"),
        (
            "resilience4j.timelimiter.instances.orders.cancelRunningFuture: true",
            "library timeout 1000 ms platform-default :3",
        ),
        (
            "resilience4j: {retry: {instances: {orders: {maxAttempts: 2}}}, timelimiter: {instances: {orders: {timeoutDuration: 300ms}}}}",
            "library ×2 explicit each 300 pauses 500 :3",
        ),
        ("resilience4j.circuitbreaker.instances.orders.slidingWindowSize: 10", "breaker"),
        ("resilience4j.bulkhead.instances.orders.maxConcurrentCalls: 10", "at most 20"),
        ("resilience4j.bulkhead.instances.orders.maxWaitDuration: 0", "at most 50"),
        ("resilience4j.thread-pool-bulkhead.instances.orders.maxThreadPoolSize: 4", "at most 8"),
    ] {
        let system = calls_orders(settings);
        assert_eq!(system.edge("front", "orders"), expected, "{settings}");
        assert_eq!(system.problems, [""; 0], "{settings}");
    }
}

/// What is misspelt, of the wrong type, or for nobody is said, with its line.
#[test]
fn mistakes() {
    for (settings, expected) in [
        (
            "resilience4j.retry.instances.orders.maxAttemps: 4",
            "front/src/main/resources/application.yml:3: unknown setting of a retry `maxAttemps`; did you mean `max-attempts`?",
        ),
        (
            "resilience4j.retry.instances.orders.maxAttempts: many",
            "front/src/main/resources/application.yml:3: `resilience4j.retry.instances.orders.maxAttempts` must be a number, 0 or more; taken as unknown",
        ),
        (
            "resilience4j.retry.instances.orders.maxAttempts: ${TRIES}",
            "front/src/main/resources/application.yml:3: `resilience4j.retry.instances.orders.maxAttempts` depends on a variable that nothing here sets; taken as unknown",
        ),
        (
            "resilience4j.retry.instances.invoices.maxAttempts: 4",
            "front/src/main/resources/application.yml:3: settings for calls of `invoices` apply to nothing: no provider of this workload has that name; if it means one, say `invoices = \"<component>\"` under [alias] of linchpin.toml",
        ),
        (
            "spring.cloud.gateway.routes: [{uri: 'http://orders', filters: [{name: Retry, args: {retrys: 2}}]}]",
            "front/src/main/resources/application.yml:3: unknown argument of the Retry filter `retrys`; did you mean `retries`?",
        ),
        (
            "spring.cloud.gateway.routes: [{uri: 'http://orders', filters: ['Retry=x']}]",
            "front/src/main/resources/application.yml:3: `retries` of the Retry filter must be a whole number; its tries are taken as unknown",
        ),
    ] {
        assert_eq!(calls_orders(settings).problems, [expected], "{settings}");
    }
}

/// Spring Cloud Gateway counts retries after the first try, of GET requests that fail with a server error or get no
/// answer unless told otherwise; a response timeout is that of one try.
#[test]
fn gateway() {
    let get = "if methods GET, series SERVER_ERROR";
    for (route, expected) in [
        ("{uri: 'lb://orders'}", String::new()),
        ("{uri: 'http://orders:8080', filters: [Retry]}", format!("gateway ×4 platform-default {get} :3")),
        ("{uri: 'lb://ORDERS', filters: [{name: Retry}]}", format!("gateway ×4 platform-default {get} :3")),
        ("{uri: 'lb://orders', filters: ['Retry=2']}", format!("gateway ×3 explicit {get} :3")),
        (
            "{uri: 'lb://orders', filters: [{name: Retry, args: {retries: 1, methods: 'GET,POST', statuses: BAD_GATEWAY, backoff: {firstBackoff: 10ms, maxBackoff: 50ms, factor: 3}}}]}",
            "gateway ×2 explicit pauses 10 if methods GET,POST, statuses BAD_GATEWAY :3".to_owned(),
        ),
        (
            "{uri: 'lb://orders', filters: [{name: Retry, args: {retries: 2, exceptions: 'java.io.IOException'}}]}",
            format!("gateway ×3 explicit on refused+error {get} :3"),
        ),
        ("{uri: 'lb://orders', metadata: {response-timeout: 200}}", "gateway timeout 200 ms explicit :3".to_owned()),
        ("{uri: 'lb://orders', metadata: {response-timeout: -1}}", "gateway timeout none disabled :3".to_owned()),
        (
            "{uri: 'lb://orders', metadata: {response-timeout: 200}, filters: ['Retry=1']}",
            format!("gateway ×2 explicit each 200 {get} :3"),
        ),
        ("{uri: 'lb://orders', filters: ['CircuitBreaker=name=x,fallbackUri=forward:/y']}", "breaker".to_owned()),
    ] {
        for root in ["spring.cloud.gateway", "spring.cloud.gateway.server.webflux"] {
            let system = front(&format!("a: b\n{root}.routes: [{route}]"));
            assert_eq!(system.edge("front", "orders"), expected, "{route}");
            assert_eq!(system.problems, [""; 0], "{route}");
        }
    }
    let both = "spring.cloud.gateway:\n  httpclient.response-timeout: 5s\n  default-filters: ['Retry=1']\n  routes: [{uri: 'lb://orders', filters: ['Retry=2']}]";
    let expected = format!("gateway ×6 explicit each 5000 {get} :5");
    assert_eq!(front(both).edge("front", "orders"), expected, "filters around each other multiply");
}

/// Zuul, Ribbon, Hystrix and Feign, with the defaults that hold when nothing is said.
#[test]
fn netflix() {
    for (settings, expected) in [
        ("zuul.routes.orders.path: /o/**", "gateway timeout 1000 ms platform-default :2; breaker"),
        ("zuul.routes.orders: /o/**", "gateway timeout 1000 ms platform-default :2; breaker"),
        ("zuul.routes.x: {path: /o/**, serviceId: orders}", "gateway timeout 1000 ms platform-default :2; breaker"),
        ("zuul.routes.x: {path: /o/**, url: 'http://orders:80'}", "gateway timeout 10000 ms platform-default :2"),
        (
            "zuul: {host.socket-timeout-millis: 20000, routes.x: {url: 'http://orders:80'}}",
            "gateway timeout 20000 ms explicit :2",
        ),
        (
            "zuul.routes.orders: /o/**\nhystrix.command.default.execution.isolation.thread.timeoutInMilliseconds: 6000",
            "gateway timeout 6000 ms explicit :2; breaker",
        ),
        (
            "zuul.routes.orders: /o/**\nhystrix.command.orders.execution.timeout.enabled: false",
            "gateway timeout none disabled :2; breaker",
        ),
        (
            "zuul.routes.orders: /o/**\nhystrix.command.default.execution.timeout.enabled: false\nribbon: {ReadTimeout: 3000, MaxAutoRetries: 1, MaxAutoRetriesNextServer: 2}",
            "gateway ×6 explicit each 3000 :4; gateway timeout none disabled :2; breaker",
        ),
        ("orders.ribbon: {MaxAutoRetries: 2, ReadTimeout: 700}", "library ×6 explicit each 700 :2"),
        ("feign.client.config.orders.readTimeout: 2500", "library timeout 2500 ms explicit :2"),
        (
            "spring.cloud.openfeign.client.config: {default: {read-timeout: 4000}, orders: {connect-timeout: 100}}",
            "library timeout 4000 ms explicit :2",
        ),
        (
            "feign: {hystrix.enabled: true, client.config.orders.readTimeout: 2500}",
            "library timeout 1000 ms platform-default :2; breaker; at most 20",
        ),
        (
            "zuul.routes.orders: /o/**\nhystrix.threadpool.default.coreSize: 3",
            "gateway timeout 1000 ms platform-default :2; breaker; at most 6",
        ),
    ] {
        let system = front(settings);
        assert_eq!(system.edge("front", "orders"), expected, "{settings}");
        assert_eq!(system.problems, [""; 0], "{settings}");
    }
}

/// Every form of address in a setting, and who is meant: only the workload that carries the file calls.
#[test]
fn addresses() {
    for (settings, expected) in [
        ("spring.datasource.url: jdbc:postgresql://db:5432/x", vec!["front → db", "front → db-connections uses-pool"]),
        ("spring.rabbitmq: {host: mq, port: 5672}", vec!["front → mq"]),
        ("spring.rabbitmq.host: ${MQ_HOST:mq}", vec!["front → mq"]),
        ("stock.host: stock\norders.url: http://${stock.host}:80", vec!["front → stock"]),
        ("eureka: {client.enabled: false, client.serviceUrl.defaultZone: 'http://stock:8761/eureka'}", vec![]),
        ("eureka.client.serviceUrl.defaultZone: http://stock:8761/eureka", vec!["front → stock"]),
        ("spring.config.import: 'optional:configserver:http://stock:8888'", vec!["front → stock"]),
        ("spring.cloud.config.discovery: {enabled: true, service-id: stock}", vec!["front → stock"]),
        ("server.address: orders", vec![]),
        ("turbine.app-config: orders,stock", vec!["front → orders telemetry", "front → stock telemetry"]),
        ("spring.rabbitmq.host: nobody", vec![]),
    ] {
        assert_eq!(front(settings).edges(), expected, "{settings}");
    }
}

/// What starts the program decides which profiles hold; if nothing says, what a profile says counts if it leads
/// somewhere, and what is for developers or tests takes nothing away.
#[test]
fn profiles() {
    let documents = "rabbit.host: orders\n---\nspring.profiles: docker\nrabbit.host: mq\n---\nspring.config.activate.on-profile: test\nrabbit.host: db\n---\nspring.profiles: dev\nrabbit.host: localhost";
    let compose = |environment: &str| {
        let service = format!("  front: {{image: shop/front, environment: {{{environment}}}}}\n");
        COMPOSE.replace("  front: {image: shop/front, deploy: {replicas: 2}}\n", &service)
    };
    for (environment, expected) in [
        ("", vec!["front → orders", "front → mq"]),
        ("SPRING_PROFILES_ACTIVE: docker", vec!["front → mq"]),
        ("SPRING_PROFILES_ACTIVE: 'dev,docker'", vec![]),
        ("JAVA_OPTS: '-Xmx1g -Dspring.profiles.active=prod'", vec!["front → orders"]),
        ("RABBIT_HOST: stock", vec!["front → stock"]),
    ] {
        let files = [
            ("compose.yaml", compose(environment)),
            ("front/src/main/resources/application.yml", documents.to_owned()),
            ("front/src/test/resources/application.yml", "db.host: db".to_owned()),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let found = Tree::of(&files).edges();
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(found, expected, "{environment}");
    }
}

/// A file belongs to who is built from its folder, or has its application's name, or its folder's; else to nobody.
#[test]
fn belonging() {
    let settings = "stock.url: http://stock:80";
    let named = "spring.application.name: orders-service\nstock.url: http://stock:80";
    let compose = |service: &str| format!("services:\n  {service}\n  stock: {{image: s}}\n");
    for (service, path, text, expected) in [
        ("web: {build: ./code}", "code/src/main/resources/application.yml", settings, 1),
        (
            "web: {build: {context: ., dockerfile: code/Dockerfile}}",
            "code/src/main/resources/application.yml",
            settings,
            1,
        ),
        ("orders: {image: x}", "code/src/main/resources/application.yml", named, 1),
        ("web: {image: 'x/orders-service:1'}", "code/src/main/resources/application.yml", named, 1),
        ("orders: {image: x}", "a/orders/src/main/resources/application.yml", settings, 1),
        ("orders: {image: x}", "a/orders/config/application.properties", "stock.url=http://stock:80", 1),
        ("web: {image: x}", "code/src/main/resources/application.yml", named, 0),
        (
            "web: {image: x, volumes: ['./conf/application.yml:/app/application.yml']}",
            "conf/application.yml",
            settings,
            1,
        ),
    ] {
        let tree = Tree::of(&[("compose.yaml", &compose(service)), (path, text)]);
        assert_eq!(tree.edges().len(), expected, "{service} {path}");
        let (used, ignored) = tree.documents;
        assert_eq!((used, ignored), (1 + expected as u64, 1 - expected as u64), "{service} {path}");
    }
}

/// In a configuration repository a file is for the application that it is named after; what is for all counts for who
/// says that it uses it.
#[test]
fn repository() {
    let client = "spring: {application.name: NAME, cloud.config.uri: 'http://stock:8888'}";
    let tree = Tree::of(&[
        ("compose.yaml", COMPOSE),
        ("front/src/main/resources/bootstrap.yml", &client.replace("NAME", "front")),
        ("orders/src/main/resources/bootstrap.yml", &client.replace("NAME", "orders")),
        ("orders/pom.xml", "<artifactId>spring-boot-starter-amqp</artifactId>"),
        ("config/repo/application.yml", "a: b\nspring.rabbitmq.host: mq"),
        ("config/repo/front.yml", "zuul.routes.o: {serviceId: orders, path: /o}"),
        ("config/repo/orders.yml", "spring.datasource.url: jdbc:postgresql://db/o"),
    ]);
    let expected = [
        "orders → db",
        "orders → db-connections uses-pool",
        "orders → mq",
        "front → orders",
        "front → stock",
        "orders → stock",
    ];
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(tree.edges(), expected);
    let reason = "config/repo/application.yml:2: `spring.rabbitmq` is set here for all who read this file; applications that say nowhere that they use it are left out";
    assert!(tree.problems.iter().any(|p| p.starts_with(reason)), "{:?}", tree.problems);
}

/// The client of a configuration server tries again at start, the first try counted.
#[test]
fn configuration_client() {
    let settings = "spring.cloud.config: {uri: 'http://stock:8888', fail-fast: true, retry: {max-attempts: 3, initial-interval: 2000, multiplier: 2, max-interval: 3000}}";
    assert_eq!(front(settings).edge("front", "stock"), "library ×3 explicit pauses 2000,3000 if at start :2");
    let default = "spring.cloud.config: {uri: 'http://stock:8888', fail-fast: true, retry.multiplier: 1}";
    assert_eq!(
        front(default).edge("front", "stock"),
        "library ×6 platform-default pauses 1000,1000,1000,1000,1000 if at start :2"
    );
}

/// A Kafka producer tries until the time for a record is over, unless it is told how often after the first time.
#[test]
fn kafka() {
    for (settings, expected) in [
        ("acks: all", "library unlimited platform-default each 30000 pauses 100 :3"),
        ("retries: 4", "library ×5 explicit each 30000 pauses 100 :3"),
        ("retries: 0", "library ×1 explicit each 30000 :3"),
        ("retries: 1, properties: {request.timeout.ms: 500}", "library ×2 explicit each 500 pauses 100 :3"),
    ] {
        let system =
            front(&format!("spring.kafka.bootstrap-servers: 'mq:9092'\nspring.kafka.producer: {{{settings}}}"));
        assert_eq!(system.edge("front", "mq"), expected, "{settings}");
    }
    assert_eq!(front("spring.kafka.bootstrap-servers: 'mq:9092'").edge("front", "mq"), "");
}

/// A template of RabbitMQ tries again only if that is switched on; the number counts the first time, as Spring Retry's.
#[test]
fn rabbit() {
    for (settings, expected) in [
        ("enabled: true", "library ×3 platform-default pauses 1000,1000 :3"),
        ("enabled: true, max-attempts: 4, multiplier: 2", "library ×4 explicit pauses 1000,2000,4000 :3"),
        ("max-attempts: 4", ""),
    ] {
        let system = front(&format!("spring.rabbitmq.host: mq\nspring.rabbitmq.template.retry: {{{settings}}}"));
        assert_eq!(system.edge("front", "mq"), expected, "{settings}");
    }
}

/// The same settings in a ConfigMap that a pod mounts.
#[test]
fn in_a_config_map() {
    let tree = Tree::of(&[(
        "k8s.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  application.yml: |\n    orders.url: http://orders\n    \
         resilience4j.retry.instances.orders.maxAttempts: 4\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: \
         front}\nspec: {template: {metadata: {labels: {app: front}}, spec: {volumes: [{name: c, configMap: {name: \
         settings}}], containers: [{name: main, image: front, volumeMounts: [{name: c, mountPath: \
         /config}]}]}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec: {template: {metadata: \
         {labels: {app: orders}}, spec: {containers: [{name: main, image: orders}]}}}\n---\napiVersion: v1\nkind: \
         Service\nmetadata: {name: orders}\nspec: {selector: {app: orders}}\n",
    )]);
    assert_eq!(tree.edge("front", "orders"), "library ×4 explicit pauses 500 :7");
}
