//! What the names of parameters, variables and resources say: of what sort the thing is, and whose it is.

use super::kinds::Sort;

/// Words after which a name still means the thing itself.
const HANDLES: &[&str] =
    &["name", "names", "arn", "url", "uri", "id", "ref", "parameter", "param", "endpoint", "host", "value", "export"];
/// Words that say where a thing lives or what sort it is, not which one it is.
const SORTS: &[(&str, Option<Sort>)] = &[
    ("table", Some(Sort::Table)),
    ("tables", Some(Sort::Table)),
    ("queue", Some(Sort::Queue)),
    ("dlq", Some(Sort::Queue)),
    ("topic", Some(Sort::Topic)),
    ("bucket", Some(Sort::Bucket)),
    ("stream", Some(Sort::Stream)),
    ("function", Some(Sort::Function)),
    ("fn", Some(Sort::Function)),
    ("func", Some(Sort::Function)),
    ("lambda", Some(Sort::Function)),
    ("statemachine", Some(Sort::StateMachine)),
    ("machine", Some(Sort::StateMachine)),
    ("bus", Some(Sort::Bus)),
    ("eventbus", Some(Sort::Bus)),
    ("sqs", None),
    ("sns", None),
    ("s3", None),
    ("dynamodb", None),
    ("dynamo", None),
    ("ddb", None),
    ("kinesis", None),
    ("sfn", None),
    ("aws", None),
    ("state", None),
    ("event", None),
    ("events", None),
    ("db", None),
];

/// The words of a name in lower case: `BookingSNSTopic` is `booking`, `sns`, `topic`.
pub(super) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().take(256).collect();
    let mut words = vec![String::new()];
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = i.checked_sub(1).and_then(|i| chars.get(i)).copied().unwrap_or('_');
        let after = chars.get(i + 1).copied().unwrap_or('_');
        if c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && after.is_lowercase())) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The sort of thing that a name says it is the name of: `ORDERS_TABLE_NAME` of a table.
pub(super) fn sort(name: &str) -> Option<Sort> {
    let words = words(name);
    let noun = words.iter().rev().find(|word| !HANDLES.contains(&word.as_str()))?;
    SORTS.iter().find(|(word, _)| word == noun).and_then(|(_, sort)| *sort)
}

/// What is left of a name when all words are dropped that only say what sort of thing it is: `booking` of
/// `BookingSNSTopicArn`; nothing of `TableName`.
pub(super) fn own(name: &str) -> String {
    let said = |word: &String| HANDLES.contains(&word.as_str()) || SORTS.iter().any(|(sort, _)| sort == word);
    words(name).into_iter().filter(|word| !said(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names say what sort of thing they name, and which one.
    #[test]
    fn names_say_sorts_and_owners() {
        for (name, expected, whose) in [
            ("BookingSNSTopic", Some(Sort::Topic), "booking"),
            ("ORDERS_TABLE_NAME", Some(Sort::Table), "orders"),
            ("ORDERS_TABLE_PREFIX", None, "ordersprefix"),
            ("TableName", Some(Sort::Table), ""),
            ("CollectPaymentFunction", Some(Sort::Function), "collectpayment"),
            ("Stage", None, "stage"),
            ("", None, ""),
        ] {
            assert_eq!((sort(name), own(name).as_str()), (expected, whose), "{name}");
        }
    }
}
