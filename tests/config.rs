//! `linchpin.toml` through the public API: defaults, every key, and what is wrong with a wrong one.

use linchpin::config::{self, ByteSize, Config, Criticality, Date, FailOn, Level, TEMPLATE};
use linchpin::facts::Kind;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

fn load(text: &str) -> Result<Config, Vec<String>> {
    Config::load(&Arc::from("linchpin.toml"), text)
        .map_err(|problems| problems.iter().map(|p| p.to_string()).collect::<Vec<_>>())
}

/// A line of the template as it is when its setting is used.
fn uncommented(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|setting| !setting.is_empty() && !setting.starts_with(' '))
}

/// Without a file, with an empty one and with the template, the same holds.
#[test]
fn everything_has_a_default() {
    assert_eq!(load("").unwrap().policy, Config::default().policy);
    let template = load(TEMPLATE).unwrap();
    for config in [load("").unwrap(), template, Config::default()] {
        assert_eq!((config.assume.containment_min, config.scan.max_file_size), (5, ByteSize(64 << 20)));
        assert_eq!((config.policy.fail_on, config.policy.fail_severity), (FailOn::Worse, Level::Warning));
        assert_eq!(config.platform.kubernetes.cluster_domain, None);
        assert!(config.entries.is_empty() && config.waivers.is_empty() && config.scopes.is_empty());
    }
}

/// Every setting of the template is right when its `#` is deleted: all together, each section, and each key alone.
#[test]
fn the_template_uncommented() {
    let all: Vec<&str> = TEMPLATE.lines().filter_map(uncommented).collect();
    let config = load(&all.join("\n")).unwrap();
    assert_eq!(config.waivers.len() + config.entries.len() + config.criticalities.len(), 3);
    // What the template shows as a default is the default.
    let (policy, default) = (&config.policy, &Config::default().policy);
    assert_eq!((policy.fail_on, policy.fail_severity), (default.fail_on, default.fail_severity));
    assert_eq!((policy.worse_factor, policy.unreadable), (default.worse_factor, default.unreadable));
    assert_eq!(config.assume, Config::default().assume);
    assert_eq!(config.scan, Config::default().scan);

    let mut header = "";
    for line in all {
        if line.starts_with('[') {
            header = line;
            continue;
        }
        let alone = load(&format!("{header}\n{line}\n"));
        let fine = alone.as_ref().map_or_else(|said| said.iter().all(|p| p.ends_with("is missing")), |_| true);
        assert!(fine, "{header} {line}: {alone:?}");
    }
}

/// Each key of the schema is in the template.
#[test]
fn the_template_is_complete() {
    fn keys(schema: &Json, found: &mut BTreeSet<String>) {
        match schema {
            Json::Object(fields) => {
                if let Some(Json::Object(properties)) = fields.get("properties") {
                    found.extend(properties.keys().cloned());
                }
                fields.values().for_each(|v| keys(v, found));
            }
            Json::Array(items) => items.iter().for_each(|v| keys(v, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    keys(config::schema().as_value(), &mut found);
    assert!(found.len() > 30, "{found:?}");
    let settings: Vec<&str> = TEMPLATE.lines().filter_map(uncommented).collect();
    let words: BTreeSet<&str> =
        settings.iter().flat_map(|line| line.split(['[', ']', '.', ' ', '='])).filter(|w| !w.is_empty()).collect();
    let missing: Vec<&String> = found.iter().filter(|key| !words.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "not in the template: {missing:?}");
}

/// Every key arrives with its meaning.
#[test]
fn every_key() {
    let all: Vec<&str> = TEMPLATE.lines().filter_map(uncommented).collect();
    let config = load(&all.join("\n")).unwrap();
    let entry = &config.entries[0];
    assert_eq!((entry.component.as_str(), entry.weight.map(|w| w.0)), ("service:shop/checkout", Some(0.7)));
    let aliases: Vec<_> = config.aliases.iter().map(|(name, to)| (name.as_str(), to.as_str())).collect();
    assert_eq!(aliases, [("cart-svc", "service:shop/cart")]);
    assert_eq!(config.criticalities[0].criticality, Criticality::Soft);
    assert_eq!((config.probability("service"), config.probability("cache")), (Some(0.05), None));
    let capacity = config.capacities.values().next().unwrap();
    assert_eq!((capacity.rps.map(|x| x.0), capacity.concurrency.map(|x| x.0)), (Some(500.0), Some(200.0)));
    assert_eq!(config.platform.istio.version(), Some((1, 24)));
    let (name, scope) = config.scopes.first_key_value().unwrap();
    assert_eq!((name.as_str(), scope.paths[0].pattern()), ("staging", "deploy/staging/**"));
    let (rule, policy) = config.policy.rules.first_key_value().unwrap();
    assert_eq!(rule.as_str(), "LP020");
    assert_eq!((policy.severity, policy.fail_on), (Some(Level::Error), Some(FailOn::Any)));
    assert_eq!(policy.threshold.map(|x| x.0), Some(10.0));
    assert_eq!(config.policy.entries.values().next().map(|o| o.fail_severity), Some(Some(Level::Note)));
    assert_eq!(config.policy.owners.values().next().map(|o| o.fail_on), Some(Some(FailOn::New)));
    let (folder, chart) = config.charts.first_key_value().unwrap();
    assert_eq!((folder.as_str(), chart.values.len()), ("charts/cart", 1));
    assert_eq!(chart.namespace.as_ref().map(|n| n.as_str()), Some("shop"));
}

/// A waiver holds through the day that it names, written as a date or as text, and knows its line.
#[test]
fn waivers() {
    let text = "[[waiver]]\nrule = 'LP001'\nreason = 'known'\nexpires = 2026-01-31\n\n\
                [[waiver]]\nrule = 'LP002'\nreason = 'known'\nexpires = '2026-01-31'\n\n\
                [[waiver]]\nrule = 'LP003'\nreason = 'for ever'\n";
    let config = load(text).unwrap();
    let expired =
        |day: &str| -> Vec<bool> { config.waivers.iter().map(|w| w.expired(Date::parse(day).unwrap())).collect() };
    assert_eq!(expired("2026-01-31"), [false, false, false]);
    assert_eq!(expired("2026-02-01"), [true, true, false]);
    let places: Vec<String> = config.waivers.iter().map(|w| config.at(w.rule.place()).to_string()).collect();
    assert_eq!(places, ["linchpin.toml:2", "linchpin.toml:7", "linchpin.toml:12"]);
}

/// Each mistake is named at its line, with what to write instead; values are not repeated.
#[test]
fn mistakes() {
    for (text, expected) in [
        ("\n[asume]\n", "2: unknown key `asume`; did you mean `assume`?"),
        ("[assume]\ncontainmentmin = 5", "2: unknown key `containmentmin`; did you mean `containment_min`?"),
        ("[assume]\ncontainment_min = -1", "2: `containment_min` must be a whole number, 0 or more"),
        ("[assume]\ncontainment_min = 'hunter2'", "2: `containment_min` must be a whole number, 0 or more"),
        ("[[entry]]\nweight = 1", "1: `component` is missing"),
        ("[[entry]]\ncomponent = ''", "2: `component` must be text that is not empty"),
        ("[[entry]]\ncomponent = 3", "2: `component` must be text that is not empty"),
        ("[[entry]]\ncomponent = 'a'\nweight = -1", "3: `weight` must be a number, 0 or more"),
        ("[[entry]]\ncomponent = 'a'\nweight = nan", "3: `weight` must be a number, 0 or more"),
        ("[[entry]]\ncomponent = 'a'\n[[entry]]\ncomponent = 'a'", "4: `a` is an entry twice"),
        ("entry = 'a'", "1: `entry` must be a list"),
        ("assume = 3", "1: `assume` must be a table"),
        ("[scan]\nmax_file_size = -1", "2: `max_file_size` must be a size such as `64MiB`, or a number of bytes"),
        ("[alias]\na = 'a'", "2: `a` is an alias of itself"),
        ("[[criticality]]\nfrom = 'a'\nto = 'b'\ncriticality = 'sof'", "4: unknown word `sof`; did you mean `soft`?"),
        ("[probability]\nservice = 2", "2: `service` must be a number from 0 to 1"),
        ("[probability]\nservices = 0.2", "2: unknown kind `services`; did you mean `service`?"),
        ("[capacity.a]\nrps = 0", "2: `rps` must be a number above 0"),
        ("[platform.istio]\nversion = 'new'", "2: `version` must be a version such as `1.24`"),
        ("[platform.istoi]\n", "1: unknown key `istoi`; did you mean `istio`?"),
        ("[scope.a]\npaths = []", "1: scope `a` has no paths"),
        ("[scope.a]\npaths = ['a/[']", "2: not a pattern of paths: unclosed character class; missing ']'"),
        ("[policy]\nfail_on = 'worst'", "2: unknown word `worst`; did you mean `worse`?"),
        (
            "[policy.rule.LP001]\nseverity = 'fatal'",
            "2: unknown word `fatal`; known here: `off`, `note`, `warning`, `error`",
        ),
        ("[[waiver]]\nrule = 'LP001'", "1: `reason` is missing"),
        ("[[waiver]]\nrule = 'LP001'\nreason = ' '", "3: `reason` must be text that is not empty"),
        (
            "[[waiver]]\nrule = 'LP001'\nreason = 'x'\nexpires = '2026-02-30'",
            "4: `expires` must be a day of the calendar such as `2026-01-31`",
        ),
        (
            "[[waiver]]\nrule = 'LP001'\nreason = 'x'\nexpires = 2026-01-31T00:00:00Z",
            "4: `expires` must be a day of the calendar such as `2026-01-31`",
        ),
        ("[scan]\nmax_file_size = 'big'", "2: `max_file_size` must be a size such as `64MiB`, or a number of bytes"),
        ("[scan]\ninclude = [", "2: unclosed array, expected `]`"),
        ("\n\nthis is no toml\n", "3: key with no value, expected `=`"),
    ] {
        assert_eq!(load(text).unwrap_err(), [format!("linchpin.toml:{expected}")], "{text}");
    }
}

/// Several contradictions are reported at once, in order of place.
#[test]
fn several_contradictions() {
    let text = "[probability]\nservcie = 0.1\n[alias]\nx = 'x'\n";
    assert_eq!(
        load(text).unwrap_err(),
        [
            "linchpin.toml:2: unknown kind `servcie`; did you mean `service`?",
            "linchpin.toml:4: `x` is an alias of itself"
        ]
    );
}

/// Every kind of component can have a probability.
#[test]
fn kinds() {
    for kind in Kind::ALL {
        assert_eq!(load(&format!("[probability]\n{kind} = 0.25\n")).unwrap().probability(kind.word()), Some(0.25));
    }
}

/// Sizes are bytes, with or without a unit.
#[test]
fn sizes() {
    for (written, bytes) in [("1024", 1024), ("'1024'", 1024), ("'64MiB'", 64 << 20), ("'2 GB'", 2_000_000_000)] {
        let config = load(&format!("[scan]\nmax_file_size = {written}\n")).unwrap();
        assert_eq!(config.scan.max_file_size, ByteSize(bytes), "{written}");
    }
}

/// The file is looked for from the scanned root upwards.
#[test]
fn where_it_may_be() {
    let found = config::candidates(Path::new("/repo/deploy"));
    assert_eq!(found, ["/repo/deploy/linchpin.toml", "/repo/linchpin.toml", "/linchpin.toml"].map(Path::new));
}

/// Whatever bytes stand in the file, the answer is a configuration or a reason: odd line ends, a mark at its beginning,
/// deep nesting, huge numbers.
#[test]
fn hostile_files() {
    assert!(load("\u{feff}[assume]\r\ncontainment_min = 7\r\n").is_ok_and(|c| c.assume.containment_min == 7));
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("{}x = 1", "a.".repeat(50_000)),
        "[[entry]]\ncomponent = 'a'\nweight = 1e999".to_owned(),
        "\0".to_owned(),
        format!("[probability]\nservice = {}", "9".repeat(10_000)),
        "é".repeat(1_000),
        format!("\"\\u001b{}\" = 1", "x".repeat(100_000)),
    ] {
        let said = load(&text).unwrap_err();
        assert!(said.len() == 1 && said[0].len() < 400 && !said[0].contains('\u{1b}'), "{}", said[0].len());
    }
}
