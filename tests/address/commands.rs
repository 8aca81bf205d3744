use super::shown;
use linchpin::facts::Confidence;
use linchpin::facts::address::in_command;

fn command(words: &[&str]) -> String {
    shown(in_command(words).iter().map(|(_, found)| found))
}

/// Flags, scripts and programs that speak to a host or wait for one.
#[test]
fn commands() {
    let table: &[(&[&str], &str)] = &[
        (&["server", "--cart-addr=cart:7070"], "cart:7070"),
        (&["server", "--cart-addr", "cart:7070", "--port", "80"], "cart:7070"),
        (&["server", "--db-host", "db", "--verbose"], "db"),
        (&["server", "-db.host=db"], "db"),
        (&["server", "--dsn", "host=db port=5432 user=u dbname=d"], "db:5432"),
        (&["server", "--dsn=Server=db;Database=x;User Id=sa;Password=p"], "db:1433"),
        (&["java", "-Xmx400M", "-Dspring.config.uri=http://config:8888", "-jar", "/app.jar"], "config:8888"),
        (&["etcd", "--initial-cluster", "n1=http://n1:2380,n2=http://n2:2380"], "n1:2380,n2:2380"),
        (&["etcd", "--initial-advertise-peer-urls=http://n1:2380", "--listen-peer-urls=http://n1:2380"], ""),
        (&["kafka-topics", "--bootstrap-server", "kafka:9092", "--topic", "orders"], "kafka:9092"),
        (&["celery", "-A", "app", "-b", "amqp://u:p@rabbit"], "rabbit:5672"),
        (&["proxy", "http://backend:8080"], "backend:8080"),
        (&["spark", "spark-master:8080"], "spark-master:8080?"),
        (&["prometheus", "--web.listen-address=:9090", "--web.external-url=http://prom/"], "prom:80?"),
        (&["prometheus", "--alertmanager.url=http://am:9093"], "~am:9093"),
        (&["redis-server", "--replicaof", "redis-0", "6379"], "redis-0"),
        (&["nc", "-zv", "rabbitmq", "5672"], "rabbitmq:5672"),
        (&["nc", "-z", "-w", "30", "db", "5432"], "db:5432"),
        (&["./wait-for-it.sh", "config:8888", "--timeout=50", "--", "/bin/start.sh"], "config:8888"),
        (&["wait-for-it", "db:5432", "--", "app", "--api-url=http://api"], "db:5432 | api:80"),
        (
            &["dockerize", "-wait", "tcp://db:5432", "-timeout", "30s", "app", "--api-url=http://api"],
            "db:5432 | api:80",
        ),
        (&["pg_isready", "-h", "db", "-p", "5433"], "db:5433"),
        (&["psql", "-h", "db", "-U", "app"], "db"),
        (&["mysql", "-hdb", "-P3307", "-uroot", "-psecret"], "db:3307"),
        (&["redis-cli", "-h", "redis", "ping"], "redis"),
        (&["mongosh", "--host", "mongo", "--eval", "rs.status()"], "mongo"),
        (&["cqlsh", "cassandra", "9042"], "cassandra:9042"),
        (&["curl", "-H", "Host: x", "-fsS", "http://api/health"], "api:80"),
        (&["wget", "-q", "http://api:81/x"], "api:81"),
        (&["git", "clone", "https://git.acme.io/x.git"], "^git.acme.io:443"),
        (
            &[
                "/bin/sh",
                "-c",
                "until nc -z db 5432; do echo waiting for http://x; sleep 1; done; exec app --url=http://a",
            ],
            "db:5432 | a:80?",
        ),
        (&["sh", "-c", "while ! curl -s http://es:9200; do sleep 1; done"], "es:9200"),
        (&["sh", "-c", "until getent hosts db; do sleep 1; done"], "db?"),
        (&["sh", "-c", "until nslookup db.shop.svc.cluster.local; do sleep 2; done"], "db.shop.svc.cluster.local?"),
        (&["sh", "-c", "(echo > /dev/tcp/db/5432) && app"], ""),
        (&["bash", "-c", "exec 3<>/dev/tcp/db/5432"], "db:5432"),
        (&["sh", "-c", "API_URL=http://api DB_HOST='db' exec app"], "api:80 | db"),
        (&["sh", "-c", "export REDIS_HOST=redis; app"], "redis"),
        (&["sh", "-c", "app # http://nowhere\n  --api=http://x"], "x:80"),
        (&["sh", "-c", "timeout 30 nc -z db 5432"], "db:5432"),
        (&["sh", "-c", "curl http://$(HOST):80 http://${X}/ http://a/"], "a:80"),
        (&["until pg_isready -h db; do sleep 1; done"], "db"),
        (&["-d 60 -r 200 -c 2 -h edge-router"], "edge-router?"),
        (&["-c", "2", "-h", "edge:80"], "edge:80?"),
        (&["app", "-h", "edge"], ""),
        (&["cockroach", "start", "--join=r1,r2", "--advertise-addr=r1"], "r1,r2?"),
        (&["wait-for-it", "-h", "db", "-p", "5432", "--", "app", "--api-url=http://api"], "db:5432 | api:80"),
        (&["./wait_for_it.sh", "--host=db", "--port=5432"], "db:5432"),
    ];
    let wrong: Vec<String> = table
        .iter()
        .map(|(words, expected)| (words, *expected, command(words)))
        .filter(|(_, expected, got)| expected != got)
        .map(|(words, expected, got)| format!("{words:?}\n    expected: {expected}\n         got: {got}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who waits for an address does not say that it will call it.
#[test]
fn waiting_is_inferred() {
    for (words, confidence) in [
        (&["wait-for-it.sh", "db:5432"] as &[&str], Confidence::Inferred),
        (&["sh", "-c", "until nc -z db 5432; do sleep 1; done"], Confidence::Inferred),
        (&["dockerize", "-wait", "tcp://db:5432"], Confidence::Inferred),
        (&["psql", "-h", "db"], Confidence::Declared),
        (&["app", "--db-addr", "db:5432"], Confidence::Declared),
    ] {
        assert_eq!(in_command(words).first().map(|(_, found)| found.confidence), Some(confidence), "{words:?}");
    }
}

/// Words of commands that look like addresses and are none.
#[test]
fn traps() {
    for words in [
        &["server", "--listen", "cart:80", "--bind=cart:80", "--advertise-address", "cart:80"] as &[&str],
        &["docker", "run", "redis:6.2"],
        &["docker", "-H", "unix:///var/run/docker.sock"],
        &["app", "1:2", "user:pass", "12:30", "-Xmx400M", "--name", "web:80"],
        &["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"],
        &["python", "-m", "http.server", "8000"],
        &["sh", "-c", "echo http://a; chown app:1000 /data; sed -i s/localhost/mongo/g app.js"],
        &["sh", "-c", "curl http://169.254.169.254/latest http://localhost:80"],
        &["minio", "server", "http://minio-{0...3}.minio/data"],
        &["redis-server", "--appendonly", "yes", "--maxmemory", "100mb"],
        &["postgres", "-c", "max_connections=200"],
        &["--storage.tsdb.path=/data", "--config.file=/etc/x.yml"],
        &["sh", "-c", "su-exec redis:1000 app"],
        &[],
        &["", " ", "'", "\"", "\\", "$", "${", "$("],
    ] {
        assert_eq!(command(words), "", "{words:?}");
    }
}

/// The index is that of the word that holds the address.
#[test]
fn indices() {
    let found =
        in_command(&["app", "--cart-addr", "cart:80", "--api-url=http://api", "sh", "-c", "app --db-url http://db"]);
    assert_eq!(found.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2, 3, 6]);
}
