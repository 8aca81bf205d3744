//! Cloud resources named by ARNs, queue URLs and bucket URLs.

use super::host::HOLE;
use super::{Address, Kind};

/// An ARN: `arn:partition:service:region:account:resource`. `None` for anything else, for services that nothing calls
/// at run time (IAM, KMS, …) and for names that are not known (variables, wildcards).
pub(super) fn arn(text: &str) -> Option<Address> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    let (_partition, service, _region, _account, resource) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // `table/Orders/index/x`, `function:resize:live`, or a name alone.
    let (sort, name) = resource.split_once(['/', ':']).unwrap_or(("", resource));
    let first = |text: &str| text.split(['/', ':']).next().unwrap_or_default().to_owned();
    let (kind, name) = match (service, sort) {
        ("sqs", _) => (Kind::Queue, first(resource)),
        ("sns", _) => (Kind::Topic, first(resource)),
        ("s3", _) => (Kind::ObjectStore, first(resource)),
        ("dynamodb", "table") => (Kind::Datastore, first(name)),
        ("rds", "db" | "cluster") => (Kind::Datastore, first(name)),
        ("es", "domain") => (Kind::Datastore, first(name)),
        ("elasticache", "cluster" | "replicationgroup" | "serverlesscache") => (Kind::Cache, first(name)),
        ("kinesis", "stream") | ("firehose", "deliverystream") => (Kind::Queue, first(name)),
        ("kafka", "cluster") => (Kind::Queue, first(name)),
        ("mq", "broker") => (Kind::Queue, first(name)),
        ("events", "event-bus") => (Kind::Topic, first(name)),
        ("lambda", "function") => (Kind::Function, first(name)),
        ("states", "stateMachine") => (Kind::Function, first(name)),
        _ => return None,
    };
    resource_named(kind, service, &name)
}

/// Buckets by their own schemes: `s3://b/key`, `gs://b`, `abfss://container@account.dfs.core.windows.net/path`.
pub(super) fn bucket(scheme: &str, rest: &str) -> Option<Address> {
    let service = match scheme {
        "s3" | "s3a" | "s3n" => "s3",
        "gs" => "gs",
        "abfs" | "abfss" | "wasb" | "wasbs" | "azblob" => "azure-storage",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.split_once('@') {
        Some((container, account)) => {
            let account = account.split('.').next().unwrap_or_default();
            resource_named(Kind::ObjectStore, service, &format!("{account}/{container}"))
        }
        None => resource_named(Kind::ObjectStore, service, authority),
    }
}

/// Resources behind `https://` hosts of cloud providers. `path` begins with `/` if there is one.
pub(super) fn web(host: &str, path: &str) -> Option<Address> {
    let segment = |n: usize| path.split(['?', '#']).next().unwrap_or_default().split('/').nth(n).unwrap_or_default();
    if host == "storage.googleapis.com" {
        return resource_named(Kind::ObjectStore, "gs", segment(1));
    }
    let aws = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    if aws == "sqs" || aws.starts_with("sqs.") || aws == "queue" || aws.ends_with(".queue") {
        return resource_named(Kind::Queue, "sqs", segment(2));
    }
    let labels: Vec<&str> = aws.split('.').collect();
    let s3 = labels.iter().position(|l| *l == "s3" || l.starts_with("s3-"))?;
    match s3 {
        0 => resource_named(Kind::ObjectStore, "s3", segment(1)),
        n => resource_named(Kind::ObjectStore, "s3", &labels[..n].join(".")),
    }
}

/// A resource with a name that is really one.
pub(super) fn resource_named(kind: Kind, service: &str, name: &str) -> Option<Address> {
    let known = !name.is_empty()
        && name.len() <= 1024
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !name.contains(HOLE);
    known.then(|| Address::Resource { kind, service: service.to_owned(), name: name.to_owned() })
}
