use super::{setting, shown};
use linchpin::facts::address::*;
use proptest::prelude::*;

/// Names as a person may give them, none of which means this machine or nothing.
fn host() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{2,8}(-[a-z0-9]{1,5}){0,2}(\\.[a-z]{3,6}[0-9])?".prop_filter("means nothing", |host| {
        ![
            "localhost",
            "metadata",
            "true",
            "false",
            "null",
            "none",
            "auto",
            "any",
            "all",
            "default",
            "local",
            "memory",
            "internal",
            "external",
            "static",
            "dynamic",
            "yes",
            "off",
            "nil",
            "dns",
            "env",
            "mem",
            "tbd",
            "todo",
            "unset",
            "stdout",
            "stderr",
            "console",
            "inmemory",
            "enabled",
            "disabled",
            "undefined",
            "changeme",
            "in-memory",
            "instance-data",
            "host-gateway",
        ]
        .contains(&host.as_str())
    })
}

/// Passwords as they are, unescaped: a word between the characters that mean something to one grammar or another.
const SECRET: &str = "[;:,=&+%!$*~._a1-]{0,4}S3cr3t[;:,=&+%!*~._a1-]{0,4}";

proptest! {
    /// No text makes any function panic, whatever stands before it.
    #[test]
    fn nothing_panics(key in "\\PC{0,20}", text in "\\PC{0,80}", rest in "[ -~\\n]{0,120}") {
        let value = format!("{text}{rest}");
        in_settings(&[Setting { key: &key, value: &value }, Setting { key: "A_HOST", value: &rest }]);
        in_command(&[&key, &value, &rest]);
        for name in ["a.properties", "a.yaml", "a.xml", "nginx.conf", "Caddyfile", "a.sh", "a", &key] {
            in_file(name, &value);
        }
        host_of_url(&value);
        parse_one(&value);
        kind_of_image(&value);
        is_telemetry_image(&value);
    }

    /// Nor does text made of the pieces that the grammars are made of.
    #[test]
    fn no_grammar_panics(pieces in prop::collection::vec(prop::sample::select(vec![
        "http://", "jdbc:", "oracle:thin:@", "sqlserver://", "${", "}", ":-", "$(", ")", "{{", "}}", "%", "[", "]", "{", "\"",
        "'", "\\", ",", ";", " ", "\n", "=", "@", "@tcp(", ":", "/", "?", "#", "//", "arn:aws:", "sqs:", "Server=", "host=",
        "port=5432", "Password=", "a", "b.c", "1", "443", "é", "-h", "--x", "nc", "until", "upstream x {", "server", "<", ">",
        "<a b='", "<!--", "proxy_pass", "failover:", "s3://", "dns:", "tcp:", "xds:///", "\u{feff}", "(HOST=", "-D", "::1", "- ",
    ]), 0..24)) {
        let text = pieces.concat();
        in_settings(&[Setting { key: &text, value: &text }, Setting { key: "API_URL", value: &text }]);
        in_settings(&[Setting { key: "JAVA_OPTS", value: &text }]);
        in_command(&["sh", "-c", &text]);
        for name in ["a.properties", "a.yaml", "a.xml", "nginx.conf", "a.sh", "a"] {
            in_file(name, &text);
        }
    }

    /// Whatever the grammar, exactly the host that was put in comes out.
    #[test]
    fn hosts_are_found_exactly(a in host(), b in host(), port in 40000u16..49000) {
        prop_assume!(a != b);
        for (key, value) in [
            ("X", format!("http://{a}:{port}/p?q=1#f")),
            ("X", format!("https://u:p@{a}:{port}")),
            ("X", format!("postgres://u:p@{a}:{port}/db?x={b}")),
            ("X", format!("jdbc:mysql://{a}:{port}/db")),
            ("X", format!("jdbc:oracle:thin:u/p@//{a}:{port}/svc")),
            ("X", format!("jdbc:sqlserver://{a}:{port};databaseName={b}")),
            ("X", format!("Server={a},{port};Database={b};User Id=sa;Password=p")),
            ("X", format!("Host={a};Port={port};Username={b};Database={b}")),
            ("X", format!("host={a} port={port} user={b} dbname={b}")),
            ("X", format!("u:p@tcp({a}:{port})/{b}")),
            ("X", format!("dns:///{a}:{port}")),
            ("DB_HOST", format!("{a}:{port}")),
            ("DB_ADDR", format!("{}:{port}", a.to_uppercase())),
            ("X", format!("${{UNSET:-http://{a}:{port}}}")),
        ] {
            prop_assert_eq!(setting(key, &value), format!("{a}:{port}"), "{}", value);
        }
        prop_assert_eq!(setting("DB_HOST", &a), a.clone());
        for (key, value) in [
            ("X", format!("mongodb://u:p@{a}:{port},{b}:{port}/db")),
            ("KAFKA_BROKERS", format!("{a}:{port},{b}:{port}")),
            ("X", format!("PLAINTEXT://{a}:{port},{b}:{port}")),
        ] {
            prop_assert_eq!(setting(key, &value), format!("{a}:{port},{b}:{port}"), "{}", value);
        }
    }

    /// No piece of a credential is ever in what is found, wherever it stood.
    #[test]
    fn secrets_stay_inside(secret in SECRET, host in host()) {
        for key in ["DB_PASSWORD", "API_KEY", "spring.datasource.password", "AUTH_TOKEN", "Db__Secret"] {
            prop_assert_eq!(setting(key, &secret), "");
        }
        for value in [
            format!("postgres://u:{secret}@{host}/db"),
            format!("postgres://u:{secret}/x@{host}/db"),
            format!("redis://:{secret}@{host}:6379"),
            format!("http://u:{secret}@{host}:80/x"),
            format!("https://{host}/x?token={secret}"),
            format!("Server={host};Database=d;User Id=sa;Password={secret}"),
            format!("host={host} user=u password={secret}"),
            format!("u:{secret}@tcp({host}:3306)/d"),
            format!("{host}:6379,password={secret}"),
            format!("jdbc:mysql://{host}/d?password={secret}"),
            format!("jdbc:oracle:thin:u/{secret}@{host}:1521:XE"),
            format!("u:{secret}@{host}:5432"),
        ] {
            for key in ["DATABASE_URL", "X", "REDIS", "password"] {
                let found = format!("{:?}", in_settings(&[Setting { key, value: &value }]));
                prop_assert!(!found.to_lowercase().contains("s3cr3t"), "{key}={value}: {found}");
            }
            let command = format!("--url={value}");
            let found = in_command(&["app", "--db", &value, &command, "-p", &secret]);
            prop_assert!(!shown(found.iter().map(|(_, f)| f)).to_lowercase().contains("s3cr3t"), "{value}");
        }
    }
}

/// Long hostile texts are read without copying them again and again: the last two would never end otherwise.
#[test]
fn hostile_sizes_end() {
    let size = 1 << 20;
    for piece in [
        "a\\\n",
        "${",
        "${a:-",
        "{{",
        "$(",
        "%A",
        "<",
        "<a b='c'>x",
        "\"",
        "'",
        "[",
        "a=b,",
        "http://a,",
        "-h a ",
        "`",
        "a:1 ",
        "upstream a { }\nproxy_pass http://b;\n",
        "x: [a, b]\n",
        "nc -z a 1;",
        "//",
        "@tcp(",
        "= =",
        "(HOST=a)",
        "#",
    ] {
        let text = piece.repeat((1 << 15) / piece.len());
        for name in ["a.properties", "a.xml", "nginx.conf", "a.sh", "a"] {
            in_file(name, &text);
        }
        in_command(&["sh", "-c", &text]);
        in_settings(&[Setting { key: "A_HOST", value: &text }, Setting { key: &text, value: "http://a" }]);
        host_of_url(&text);
        parse_one(&text);
    }
    let label = format!("<a name='{}'>{}</a>", "n".repeat(size), "x<b/>".repeat(size / 8));
    in_file("a.xml", &label);
    let key = format!("{}:\n{}", "k".repeat(1 << 16), "  - {a: 1, b: 2}\n".repeat(1 << 13));
    in_file("a.yaml", &key);
}
