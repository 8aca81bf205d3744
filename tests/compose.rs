//! Compose files to facts.

use linchpin::facts::address::Address;
use linchpin::facts::compose::{link, recognises};
use linchpin::facts::{Answer, Confidence, Facts, Kind, Note, Plane, Target};
use linchpin::parse::{Node, Outcome, documents};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The facts of files given as path and text: whatever is a Compose file is linked, the rest lies beside.
fn facts(files: &[(&str, &str)]) -> Facts {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    linked(&files, "here")
}

fn linked(files: &BTreeMap<String, String>, here: &str) -> Facts {
    link(compose_files(files), files, here)
}

fn compose_files(files: &BTreeMap<String, String>) -> Vec<(Arc<str>, Node)> {
    let mut given = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with("ml")) {
        for document in documents(&path.as_str().into(), text) {
            if let Outcome::Tree(node) = document.outcome
                && recognises(path, &node)
            {
                given.push((path.as_str().into(), node));
            }
        }
    }
    given
}

/// Dependencies as `from → to interaction plane [confidence] field at file:line`, sorted.
fn dependencies(facts: &Facts) -> Vec<String> {
    let address = |address: &Address| match address {
        Address::Host { host, .. } => host.clone(),
        Address::Resource { name, .. } => name.clone(),
    };
    let mut lines: Vec<String> = facts
        .dependencies
        .iter()
        .map(|d| {
            let to = match &d.to {
                Target::Component(key) => key.name.to_string(),
                Target::Addresses { addresses, .. } => addresses.iter().map(address).collect::<Vec<_>>().join(","),
                other => format!("{other:?}"),
            };
            let (interaction, plane) = (d.interaction.word(), d.plane.word());
            format!("{} → {to} {interaction} {plane} {} {}", d.from.name, d.evidence.field, d.evidence.at)
        })
        .collect();
    lines.sort();
    lines
}

/// Dependencies on a plane as `from → to`, sorted, without repetitions.
fn edges(facts: &Facts, plane: Plane) -> Vec<String> {
    let word = format!(" {} ", plane.word());
    let lines = dependencies(facts).into_iter().filter(|line| line.contains(&word));
    let mut edges: Vec<String> = lines.map(|l| l.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect();
    edges.sort();
    edges.dedup();
    edges
}

/// Components as `kind scope/namespace/name` with what is not usual about them, sorted.
fn components(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = facts
        .components
        .iter()
        .map(|c| {
            let mut line = format!("{} {}", c.kind, c.key.name);
            match &c.replicas {
                Some(r) if r.explicit => line += &format!(" x{}", r.value),
                Some(_) => {}
                None => line += " x?",
            }
            if c.entry.is_some() {
                line += " entry";
            }
            if c.telemetry {
                line += " telemetry";
            }
            if !c.profiles.is_empty() {
                line += &format!(" profiles={}", c.profiles.join(","));
            }
            if !c.aliases.is_empty() {
                line += &format!(" aliases={}", c.aliases.join(","));
            }
            line
        })
        .collect();
    lines.sort();
    lines
}

fn problems(facts: &Facts) -> Vec<String> {
    facts.problems.iter().map(ToString::to_string).collect()
}

fn notes(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = facts
        .notes
        .iter()
        .map(|note| match note {
            Note::Dangling { target, evidence, .. } => format!("dangling {target} {}", evidence.at),
            Note::Unreachable { from, to, evidence } => {
                format!("{} cannot reach {} {}", from.name, to.name, evidence.at)
            }
            Note::SelectorMatchesNothing { .. } | Note::ProbeAsks { .. } => unreachable!(),
        })
        .collect();
    lines.sort();
    lines
}

fn service(body: &str) -> String {
    format!("services:\n  web:\n    image: a\n{body}\n  db:\n    image: postgres:17\n  api:\n    image: b\n")
}

/// All files of a folder, by path relative to it.
fn folder(root: &str) -> std::io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut open = vec![Path::new(root).to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                files.insert(name, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(files)
}

/// The fixture says of each service what its README promises, with the place of every word.
#[test]
fn shop() {
    let facts = linked(&folder("fixtures/compose/shop").unwrap(), "shop");
    insta::assert_snapshot!("shop_components", components(&facts).join("\n"));
    insta::assert_snapshot!("shop_dependencies", dependencies(&facts).join("\n"));
    assert_eq!(notes(&facts), [""; 0]);
    assert_eq!(problems(&facts), [""; 0]);
    let used: Vec<_> = facts.files_used.iter().map(|f| &**f).collect();
    assert_eq!(
        used,
        [".env", "common.yaml", "nginx/default.conf", "orders/Dockerfile", "orders/orders.env", "payments/.env"]
    );
}

/// The order in which files are found changes nothing.
#[test]
fn order_of_files() {
    let files = folder("fixtures/compose/shop").unwrap();
    let mut given = compose_files(&files);
    let forth = format!("{:?}", link(given.clone(), &files, "shop"));
    given.reverse();
    assert_eq!(format!("{:?}", link(given, &files, "shop")), forth);
}

/// Each way to name another service is the dependency that it means, on the plane that it means.
#[test]
fn references() {
    let rows: [(&str, &[&str]); 23] = [
        (
            "    environment: {API_URL: 'http://api:80/x'}",
            &["web → api sync runtime environment.API_URL compose.yaml:4"],
        ),
        (
            "    environment:\n      - API_URL=http://api:80/x",
            &["web → api sync runtime environment.API_URL compose.yaml:5"],
        ),
        ("    environment: [SELF_URL=http://web]", &[]),
        ("    command: [run, --api-url, 'http://api:80']", &["web → api sync runtime command compose.yaml:4"]),
        ("    command: run --api-url 'http://api:80'", &["web → api sync runtime command compose.yaml:4"]),
        ("    healthcheck: {test: 'curl http://api', retries: 9}", &[]),
        (
            "    depends_on: [db]",
            &["web → db startup startup depends_on compose.yaml:4", "web → db sync runtime depends_on compose.yaml:4"],
        ),
        ("    depends_on: [api]", &["web → api startup startup depends_on compose.yaml:4"]),
        (
            "    depends_on: {api: {condition: service_healthy}}",
            &[
                "web → api startup startup depends_on compose.yaml:4",
                "web → api sync runtime depends_on compose.yaml:4",
            ],
        ),
        (
            "    depends_on: {db: {condition: service_healthy}}\n    environment: [API_URL=http://api]",
            &[
                "web → api sync runtime environment.API_URL compose.yaml:5",
                "web → db startup startup depends_on compose.yaml:4",
            ],
        ),
        (
            "    depends_on: {db: {condition: service_completed_successfully}}",
            &["web → db startup startup depends_on compose.yaml:4"],
        ),
        (
            "    links: ['db:store']\n    environment: [DB_HOST=store]",
            &[
                "web → db startup startup links compose.yaml:4",
                "web → db sync runtime environment.DB_HOST compose.yaml:5",
                "web → db sync runtime links compose.yaml:4",
            ],
        ),
        ("    external_links: ['legacy:old']", &["web → legacy sync runtime external_links compose.yaml:4"]),
        ("    external_links: ['logstash']", &["web → logstash sync telemetry external_links compose.yaml:4"]),
        ("    network_mode: 'service:api'", &["web → api sync runtime network_mode compose.yaml:4"]),
        (
            "    ipc: 'service:api'\n    pid: 'service:api'",
            &["web → api sync runtime ipc compose.yaml:4", "web → api sync runtime pid compose.yaml:5"],
        ),
        ("    volumes_from: ['api:ro']", &["web → api sync runtime volumes_from compose.yaml:4"]),
        (
            "    volumes: ['data:/d', './x:/x', /anonymous, '/host:/y']",
            &["web → data mount runtime volumes compose.yaml:4"],
        ),
        (
            "    volumes: [{type: volume, source: data, target: /d}, {type: tmpfs, target: /t}]",
            &["web → data mount runtime volumes compose.yaml:4"],
        ),
        (
            "    secrets: [key]\n    configs: [{source: limits, target: /l}]",
            &["web → key mount startup secrets compose.yaml:4", "web → limits mount startup configs compose.yaml:5"],
        ),
        (
            "    extra_hosts: ['api.example.com:10.0.0.7']\n    environment: [API_URL=http://api.example.com]",
            &["web → 10.0.0.7 sync runtime environment.API_URL compose.yaml:5"],
        ),
        ("    extra_hosts: ['machine:host-gateway']\n    environment: [API_URL=http://machine]", &[]),
        (
            "    environment: [API_URL=https://api.stripe.com]",
            &["web → api.stripe.com sync runtime environment.API_URL compose.yaml:4"],
        ),
    ];
    for (body, want) in rows {
        assert_eq!(dependencies(&facts(&[("compose.yaml", &service(body))])), want, "{body}");
    }
}

/// Replicas, entries, drain time and names of a service are what its fields say.
#[test]
fn components_of_services() {
    let rows = [
        ("    scale: 3", "service web x3"),
        ("    deploy: {replicas: 0}", "service web x0"),
        ("    deploy: {mode: global}", "service web x?"),
        ("    container_name: w", "service web x1 aliases=w"),
        ("    container_name: w\n    scale: 2", "service web x1 aliases=w"),
        ("    ports: ['80:80']", "service web entry"),
        ("    ports: ['80']", "service web entry"),
        ("    expose: ['80']", "service web"),
        ("    profiles: [b, a]\n    ports: ['80:80']", "service web entry profiles=a,b"),
        ("    hostname: h\n    networks: {default: {aliases: [z, web]}}", "service web aliases=h,z"),
    ];
    for (body, want) in rows {
        let facts = facts(&[("compose.yaml", &service(body))]);
        assert!(components(&facts).contains(&want.to_owned()), "{body}: {:?}", components(&facts));
    }
    let drains =
        [("", Some(10_000.0)), ("    stop_grace_period: 1m30s", Some(90_000.0)), ("    stop_grace_period: soon", None)];
    for (body, want) in drains {
        let facts = facts(&[("compose.yaml", &service(body))]);
        let web = facts.components.iter().find(|c| &*c.key.name == "web").unwrap();
        assert_eq!(web.settings.drain_ms, want, "{body}");
    }
    let named =
        facts(&[("compose.yaml", &service("    environment: {OTEL_RESOURCE_ATTRIBUTES: 'a=b,service.name=front'}"))]);
    assert_eq!(named.components.iter().find_map(|c| c.service_name.as_deref()), Some("front"));
}

/// Users come in at programs with a fixed port; a store's port is a door only if there is no other.
#[test]
fn doors() {
    let entries = |body: &str| {
        let facts = facts(&[("compose.yaml", &format!("services:\n{body}"))]);
        let mut names: Vec<String> =
            facts.components.iter().filter(|c| c.entry.is_some()).map(|c| c.key.name.to_string()).collect();
        names.sort();
        names.join(" ")
    };
    let web = "  web: {image: a, ports: ['80:80']}\n";
    let random = "  random: {image: a, ports: ['80']}\n";
    let db = "  db: {image: 'postgres:17', ports: ['5432:5432']}\n";
    assert_eq!(entries(&format!("{web}{random}{db}")), "web");
    assert_eq!(entries(&format!("{random}{db}")), "random");
    assert_eq!(entries(db), "db");
}

/// An image of one's own is what its ports say, inside the container; a known image is what it is.
#[test]
fn kinds_by_port() {
    let kind = |service: &str| {
        let facts = facts(&[("compose.yaml", &format!("services:\n  a: {service}\n"))]);
        facts.components.iter().find(|c| &*c.key.name == "a").map(|c| c.kind).expect("a component")
    };
    for (service, want) in [
        ("{build: ./db, ports: ['25000:27017']}", Kind::Datastore),
        ("{build: ./db, ports: ['127.0.0.1:1:3306/tcp']}", Kind::Datastore),
        ("{build: ./db, expose: [6379]}", Kind::Cache),
        ("{build: ./db, ports: [{target: 5672, published: 80}]}", Kind::Queue),
        ("{build: ./web, ports: ['5432:8080']}", Kind::Service),
        ("{build: ./web, ports: ['5430-5440:5430-5440', '']}", Kind::Service),
        ("{image: 'nats:2', ports: ['6379:6379']}", Kind::Queue),
    ] {
        assert_eq!(kind(service), want, "{service}");
    }
}

/// Names resolve on shared networks only; a name on several networks means whoever is near.
#[test]
fn networks() {
    let text = "services:
  web: {image: a, networks: [front], environment: [API_URL=http://api, DB_URL=postgres://db/x, CACHE_URL=redis://cache]}
  api: {image: b, networks: [front, back], environment: [DB_URL=postgres://db/x]}
  db: {image: 'postgres:17', networks: [back]}
  near: {image: c, networks: {front: {aliases: [cache]}}}
  far: {image: c, networks: {back: {aliases: [cache]}}}
networks: {front: , back: }
";
    let facts = facts(&[("compose.yaml", text)]);
    assert_eq!(edges(&facts, Plane::Runtime), ["api → db", "web → api", "web → near"]);
    assert_eq!(notes(&facts), ["web cannot reach db compose.yaml:2"]);
    let cache = facts.names.iter().find(|n| &*n.name == "cache").unwrap();
    assert!(matches!(&cache.answer, Answer::Components(keys) if keys.len() == 2));
}

/// References to nothing are noted where they stand.
#[test]
fn dangling() {
    let body = "    depends_on: [gone]\n    links: [lost]\n    volumes: ['none:/x']\n    secrets: [no]";
    assert_eq!(
        notes(&facts(&[("compose.yaml", &service(body))])),
        [
            "dangling Compose secret here/no compose.yaml:7",
            "dangling Compose service here/gone compose.yaml:4",
            "dangling Compose service here/lost compose.yaml:5",
            "dangling Compose volume here/none compose.yaml:6",
        ]
    );
}

/// A service is its own words over those of what it extends, wherever that stands; broken chains are problems.
#[test]
fn extends() {
    let env = |name: &str| format!("environment: [{name}_URL=http://{}]", name.to_lowercase());
    let main = format!(
        "services:\n  web:\n    extends: {{file: lib/common.yaml, service: base}}\n    {}\n  a: {{image: a}}\n  b: {{image: b}}\n  c: {{image: c}}\n",
        env("A")
    );
    let common = format!(
        "services:\n  base:\n    extends: root\n    env_file: own.env\n    {}\n  root: {{image: r, {}}}\n",
        env("B"),
        env("C")
    );
    let facts_of =
        facts(&[("compose.yaml", &main), ("lib/common.yaml", &common), ("lib/own.env", "D_URL=http://a:1\n")]);
    assert_eq!(
        dependencies(&facts_of),
        [
            "web → a sync runtime env_file.D_URL lib/own.env:1",
            "web → a sync runtime environment.A_URL compose.yaml:4",
            "web → b sync runtime environment.B_URL lib/common.yaml:5",
            "web → c sync runtime environment.C_URL lib/common.yaml:6",
        ]
    );
    assert_eq!(problems(&facts_of), [""; 0]);
    let rows = [
        (
            "a: {image: a, extends: b}\n  b: {image: b, extends: a}",
            "compose.yaml:2: service `b` extends itself, in the end; break the cycle",
        ),
        (
            "a: {image: a, extends: {service: b, file: no.yaml}}",
            "compose.yaml:2: `extends` names service `b`, which is not in `no.yaml`",
        ),
        ("a: {image: a, extends: b}", "compose.yaml:2: `extends` names service `b`, which is not in `compose.yaml`"),
        ("a: {image: a, extends: {file: x.yaml}}", "compose.yaml:2: `extends` names no service; add `service:`"),
    ];
    for (services, want) in rows {
        let facts = facts(&[("compose.yaml", &format!("services:\n  {services}\n"))]);
        assert_eq!(problems(&facts).first().map(String::as_str), Some(want), "{services}");
        assert!(components(&facts).contains(&"service a".to_owned()));
    }
}

/// Included projects have their own folder and variables, and are part of the project that includes them.
#[test]
fn include() {
    let main = "include:\n  - path: [sub/compose.yaml, sub/more.yaml]\n    env_file: sub/.env.dev\n  - gone.yaml\nservices: {web: {image: w, environment: [API_ADDR=api:80]}}\n";
    let sub = "services: {api: {image: a, environment: [DB_ADDR], env_file: x.env}, db: {image: postgres}}";
    let facts = facts(&[
        ("compose.yaml", main),
        ("sub/compose.yaml", sub),
        ("sub/more.yaml", "services: {api: {environment: {X_URL: 'http://${X}/'}}}"),
        ("sub/.env.dev", "DB_ADDR=db:5432\nX=web\n"),
        ("sub/x.env", "Y_URL=http://web:1\n"),
    ]);
    assert_eq!(edges(&facts, Plane::Runtime), ["api → db", "api → web", "web → api"]);
    assert_eq!(problems(&facts), ["compose.yaml:4: `include` names `gone.yaml`, which is not there"]);
    assert!(facts.components.iter().all(|c| &*c.key.scope == "compose:here"));
    let circle = self::facts(&[
        ("a/compose.yaml", "include: [../b/compose.yaml]\nservices: {a: {image: a}}"),
        ("b/compose.yaml", "include: [../a/compose.yaml]\nservices: {b: {image: b}}"),
    ]);
    assert_eq!(components(&circle), ["service a", "service b"]);
    assert!(problems(&circle)[0].contains("never ends"));
}

/// Files of version 1 have services at the top and find each other by links.
#[test]
fn version_1() {
    let facts =
        facts(&[("docker-compose.yml", "web:\n  image: a\n  links: [db]\n  net: bridge\ndb:\n  image: postgres\n")]);
    assert_eq!(edges(&facts, Plane::Runtime), ["web → db"]);
    assert_eq!(components(&facts), ["datastore db", "service web"]);
}

/// A project is named by what the files say, else by its folder, and equal names in different folders stay apart.
#[test]
fn project_names() {
    const ONE: &str = "services: {a: {image: a}}";
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let rows: [Row<'_>; 7] = [
        (&[("compose.yaml", ONE)], &["compose:here/here"]),
        (&[("My App.v2/compose.yaml", ONE)], &["compose:myappv2/myappv2"]),
        (&[("x/compose.yaml", "name: Shop\nservices: {a: {image: a}}")], &["compose:shop/shop"]),
        (&[("x/compose.yaml", ONE), ("x/.env", "COMPOSE_PROJECT_NAME=given")], &["compose:given/given"]),
        (&[("x/a/compose.yaml", ONE), ("y/a/compose.yaml", ONE)], &["compose:a:x/a/a", "compose:a:y/a/a"]),
        (&[("a/compose.yaml", ONE), ("a/compose.ci.yaml", ONE)], &["compose:a/a", "compose:a/a"]),
        (&[("../compose.yaml", ONE)], &["compose:default/default"]),
    ];
    for (files, want) in rows {
        let facts = facts(files);
        let mut scopes: Vec<_> = facts
            .components
            .iter()
            .map(|c| format!("{}/{}", c.key.scope, c.key.namespace.as_deref().unwrap()))
            .collect();
        scopes.sort();
        assert_eq!(scopes, want, "{files:?}");
    }
}

/// A layer that Compose would refuse over its base is left out and told; one without a base is read as it is.
#[test]
fn incomplete_layers() {
    let base = ("compose.yaml", "services: {web: {image: a}, api: {image: b}}");
    let patch = "services: {web: {environment: [API_URL=http://api]}, wbe: {ports: ['1:1']}}";
    let refused = facts(&[base, ("compose.prod.yaml", patch)]);
    assert_eq!(dependencies(&refused), [""; 0]);
    assert!(problems(&refused)[0].starts_with("compose.prod.yaml:1: service `wbe` has neither `image` nor `build`"));
    let alone = facts(&[("compose.prod.yaml", patch)]);
    assert_eq!(components(&alone), ["service wbe entry", "service web"]);
    assert!(problems(&alone)[0].contains("no base file in the input: wbe, web"), "{:?}", problems(&alone));
}

/// Services behind a proxy that asks Docker are found by the labels or variables that it reads.
#[test]
fn proxies() {
    let text = "services:
  edge: {image: 'traefik:v3', ports: ['80:80']}
  shop: {image: a, labels: ['traefik.http.routers.shop.rule=Host(`x`)', 'traefik.http.middlewares.m.forwardauth.address=http://auth:4181']}
  auth: {image: b}
  off: {image: c, labels: {traefik.enable: 'false', traefik.http.routers.off.rule: x}}
  old: {image: nginxproxy/nginx-proxy}
  blog: {image: d, environment: {VIRTUAL_HOST: blog.example.com}}
";
    assert_eq!(edges(&facts(&[("compose.yaml", text)]), Plane::Runtime), ["edge → auth", "edge → shop", "old → blog"]);
}

/// The public hosts that services ask a proxy for are their own addresses, and lead others to them.
#[test]
fn public_hosts() {
    let text = "services:
  shop: {image: a, environment: {LINKS: 'https://shop.example.com', SSO_URL: 'https://sso.example.com/x', BLOG_URL: 'https://blog.example.com'}, labels: ['traefik.http.routers.shop.rule=Host(`shop.example.com`) && PathPrefix(`/`)']}
  api: {image: a, environment: {PAGES: 'https://shop.example.com/p'}, labels: {traefik.http.routers.api.rule: 'Host(`shop.example.com`) && PathPrefix(`/api`)'}}
  sso: {image: b, deploy: {labels: ['traefik.http.routers.sso.rule=Host(`a.example.com`, `sso.example.com`)']}}
  blog: {image: d, environment: {VIRTUAL_HOST: 'blog.example.com,www.example.com'}}
  out: {image: e, environment: {STAR_URL: 'https://x.example.com'}, labels: {caddy: '*.example.com'}}
";
    let expected = ["out → x.example.com", "shop → blog", "shop → sso"];
    assert_eq!(edges(&facts(&[("compose.yaml", text)]), Plane::Runtime), expected);
}

/// A service that has a fixed address on a network is meant by it there, by nobody else; Swarm's `tasks.` is a name.
#[test]
fn fixed_addresses() {
    let text = "services:
  a: {image: a, networks: {ring: {ipv4_address: 172.30.0.11}}, environment: {SEEDS: '172.30.0.11:80,172.30.0.12:80'}}
  b: {image: b, networks: {ring: {ipv4_address: 172.30.0.12}}}
  c: {image: c, environment: {SEED: '172.30.0.12:80'}}
  portal: {image: d, command: -H tcp://tasks.c:9001}
networks: {ring: }
";
    let facts = facts(&[("compose.yaml", text)]);
    assert_eq!(edges(&facts, Plane::Runtime), ["a → 172.30.0.12", "portal → tasks.c"]);
    assert_eq!(notes(&facts), ["c cannot reach b compose.yaml:4"]);
    for (name, service) in [("172.30.0.12", "b"), ("tasks.c", "c")] {
        let owner = facts.names.iter().find(|n| &*n.name == name).unwrap();
        assert!(matches!(&owner.answer, Answer::Components(keys) if &*keys[0].name == service), "{name}");
    }
}

/// A file that tells all who share it where all of them are does not tell who calls whom.
#[test]
fn rosters() {
    let service = |name: &str, file: &str| format!("  {name}: {{image: {name}, env_file: {file}}}\n");
    let confidences = |names: &[&str], file: &str| {
        let services: String = names.iter().map(|name| service(name, "all.env")).collect();
        let text = format!("services:\n  db: {{image: postgres}}\n{services}");
        let facts = facts(&[("compose.yaml", &text), ("all.env", file)]);
        facts.dependencies.iter().map(|d| d.confidence).collect::<BTreeSet<_>>()
    };
    let all = "CART_HOST=cart\nUSER_URL=http://user:80\nDB_HOST=db\n";
    assert_eq!(confidences(&["cart", "user", "web"], all), [Confidence::Inferred].into());
    assert_eq!(confidences(&["cart", "user"], all), [Confidence::Declared].into(), "shared by two");
    assert_eq!(
        confidences(&["a", "b", "c", "cart"], all),
        [Confidence::Declared].into(),
        "only the cart is one of them"
    );
}

/// Of what shares a file that tells where everybody is, only companions call each other, and that is told; a store takes
/// from a shared file what is named after it.
#[test]
fn peers_of_a_shared_file() {
    let compose = "services:
  web: {image: w, env_file: all.env, depends_on: [cart]}
  cart: {image: c, env_file: all.env}
  user: {image: u, env_file: all.env, environment: [CART_URL=http://cart]}
  mail: {image: m, env_file: all.env, depends_on: [cart]}
  db: {image: postgres, env_file: all.env}
  kafka: {image: 'confluentinc/cp-kafka', env_file: all.env}
  zookeeper: {image: zookeeper}
";
    let file = "CART_HOST=cart\nUSER_HOST=user\nMAIL_HOST=mail\nDB_HOST=db\nKAFKA_ZOOKEEPER_CONNECT=zookeeper:2181\n";
    let facts = facts(&[("compose.yaml", compose), ("all.env", file)]);
    let of = |from: &str| -> Vec<String> {
        edges(&facts, Plane::Runtime).into_iter().filter(|edge| edge.starts_with(&format!("{from} "))).collect()
    };
    assert_eq!(
        of("web"),
        ["web → cart", "web → db", "web → mail", "web → user", "web → zookeeper"],
        "not named itself"
    );
    assert_eq!(of("cart"), ["cart → db", "cart → zookeeper"]);
    assert_eq!(of("mail"), ["mail → cart", "mail → db", "mail → zookeeper"]);
    assert_eq!(of("user"), ["user → cart", "user → db", "user → zookeeper"]);
    assert_eq!(of("db"), [""; 0]);
    assert_eq!(of("kafka"), ["kafka → zookeeper"]);
    let told = problems(&facts);
    assert!(
        told.len() == 1 && told[0].starts_with("all.env:1: tells the 6 that share it where 3 of them are;"),
        "{told:?}"
    );
}

/// Who waits for what a provider runs is given its address; models are asked at run time.
#[test]
fn providers_and_models() {
    let compose = "services:
  chat: {image: a, depends_on: [bank, other], models: {small: {endpoint_var: LLM}}, environment: [API_URL=http://api]}
  api: {image: b, models: [small]}
  other: {image: c, models: [gone]}
  bank: {provider: {type: awesomecloud, options: {type: mysql}}}
models: {small: {model: ai/smollm2}}
";
    let facts = facts(&[("compose.yaml", compose)]);
    let want = ["api → small", "chat → api", "chat → bank", "chat → small"];
    assert_eq!(edges(&facts, Plane::Runtime), want);
    assert!(facts.components.iter().any(|c| &*c.key.name == "small" && c.kind == Kind::External));
    assert_eq!(facts.notes.len(), 1, "{:?}", facts.notes);
}

/// Of a mounted folder, the files count that the command line names or that are called what configuration is called.
#[test]
fn mounted_folders() {
    let compose = "services:
  relay: {image: a, command: 'run -c /etc/relay/east.toml', volumes: ['./relay:/etc/relay', './shared:/shared']}
  feed: {image: b, volumes: [{type: bind, source: ./feed, target: /configs}]}
  kafka: {image: kafka}
  web: {image: c}
  api: {image: d}
";
    let files = [
        ("compose.yaml", compose),
        ("relay/east.toml", "[relay]\nupstream = \"http://web:9000\"\n"),
        ("relay/west.toml", "[relay]\nupstream = \"http://api:9000\"\n"),
        ("feed/configs.yml", "kafka:\n  brokers: 'kafka:9092'\n"),
        ("shared/all-services.json", "{\"api\": {\"addr\": \"api:80\"}}"),
    ];
    let want = ["feed → kafka", "relay → web"];
    assert_eq!(edges(&facts(&files), Plane::Runtime), want);
}

/// What is wrong is told once, with its line, and costs nothing else.
#[test]
fn problems_have_lines() {
    let rows = [
        ("    environment: [A=$X, B=$X]", "compose.yaml:4: variable `X` is not set and has no default; it is empty"),
        ("    environment: {A: '${X:?no}'}", "compose.yaml:4: variable `X` is required and not set"),
        ("    env_file: gone.env", "compose.yaml:4: `env_file` names `gone.env`, which is not there"),
        ("    environment: {A: [1]}", "compose.yaml:4: environment variable `A` is a list; expected one value"),
        ("    environment: 7", "compose.yaml:4: `environment` is a scalar; expected a mapping or a list"),
        ("    ports: {a: b}", "compose.yaml:4: `ports` is a mapping; expected a list"),
        ("    deploy: {replicas: many}", "compose.yaml:4: `deploy.replicas` is no number of containers"),
        ("    stop_grace_period: soon", "compose.yaml:4: `stop_grace_period` is no duration"),
    ];
    for (body, want) in rows {
        let facts = facts(&[("compose.yaml", &service(body))]);
        let found = problems(&facts);
        assert!(found.len() == 1 && found[0].starts_with(want), "{body}: {found:?}");
        assert_eq!(components(&facts).len(), 3);
    }
    let silent = "    env_file: [{path: gone.env, required: false}]\n    environment: {A: '${X:-}', B: '$$X', C: }";
    assert_eq!(problems(&facts(&[("compose.yaml", &service(silent))])), [""; 0]);
}

/// The value of a secret is in nothing that the reader gives away.
#[test]
fn secrets_stay_inside() {
    let body = "    environment: [DB_URL=postgres://u:hunter2@db/x, 'PASSWORD=x$hunter2', KEY=hunter2]\n    env_file: a.env\n    command: [run, --password=hunter2, 'amqp://u:hunter2@api']";
    let files =
        [("compose.yaml", &*service(body)), (".env", "P=hunter2"), ("a.env", "TOKEN=hunter2\nX=hunter2:$P\nhunter2 x")];
    let facts = facts(&files);
    assert_eq!(edges(&facts, Plane::Runtime), ["web → api", "web → db"]);
    assert!(!format!("{facts:?}").contains("hunter2"), "{facts:?}");
}

mod hostile {
    use super::*;
    use proptest::prelude::*;

    const WORDS: [&str; 40] = [
        "services",
        "include",
        "extends",
        "web",
        "db",
        "image",
        "build",
        "environment",
        "env_file",
        "depends_on",
        "links",
        "volumes",
        "networks",
        "ports",
        "deploy",
        "replicas",
        "configs",
        "secrets",
        "name",
        "path",
        "file",
        "service",
        "compose.yaml",
        "other.yaml",
        "service:web",
        "${A:-${B}}",
        "$",
        "${",
        "http://web:80",
        "a:b:c",
        ":",
        "",
        "context",
        "dockerfile_inline",
        "FROM a\nENV B=$B",
        "labels",
        "traefik.x",
        "network_mode",
        "!reset",
        "-1",
    ];

    fn word() -> impl Strategy<Value = String> {
        prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf =
            prop_oneof![word().prop_map(Into::into), any::<i64>().prop_map(Into::into), Just(serde_json::Value::Null)];
        leaf.prop_recursive(5, 60, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec((word(), inner), 0..5)
                    .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// No document makes the reader panic, whatever stands where.
        #[test]
        fn any_document(services in value(), include in value(), other in value()) {
            let text = serde_json::json!({"services": {"web": services, "db": other.clone()}, "include": include}).to_string();
            let files = BTreeMap::from([("other.yaml".to_owned(), other.to_string()), (".env".to_owned(), text.clone())]);
            let mut given = Vec::new();
            for (path, text) in [("compose.yaml", &text), ("other.yaml", &other.to_string())] {
                if let Some(Outcome::Tree(node)) = documents(&path.into(), text).pop().map(|d| d.outcome) {
                    recognises(path, &node);
                    given.push((path.into(), node));
                }
            }
            link(given, &files, "here");
        }
    }
}
