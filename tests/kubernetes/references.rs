//! Where pods refer to others: environment, command lines, init containers, probes, mounted files and volumes.

use super::*;

/// Every place of a pod in which an address can stand, with the place of the value itself.
#[test]
fn every_place_of_an_address() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      initContainers:
        - name: wait
          command: [sh, -c, 'until nc -z db 5432; do sleep 1; done']
        - {name: proxy, restartPolicy: Always, image: x, env: [{name: UPSTREAM_ADDR, value: 'upstream:9000'}]}
      containers:
        - name: web
          env:
            - {name: PART, value: cart}
            - {name: CART_ADDR, value: '$(PART):7070'}
            - {name: LATER_ADDR, value: '$(DEFINED_BELOW):80'}
            - {name: DEFINED_BELOW, value: below}
            - {name: RATES_URL, valueFrom: {configMapKeyRef: {name: settings, key: rates}}}
            - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: credentials, key: url}}}
          envFrom: [{configMapRef: {name: settings}, prefix: APP_}]
          args: ['--search=http://search.find:9200', '--cache', '$(CACHE_SERVICE_HOST):$(CACHE_SERVICE_PORT)']
          command:
            - sh
            - -c
            - |
              set -e
              curl http://warmup:8080/go
          readinessProbe: {httpGet: {host: gatekeeper.shop, port: 80}}
          volumeMounts: [{name: files, mountPath: /etc/app}]
      volumes: [{name: files, configMap: {name: files, optional: true}}, {name: unused, configMap: {name: noise}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  rates: http://rates:80/v1
  MAIL_HOST: mail
---
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: shop}
data:
  url: cG9zdGdyZXM6Ly91c2VyOmh1bnRlcjJAbGVkZ2VyOjU0MzIvYXBw
---
apiVersion: v1
kind: ConfigMap
metadata: {name: files, namespace: shop}
data:
  application.properties: |
    # the next line counts
    stock.url=http://stock:8080
    broker.url=amqp://${PART}:5672
---
apiVersion: v1
kind: ConfigMap
metadata: {name: noise, namespace: shop}
data: {application.properties: 'noise.url=http://noise:80'}
---
apiVersion: v1
kind: Service
metadata: {name: cache, namespace: shop}
spec: {ports: [{port: 6379}]}
";
    let facts = facts(text);
    assert_eq!(
        dependencies(&facts),
        [
            "shop/web > cache:6379 sync args :21",
            "shop/web > cart:5672 sync configmap.files.application.properties :52",
            "shop/web > cart:7070 sync env.CART_ADDR :15",
            "shop/web > config:shop/files mount startup soft volumes.configMap :30",
            "shop/web > config:shop/noise mount startup hard volumes.configMap :30",
            "shop/web > config:shop/settings mount startup hard envFrom.configMapRef :20",
            "shop/web > db:5432 startup startup inferred command :9",
            "shop/web > gatekeeper.shop sync readinessProbe.httpGet.host :28",
            "shop/web > ledger:5432 sync env.DATABASE_URL :43",
            "shop/web > mail sync env.APP_MAIL_HOST :37",
            "shop/web > rates:80 sync env.APP_rates :36",
            "shop/web > rates:80 sync env.RATES_URL :36",
            "shop/web > search.find:9200 sync args :21",
            "shop/web > secret:shop/credentials mount startup hard env.DATABASE_URL :19",
            "shop/web > stock:8080 sync configmap.files.application.properties :51",
            "shop/web > upstream:9000 sync env.UPSTREAM_ADDR :10",
            "shop/web > warmup:8080 sync command :27",
        ]
    );
    assert!(!format!("{facts:?}").contains("hunter2"), "a password left its Secret");
}

/// `env` beats `envFrom`, a later source beats an earlier one, and a variable counts once.
#[test]
fn precedence_of_variables() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      envFrom: [{configMapRef: {name: first}}, {configMapRef: {name: second}}]
      env: [{name: B_URL, value: 'http://from-env:80'}]
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: first}, data: {A_URL: 'http://first:80', B_URL: 'http://first:80'}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: second}, data: {A_URL: 'http://second:80'}}
";
    let facts = facts(text);
    let calls: Vec<_> = dependencies(&facts).into_iter().filter(|d| d.contains(" sync ")).collect();
    assert_eq!(calls, ["default/web > from-env:80 sync env.B_URL :8", "default/web > second:80 sync env.A_URL :12"]);
}

/// Variables that tell all who share them where all of them are do not tell who calls whom, and that is told once; a store
/// takes from them what is named after it.
#[test]
fn variables_for_everybody() {
    let workloads = |more: &str| -> String {
        let shared = "envFrom: [{configMapRef: {name: common}}]";
        let services = [("cart", "c"), ("user", "u"), ("db", "postgres:17"), ("kafka", "cp-kafka"), ("web", "w")];
        let workload = |(name, image): (&str, &str)| {
            let own = if name == "web" { more } else { "" };
            deployment("shop", name, &format!("image: '{image}', {shared}{own}"))
                + &format!(
                    "{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, spec: {{selector: {{app: {name}}}}}}}\n---\n"
                )
        };
        services.map(workload).concat()
    };
    let common = |more: &str| {
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: common, namespace: shop}}, data: {{CART_HOST: cart, DB_HOST: db, \
             KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181'{more}}}}}\n"
        )
    };
    let calls = |facts: &linchpin::facts::Facts, from: &str| -> Vec<String> {
        let all = dependencies(facts)
            .into_iter()
            .filter(|d| d.starts_with(&format!("shop/{from} >")) && d.contains(" sync "));
        all.map(|d| d.split(' ').nth(2).unwrap().to_owned()).collect()
    };
    let everybody = facts(
        &(workloads(", env: [{name: OWN_URL, value: 'http://user'}]") + &common(", USER_URL: 'http://user.shop.svc'")),
    );
    assert_eq!(
        calls(&everybody, "web"),
        ["cart", "db", "user.shop.svc:80", "user:80", "zookeeper:2181"],
        "not named itself"
    );
    assert_eq!(calls(&everybody, "cart"), ["cart", "db", "zookeeper:2181"], "itself, which is no dependency");
    assert_eq!(calls(&everybody, "user"), ["db", "user.shop.svc:80", "zookeeper:2181"], "likewise");
    assert_eq!(calls(&everybody, "db"), [""; 0]);
    assert_eq!(calls(&everybody, "kafka"), ["zookeeper:2181"]);
    let told: Vec<String> = everybody.problems.iter().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("tells the 5 that share it where 2 of them are"), "{told:?}");
    let one = facts(&(workloads("") + &common("")));
    assert_eq!(calls(&one, "web"), ["cart", "db", "zookeeper:2181"], "one of them may be whom they all call");
    assert!(one.problems.is_empty());
}

/// Doubled dollar signs escape, unknown variables stay, and expansion that doubles with every line ends.
#[test]
fn expansion_is_bounded() {
    let mut env = "{name: V0, value: 'aaaaaaaaaaaaaaaa'}".to_owned();
    for i in 1..60 {
        env += &format!(", {{name: V{i}, value: '$(V{0})$(V{0})'}}", i - 1);
    }
    env += ", {name: A_URL, value: 'http://$$(V0):80'}, {name: B_URL, value: 'http://$(NOBODY):80'}";
    env += ", {name: C_URL, value: 'http://c:80/'}, {name: D_URL, value: 'http://d:80/$(V59)'}";
    env += ", {name: OTEL_SERVICE_NAME, value: 'a$$b'}";
    let facts = facts(&deployment("shop", "web", &format!("env: [{env}]")));
    assert_eq!(facts.components[0].service_name.as_deref(), Some("a$b"));
    assert_eq!(dependencies(&facts), ["shop/web > c:80 sync env.C_URL :7"]);
}

/// Configuration of the same name is taken from the nearest file: each variant of a system brings its own.
#[test]
fn the_nearest_configuration_counts() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, envFrom: [{configMapRef: \
               {name: settings}}]}]}\n";
    let settings = |host: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{DB_URL: 'http://{host}:80'}}\n")
    };
    let (a, b) = (settings("a"), settings("b"));
    let facts = facts_of(&[("one/web.yaml", pod), ("one/settings.yaml", &a), ("two/settings.yaml", &b)]);
    assert_eq!(
        dependencies(&facts),
        [
            "default/web > a:80 sync env.DB_URL one/settings.yaml:4",
            "default/web > config:default/settings mount startup hard envFrom.configMapRef one/web.yaml:4"
        ]
    );
}

/// A missing ConfigMap is a finding unless it is optional or the platform's; a missing Secret is made outside.
#[test]
fn missing_configuration() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets: [{name: registry}]
  containers:
    - name: web
      envFrom:
        - configMapRef: {name: absent}
        - configMapRef: {name: perhaps, optional: true}
        - secretRef: {name: made-elsewhere}
      volumeMounts: [{name: ca, mountPath: /ca}]
  volumes:
    - {name: ca, projected: {sources: [{configMap: {name: kube-root-ca.crt}}, {secret: {name: tls, optional: true}}]}}
";
    let facts = facts(text);
    assert_eq!(notes(&facts), ["no ConfigMap default/absent :9"]);
    assert_eq!(
        dependencies(&facts),
        [
            "default/web > secret:default/made-elsewhere mount startup hard envFrom.secretRef :11",
            "default/web > secret:default/registry mount startup hard imagePullSecrets :5",
            "default/web > secret:default/tls mount startup soft volumes.secret :14",
        ]
    );
    assert_eq!(
        components(&facts),
        [
            "secret secret:default/made-elsewhere",
            "secret secret:default/registry",
            "secret secret:default/tls",
            "service default/web x1?"
        ]
    );
}

/// One claim is one volume however many use it; a StatefulSet of one has a volume of its own, one of three has none; a
/// volume is where its PersistentVolume is.
#[test]
fn volumes() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [], volumes: [{{name: v, \
             persistentVolumeClaim: {{claimName: shared}}}}]}}\n---\n"
        )
    };
    let set = |name: &str, replicas: u32| {
        format!(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec: {{replicas: {replicas}, template: \
             {{spec: {{containers: []}}}}, volumeClaimTemplates: [{{metadata: {{name: data}}}}]}}\n---\n"
        )
    };
    let claim =
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: shared}, spec: {volumeName: pv}}\n---\n";
    let volume = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: pv, labels: {topology.kubernetes.io/zone: z1}}\n\
                  spec: {nfs: {server: nfs.example.com}}\n";
    let facts = facts(&(pod("a") + &pod("b") + &set("one", 1) + &set("three", 3) + claim + volume));
    assert_eq!(
        dependencies(&facts),
        [
            "default/a > volume:default/shared mount hard volumes.persistentVolumeClaim :4",
            "default/b > volume:default/shared mount hard volumes.persistentVolumeClaim :9",
            "default/one > volume:default/data-one-0 mount hard spec.volumeClaimTemplates :14",
            "volume:default/shared > nfs.example.com mount hard spec.nfs.server :26",
            "volume:default/shared > zone:z1 placed-on hard metadata.labels.topology.kubernetes.io/zone :25",
        ]
    );
    let stores: Vec<_> = components(&facts).into_iter().filter(|c| !c.starts_with("service")).collect();
    assert_eq!(stores, ["volume volume:default/data-one-0", "volume volume:default/shared", "zone zone:z1"]);
}

/// A dashboard in a ConfigMap is no dependency of whoever mounts it.
#[test]
fn dashboards_are_data() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: c, volumeMounts: [{name: d, mountPath: /d}]}]
  volumes: [{name: d, configMap: {name: boards}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: boards}
data:
  board.json: |
    {\"schemaVersion\": 30, \"panels\": [{\"url\": \"http://cart:7070\", \"host\": \"cart\"}]}
";
    let found = dependencies(&facts(text));
    assert_eq!(found, ["default/web > config:default/boards mount startup hard volumes.configMap :6"]);
}
