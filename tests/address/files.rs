use super::{address, shown};
use linchpin::facts::Confidence;
use linchpin::facts::address::in_file;

/// What a file uses, each with its line (from 1).
fn file(name: &str, text: &str) -> String {
    let found = in_file(name, text);
    found.iter().map(|(line, found)| format!("{} {}", line + 1, shown([found]))).collect::<Vec<_>>().join("; ")
}

fn check(rows: &[(&str, &str, &str)]) {
    super::check(rows, file);
}

/// `key = value` files: properties, `.env`, INI, TOML.
#[test]
fn lines() {
    check(&[
        (
            "application.properties",
            "# x=http://no\nspring.redis.host=redis\nspring.redis.port = 6379\n",
            "2 redis:6379",
        ),
        ("application.properties", "a=1\nurl=jdbc:\\\n  mysql://db/x\n", "2 db:3306?"),
        ("app.properties", "app.db.url: jdbc:postgresql://db/x\n", "1 db:5432"),
        (".env", "export API_URL=\"http://api\" # http://no\nUSER=mongo\n", "1 api:80"),
        ("app.ini", "[database]\nhost = db\nport = 5433\n; host = no\n[cache]\nhost = redis\n", "2 db:5433; 6 redis"),
        ("app.toml", "[[upstream]]\nhosts = [\"a:9000\", \"b:9000\"]\n", "2 a:9000,b:9000"),
        ("app.cfg", "brokers=k1:9092,k2:9092\r\n", "1 k1:9092,k2:9092"),
        ("redis.conf", "bind 0.0.0.0\nport 6379\nmaxmemory 100mb\n", ""),
        ("redis.conf", "replicaof redis-0 6379\n", "1 redis-0:6379"),
        ("settings", "API_ADDR=cart:80\n", "1 cart:80"),
        ("hosts", "# comment\ncart:80\nhttp://user\n", "2 cart:80?; 3 user:80"),
        ("Corefile", ".:53 {\n  forward . 8.8.8.8 9.9.9.9\n  log\n}\n", ""),
        ("my.cnf", "[mysqld]\nbind-address = 0.0.0.0\nuser = mysql\n", ""),
        ("x.txt", "http://cart\n", ""),
        ("README.md", "http://cart\n", ""),
        ("init.sql", "-- http://cart\n", ""),
        ("app.js", "fetch('http://cart')\n", ""),
        ("ca", "-----BEGIN CERTIFICATE-----\nhost=db\n", ""),
        ("x", "", ""),
    ]);
}

/// YAML and JSON: the path is the key, siblings are joined, lists are clusters or several things.
#[test]
fn trees() {
    check(&[
        ("application.yml", "spring:\n  redis:\n    host: redis\n    port: 6379\n", "3 redis:6379"),
        (
            "application.yml",
            "spring:\n  datasource:\n    url: jdbc:mysql://db/x\n---\nspring:\n  rabbitmq:\n    host: mq\n",
            "3 db:3306; 7 mq",
        ),
        ("application.yml", "spring.config.import: optional:configserver:http://config:8888\n", "1 config:8888"),
        ("application.yml", "a:\n  uri: lb://orders\n", "2 orders?"),
        (
            "config",
            "brokers:\n  - k1:9092\n  - k2:9092\nurls:\n  - http://a\n  - http://b\n",
            "2 k1:9092,k2:9092; 5 a:80?; 6 b:80?",
        ),
        ("c.yaml", "upstreams:\n- host: a\n  port: 81\n- host: b\n  port: 82\n", "2 a:81; 4 b:82"),
        (
            "c.json",
            "{\"description\": \"see http://no\",\n\"$schema\": \"http://no\",\n\"CartUrl\": \"http://cart\"}",
            "3 cart:80",
        ),
        (
            "appsettings.json",
            "// comment\n{\n  \"CatalogUrl\": \"http://catalog\",\n  \"Db\": \"Server=sql;Database=d;User Id=u;Password=p\"\n}\n",
            "3 catalog:80; 4 sql:1433",
        ),
        ("dash.json", "{\"panels\": [], \"schemaVersion\": 1, \"url\": \"http://cart\"}", ""),
        ("x.yaml", "apiVersion: 1\nname: http://no\nimage: redis:6379\nlisten: cart:80\n", ""),
        ("x.yaml", "command: [\"wait-for-it\", \"db:5432\"]\n", "1 db:5432"),
        ("x.yaml", "text: go to http://no for more\n", ""),
        ("x.yaml", "a: {{ .Values.x }}\ncartUrl: http://cart\n", "2 cart:80"),
    ]);
}

/// What watches others, and what it listens on itself.
#[test]
fn telemetry() {
    check(&[
        (
            "prometheus.yml",
            "scrape_configs:\n- job_name: app\n  static_configs:\n  - targets: ['cart:9090', 'localhost:1']\n    labels: {a: b}\nremote_write:\n- url: http://mimir/push\n",
            "4 ~cart:9090?; 7 ~mimir:80",
        ),
        (
            "relay",
            "receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: collector:4317\n  redis:\n    endpoint: redis:6379\nexporters:\n  otlp/jaeger:\n    endpoint: jaeger:4317\nextensions:\n  health_check:\n    endpoint: collector:13133\nservice:\n  pipelines: {}\n",
            "7 ~redis:6379; 10 ~jaeger:4317",
        ),
        ("ds.yaml", "apiVersion: 1\ndatasources:\n- name: P\n  url: http://prometheus:9090\n", "4 ~prometheus:9090"),
        ("logback.xml", "<appender><destination>logstash:5044</destination></appender>", "1 ~logstash:5044?"),
    ]);
}

/// Proxies: upstreams are clusters, their names are no hosts, what they listen on is their own.
#[test]
fn proxies() {
    check(&[
        (
            "nginx.conf",
            "http {\n upstream shop {\n  server a:80 weight=5;\n  server b:80 backup;\n }\n server {\n  listen 80;\n  server_name shop.acme.io;\n  location / { proxy_pass http://shop; }\n  location /api { proxy_pass http://api:8080/; } # http://no\n  return 301 https://$host;\n }\n}\n",
            "3 a:80,b:80; 10 api:8080",
        ),
        ("default.conf", "server { location ~ \\.php$ { fastcgi_pass php:9000; } }\n", "1 php:9000"),
        ("default.conf.template", "proxy_pass http://${BACKEND}:80;\nproxy_pass http://${B:-web}:80;\n", "2 web:80"),
        ("nginx.conf", "set $api http://api:81;\nproxy_pass $api;\nresolver 10.0.0.10;\n", "1 api:81"),
        (
            "proxy.conf",
            "set $upstream_app auth;\nset $port \"91\";\nset $proto http;\nproxy_pass $proto://$upstream_app:${port};\n",
            "4 auth:91",
        ),
        (
            "default.conf",
            "location /a { set $to a; proxy_pass http://$to; }\nlocation /b { set $to b; proxy_pass http://$to; }\n",
            "1 a:80; 2 b:80",
        ),
        ("nginx.conf", "set $a $host;\nproxy_pass http://$a:80;\nproxy_pass http://$b:80/${c;\n", ""),
        ("nginx.conf", "upstream s { server unix:/tmp/x.sock; }\nproxy_pass http://s;\n", ""),
        (
            "haproxy.cfg",
            "frontend f\n bind *:80\n default_backend b\nbackend b\n server s1 a:80 check\n server s2 b:80 check\nresolvers d\n nameserver n 10.0.0.1:53\n",
            "5 a:80,b:80",
        ),
        (
            "Caddyfile",
            "shop.acme.io {\n reverse_proxy /api/* api:80 api2:80\n reverse_proxy {\n  to web:8080\n }\n}\n",
            "2 api:80,api2:80; 4 web:8080",
        ),
        ("Caddyfile", ":80 {\n reverse_proxy {$UPSTREAM}\n}\n", ""),
        (
            "httpd.conf",
            "<VirtualHost *:80>\nServerName shop.acme.io\nProxyPass /api http://api:80/\n<Proxy balancer://c>\nBalancerMember http://a:80\nBalancerMember http://b:80\n</Proxy>\nProxyPass / balancer://c\n</VirtualHost>\n",
            "3 api:80; 5 a:80,b:80",
        ),
        (
            "envoy.yaml",
            "admin:\n  address: {socket_address: {address: 0.0.0.0, port_value: 9901}}\nstatic_resources:\n  listeners:\n  - address: {socket_address: {address: web, port_value: 80}}\n    filter_chains:\n    - tracing: {provider: {collector_cluster: zk}}\n  clusters:\n  - name: cart\n    load_assignment:\n      endpoints:\n      - lb_endpoints:\n        - endpoint: {address: {socket_address: {address: cart-a, port_value: 7070}}}\n        - endpoint: {address: {socket_address: {address: cart-b, port_value: 7070}}}\n  - name: zk\n    connect_timeout: 1s\n    hosts:\n    - socket_address: {address: spans, port_value: 80}\n  - name: unknown\n    load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: \"${X}\", port_value: 80}}}}]}]}\n",
            "13 cart-a:7070,cart-b:7070; 18 ~spans:80",
        ),
    ]);
}

/// XML: elements and attributes with their labels, never namespaces.
#[test]
fn xml() {
    check(&[
        (
            "hibernate.cfg.xml",
            "<?xml version=\"1.0\"?>\n<!-- http://no -->\n<c xmlns=\"http://www.w3.org/x\" xsi:schemaLocation=\"http://no http://no\">\n<property name=\"connection.url\">jdbc:mysql://db/x?a=1&amp;b=2</property>\n</c>",
            "4 db:3306",
        ),
        (
            "web.config",
            "<configuration><add key=\"ApiUrl\" value=\"http://api\"/>\n<add name=\"Main\" connectionString=\"Server=sql;Database=d;User Id=u;Password=p\" />\n</configuration>",
            "1 api:80; 2 sql:1433",
        ),
        ("x.xml", "<c><database><host>db</host><port>5433</port></database></c>", "1 db:5433"),
        ("x.xml", "<c><url><![CDATA[http://cart]]></url></c>", "1 cart:80"),
        ("x.xml", "<a><b", ""),
        ("index.html", "<a href=\"http://no\">x</a>", ""),
    ]);
}

/// Scripts call what resolves.
#[test]
fn scripts() {
    check(&[
        (
            "start.sh",
            "# http://no\nuntil nc -z db 5432; do sleep 1; done\ncurl http://api/x\n",
            "2 db:5432?; 3 api:80?",
        ),
        ("start", "#!/bin/sh\nexec app --cart-addr=cart:80\n", "2 cart:80?"),
    ]);
}

/// An address below a key that speaks of addresses is declared; in free text it is inferred.
#[test]
fn confidence() {
    let found = in_file("a.properties", "cart.url=http://cart\nsomething=http://user\n");
    let graded: Vec<_> = found.iter().map(|(_, f)| (address(&f.addresses[0]), f.confidence)).collect();
    assert_eq!(graded, [("cart:80".into(), Confidence::Declared), ("user:80".into(), Confidence::Inferred)]);
}
