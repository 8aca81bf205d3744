//! What is secret in the input is in no output.

use crate::{Folder, fixture};

/// What every secret of `everywhere` holds, and how Secrets spell it in base64 (`S3CRET` at each of the three offsets).
const MARKS: [&str; 4] = ["s3cret", "uznduk", "mzq1jf", "tm0nsrv"];

/// Passwords and tokens in every place where people put them.
fn everywhere() -> Folder {
    let folder = Folder::new();
    folder.write("app.yaml", KUBERNETES);
    folder.write("compose.yaml", COMPOSE);
    folder.write(".env", "DB_PASSWORD=S3CRET40\nPLAIN=S3CRET41\n");
    folder.write("api.env", "API_TOKEN=S3CRET42\nMAIL_URL=smtp://me:S3CRET43@mail.example.com:25\n");
    folder.write("nginx.conf", "server { location / { proxy_pass http://u:S3CRET44@db:80; proxy_set_header Authorization \"Basic S3CRET45\"; } }\n");
    folder.write("k/kustomization.yaml", "secretGenerator:\n  - {name: s, literals: [password=S3CRET46]}\nconfigMapGenerator:\n  - {name: c, literals: [\"DB_URL=postgres://u:S3CRET47@db/x\"]}\nresources: [nowhere.yaml]\n");
    folder.write("broken.yaml", "password: S3CRET48\nb: [S3CRET49,\n");
    folder.write(
        "twice.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: twice}\nstringData: {password: S3CRET50, password: S3CRET51}\n",
    );
    folder.write("native.yaml", "apiVersion: linchpin/v1\nkind: Service\nmetadata: {name: S3CRET, password: S3CRET52}\nspec: {timeout: S3CRET53, dependsOn: ['postgres://u:S3CRET54@db/x']}\n".replace("name: S3CRET,", "name: api,"));
    folder.write("types.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: odd, annotations: {linchpin.dev/timeout: S3CRET55, linchpin.dev/entry: S3CRET56}}\nspec: {replicas: S3CRET57, template: {spec: {containers: S3CRET58}}}\n");
    folder
}

const KUBERNETES: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, annotations: {token: S3CRET01, "nginx.ingress.kubernetes.io/auth-url": "https://u:S3CRET02@auth.example.com/x?token=S3CRET03"}}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      initContainers:
        - {name: wait, image: busybox, command: [sh, -c, "PGPASSWORD=S3CRET04 psql postgres://u:S3CRET05@db:5432/x -c 'select 1'"]}
      containers:
        - name: api
          image: registry.example.com/api
          args: ["--dsn=postgres://u:S3CRET06@db:5432/x", "--password", "S3CRET07", "--redis", "redis://:S3CRET08@cache:6379", "-pS3CRET09"]
          command: ["curl", "-u", "me:S3CRET10", "-H", "Authorization: Bearer S3CRET11", "https://api.example.com/?api_key=S3CRET12"]
          env:
            - {name: DB_PASSWORD, value: S3CRET13}
            - {name: API_KEY, value: S3CRET14.example.com}
            - {name: DB_URL, value: "postgres://user:S3CRET15@db:5432/orders?password=S3CRET16"}
            - {name: ODD_URL, value: "postgres://user:p@S3CRET17@db:5432/orders"}
            - {name: JDBC_URL, value: "jdbc:mysql://db:3306/x?user=u&password=S3CRET18"}
            - {name: JDBC_SERVER, value: "jdbc:sqlserver://db:1433;user=u;password=S3CRET19"}
            - {name: CONNECTION_STRING, value: "Server=db,1433;User Id=u;Password=S3CRET20;"}
            - {name: AMQP_URL, value: "amqp://u:S3CRET21@queue:5672/S3CRET22"}
            - {name: MONGO_URL, value: "mongodb+srv://u:S3CRET23@mongo.example.com,u:S3CRET24@db:27017/x"}
            - {name: MYSQL_DSN, value: "u:S3CRET25@tcp(db:3306)/x"}
            - {name: STORAGE, value: "DefaultEndpointsProtocol=https;AccountName=store;AccountKey=S3CRET26==;EndpointSuffix=core.windows.net"}
            - {name: BUS, value: "Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=x;SharedAccessKey=S3CRET27="}
            - {name: HOOK_URL, value: "https://hooks.example.com/services/T00/B00/S3CRET28"}
            - {name: SENTRY_DSN, value: "https://S3CRET29@o1.ingest.example.com/2"}
            - {name: SECRET_HOST, value: "user:S3CRET30@db:5432"}
            - {name: BROKEN_URL, value: "postgres://u:S3CRET31/x@db:port"}
            - {name: HEADERS, value: "authorization=Bearer S3CRET32"}
            - {name: DB_ADDR, value: "u:S3CRET33@nowhere"}
            - {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: keys, key: url}}}
          envFrom: [{secretRef: {name: keys}}, {configMapRef: {name: settings}}]
          volumeMounts: [{name: settings, mountPath: /etc/app}]
          livenessProbe: {httpGet: {path: /, port: 80, httpHeaders: [{name: Authorization, value: S3CRET34}]}}
      volumes: [{name: settings, configMap: {name: settings}}]
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
data: {url: cG9zdGdyZXM6Ly91OlMzQ1JFVDM1QGRiOjU0MzIveA==, file: UzNDUkVUMzY=}
stringData: {password: S3CRET37, other: "http://u:S3CRET38@cache:6379"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  password: S3CRET39
  app.properties: |
    spring.datasource.url=jdbc:postgresql://db:5432/x?password=S3CRET60
    spring.datasource.password=S3CRET61
    api.url=https://u:S3CRET62@api.example.com
  app.yaml: |
    db: {url: "postgres://u:S3CRET63@db/x", password: S3CRET64}
  app.json: '{"url": "redis://:S3CRET65@cache:6379", "token": "S3CRET66"}'
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {type: ExternalName, externalName: "u:S3CRET67@db.example.com"}
"#;

const COMPOSE: &str = r#"
name: shop
services:
  api:
    image: api:${PLAIN}
    build: {context: ., args: {TOKEN: S3CRET70, REPO_URL: "https://u:S3CRET71@git.example.com/x"}}
    command: ["--url", "postgres://u:S3CRET72@db:5432/x", "--token=S3CRET73"]
    env_file: api.env
    environment:
      DB_PASSWORD: ${DB_PASSWORD}
      DB_URL: postgres://u:${DB_PASSWORD}@db:5432/x
      NEEDED: ${MISSING:?S3CRET74}
      REDIS_URL: redis://:S3CRET75@nowhere:6379
      QUEUE_URL: ${QUEUE_URL:-amqp://u:S3CRET76@queue:5672}
    labels: {linchpin.dev/timeout: S3CRET77, traefik.http.middlewares.auth.basicauth.users: "me:S3CRET78"}
    healthcheck: {test: "curl -u me:S3CRET79 http://localhost"}
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
    secrets: [key]
    replicas: S3CRET80
    ports: ["S3CRET81:80"]
  db: {image: postgres, environment: [POSTGRES_PASSWORD=S3CRET82]}
secrets: {key: {environment: S3CRET83}}
"#;

/// Every output of every command, on a system that holds passwords in every place.
#[test]
fn passwords_are_in_no_output() {
    let folder = everywhere();
    let mut outputs = Vec::new();
    for args in [
        &["scan", "--problems", "--assumptions", "--limit", "1000"][..],
        &["scan", "--format", "json"],
        &["graph"],
        &["graph", "--format", "json"],
        &["graph", "--format", "text"],
        &["graph", "--format", "mermaid"],
        &["blast", "service:default/api"],
        &["blast", "service:default/api", "--format", "json"],
        &["blast", "postgres://u:p@db"],
        &["why", "service:shop/api"],
        &["why", "service:shop/api", "--format", "json"],
    ] {
        let ran = folder.run(args);
        outputs.push((args, ran.out));
        outputs.push((args, ran.err));
    }
    assert!(outputs.iter().any(|(_, text)| text.contains("api.example.com")), "the system was read");
    for (args, text) in outputs {
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            let leak = MARKS.iter().find(|mark| lower.contains(*mark));
            assert!(leak.is_none(), "{args:?}, line {}: {line}", number + 1);
        }
    }
}

/// The shipped system's password neither.
#[test]
fn fixtures_keep_theirs() {
    let folder = Folder::new();
    let shop = fixture("shop");
    for args in [&["scan", "--assumptions"][..], &["graph"], &["graph", "--format", "json"]] {
        let ran = folder.run(&[args, &["-m", shop.to_str().unwrap()]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!(ran.out + &ran.err).contains("not-a-real-password"), "{args:?}");
    }
}
