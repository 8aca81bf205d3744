//! What stacks know of each other.

use super::{calls, facts_of, graph_of};

const TABLE: &str = "  T: {Type: AWS::DynamoDB::Table}\n";

fn function(value: &str) -> String {
    format!("  F: {{Type: AWS::Lambda::Function, Properties: {{Environment: {{Variables: {{X: {value}}}}}}}}}\n")
}

/// Exports, the parameter store, the Serverless Framework's references and nested stacks lead across.
#[test]
fn references_across() {
    let owner = format!(
        "Resources:\n{TABLE}  P: {{Type: AWS::SSM::Parameter, Properties: {{Name: /shop/table, Type: String, Value: !Ref \
         T}}}}\nOutputs:\n  TableOut: {{Value: !Ref T, Export: {{Name: !Sub 'shop-${{AWS::Region}}-table'}}}}\n"
    );
    let resources = |value: &str| format!("Resources:\n{}", function(value));
    let import = resources("!ImportValue {'Fn::Sub': 'shop-${AWS::Region}-table'}");
    let stored = format!(
        "Parameters: {{P: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/table}}}}\n{}",
        resources("!Ref P")
    );
    let dynamic = resources("'{{resolve:ssm:/shop/table:1}}'");
    let by_output = format!("Parameters: {{TableOut: {{Type: String}}}}\n{}", resources("!Ref TableOut"));
    for (text, inferred) in [(import, ""), (stored, ""), (dynamic, ""), (by_output, "?")] {
        let graph = graph_of(&[("owner.yaml", &owner), ("user.yaml", &text)]);
        assert_eq!(calls(&graph), [format!("function:user/F -> datastore:owner/T sync{inferred}")], "{text}");
    }
    let service = "service: web\nprovider: {name: aws}\nfunctions:\n  F: {handler: x, environment: {A: \
                   '${cf:owner-dev.TableOut}', B: '${ssm:/shop/table}'}}\n";
    let graph = graph_of(&[("owner.yaml", &owner), ("web/serverless.yml", service)]);
    assert_eq!(calls(&graph), ["function:web/F -> datastore:owner/T sync"]);
}

/// A nested stack is given what its parent passes, and gives its parent what it puts out.
#[test]
fn nested_stacks() {
    let parent = "Resources:\n  T: {Type: AWS::DynamoDB::Table}\n  Inner: {Type: AWS::CloudFormation::Stack, Properties: \
                  {TemplateURL: ./inner.yaml, Parameters: {Name: !Ref T}}}\n  F: {Type: AWS::Lambda::Function, \
                  Properties: {Environment: {Variables: {Q: !GetAtt Inner.Outputs.Queue}}}}\n";
    let inner = format!(
        "Parameters: {{Name: {{Type: String}}}}\nResources:\n  Q: {{Type: AWS::SQS::Queue}}\n{}Outputs: {{Queue: \
         {{Value: !Ref Q}}}}\n",
        function("!Ref Name")
    );
    let graph = graph_of(&[("a/parent.yaml", parent), ("a/inner.yaml", &inner)]);
    assert_eq!(
        calls(&graph),
        ["function:inner/F -> datastore:parent/T sync", "function:parent/F -> queue:inner/Q async-publish"]
    );
}

/// Parameters of the same name and sort mean one thing outside, unless the name says nothing; alike is not the same if
/// there are two candidates.
#[test]
fn parameters_by_name() {
    let user = |parameter: &str| {
        format!("Parameters: {{{parameter}: {{Type: String}}}}\nResources:\n{}", function(&format!("!Ref {parameter}")))
    };
    let (a, b) = (user("StockTable"), user("StockTable"));
    assert_eq!(
        calls(&graph_of(&[("a.yaml", &a), ("b.yaml", &b)])),
        ["function:a/F -> datastore:dynamodb/StockTable sync", "function:b/F -> datastore:dynamodb/StockTable sync"]
    );
    let topic = "Resources:\n  BookedTopic: {Type: AWS::SNS::Topic}\n";
    let listener = user("BookedSNSTopic");
    assert_eq!(
        calls(&graph_of(&[("owner.yaml", topic), ("user.yaml", &listener)])),
        ["function:user/F -> topic:owner/BookedTopic async-publish?"]
    );
    assert_eq!(
        calls(&graph_of(&[("owner.yaml", topic), ("other.yaml", topic), ("user.yaml", &listener)])),
        ["function:user/F -> topic:sns/BookedSNSTopic async-publish"]
    );
}

/// Services of one name in different folders are different stacks; files of one folder are variants of one.
#[test]
fn scopes() {
    let service = "service: shop\nprovider: {name: aws}\nfunctions:\n  F: {handler: x}\n";
    let scopes = |files: &[(&str, &str)]| {
        let facts = facts_of(files);
        let of = facts.components.iter().filter(|c| &*c.key.name == "F");
        of.map(|c| c.key.scope.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(scopes(&[("x/serverless.yml", service)]), ["stack:shop"]);
    assert_eq!(
        scopes(&[("x/one/serverless.yml", service), ("x/two/serverless.yml", service)]),
        ["stack:one/shop", "stack:two/shop"]
    );
    assert_eq!(
        scopes(&[("x/serverless.yml", service), ("x/serverless.prod.yml", service)]),
        ["stack:shop", "stack:shop"]
    );
}

/// Whoever names a queue of a template by its URL means that queue, also from another scope.
#[test]
fn names_hold_everywhere() {
    let queue = "Resources:\n  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: Work-Items}}\n";
    let other = "service: web\nprovider: {name: aws}\nfunctions:\n  F: {handler: x, environment: {U: \
                 'https://sqs.eu-west-1.amazonaws.com/123456789012/Work-Items'}}\n";
    let graph = graph_of(&[("jobs.yaml", queue), ("serverless.yml", other)]);
    assert_eq!(calls(&graph), ["function:web/F -> queue:jobs/Jobs async-publish"]);
}

/// What the stages of an API throttle for all their routes bounds what it lets in: SAM writes it on the API, CloudFormation
/// on the stage; each route may use it up. What is for one route alone bounds nothing.
#[test]
fn throttled_apis() {
    let sam = |api: &str| {
        let events = "A: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /a, Method: get}}, \
                      B: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /b, Method: get}}";
        format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api: {{Type: AWS::Serverless::Api, Properties: {{StageName: p, \
             {api}}}}}\n  F: {{Type: AWS::Serverless::Function, Properties: {{Events: {{{events}}}}}}}\n"
        )
    };
    let http = "Resources:\n  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}\n  \
                S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, DefaultRouteSettings: \
                {ThrottlingRateLimit: 50}}}\n  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: \
                GET /a, Target: !Sub 'integrations/${I}'}}\n  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: \
                !Ref Api, IntegrationUri: !GetAtt F.Arn}}\n  F: {Type: AWS::Lambda::Function, Properties: {}}\n";
    let all =
        |path: &str| format!("MethodSettings: [{{ResourcePath: '{path}', HttpMethod: '*', ThrottlingRateLimit: 20}}]");
    for (text, expected) in [
        (sam(&all("/*")), Some(40.0)),
        (sam(&all("/a")), None),
        (sam("TracingEnabled: true"), None),
        (http.to_owned(), Some(50.0)),
    ] {
        let graph = graph_of(&[("t.yaml", &text)]);
        let entry = graph.components.iter().find(|c| &*c.name == "Api").unwrap_or_else(|| panic!("{text}"));
        assert_eq!(entry.settings.shed_rps, expected, "{text}");
    }
}
