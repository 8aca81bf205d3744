//! What values come to.

use super::{calls, graph_of};

const BASE: &str = "Parameters:
  Stage: {Type: String, Default: dev}
  Free: {Type: String}
Mappings:
  ByRegion: {eu: {table: orders}, us: {table: orders}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  NotProd: {'Fn::Not': [{Condition: IsProd}]}
Resources:
  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders}}
  N: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub '${Free}-named'}}
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {VARIABLE}}}}
";

/// Every intrinsic function in both forms leads to the same resource.
#[test]
fn intrinsics() {
    let queue = "queue:s/Q async-publish";
    let table = "datastore:s/T sync";
    for (value, expected) in [
        ("A: !Ref Q", queue),
        ("A: {Ref: Q}", queue),
        ("A: !GetAtt Q.Arn", queue),
        ("A: !GetAtt [Q, Arn]", queue),
        ("A: {'Fn::GetAtt': [Q, Arn]}", queue),
        ("A: !Sub '${Q}'", queue),
        ("A: !Sub 'x-${Q.QueueName}'", queue),
        ("A: {'Fn::Sub': ['${x}', {x: !Ref Q}]}", queue),
        ("A: !Join ['', ['https://', !GetAtt Q.QueueName]]", queue),
        ("A: {'Fn::Select': [1, [a, {Ref: Q}]]}", queue),
        ("A: !Select [1, !Split ['|', !Sub 'a|${Q}']]", queue),
        ("A: !If [IsProd, none, !Ref Q]", queue),
        ("A: !If [NotProd, !Ref Q, none]", queue),
        ("A: !If [Unknown, !Ref 'AWS::NoValue', !Ref Q]", queue),
        ("TABLE: !FindInMap [ByRegion, !Ref 'AWS::Region', table]", table),
        ("TABLE: orders", table),
        ("WORK_TABLE: !Sub 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/orders'", table),
        ("TABLE: !Sub '${Free}-named'", "datastore:s/N sync"),
        ("QUEUE_URL: !Sub 'https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/jobs'", queue),
    ] {
        let graph = graph_of(&[("s.yaml", &BASE.replace("VARIABLE", value))]);
        assert_eq!(calls(&graph), [format!("function:s/F -> {expected}")], "{value}");
    }
}

/// What is no reference is none: stages, plain words that happen to be somebody's name, escaped text.
#[test]
fn no_references() {
    for value in ["STAGE: !Ref Stage", "MODE: orders", "TEXT: !Sub '${!Q}'", "REGION: !Ref 'AWS::Region'", "A: ''"] {
        let graph = graph_of(&[("s.yaml", &BASE.replace("VARIABLE", value))]);
        assert_eq!(calls(&graph), [""; 0], "{value}");
    }
}

/// A thing that the input does not hold is known by its name, or by its parameter's.
#[test]
fn things_outside() {
    for (value, expected) in [
        ("LEGACY_TABLE: old-orders", "datastore:dynamodb/old-orders sync?"),
        ("A: arn:aws:sns:eu-west-1:123456789012:shipped", "topic:sns/shipped async-publish"),
        ("B: 'postgres://u:secret@db.example.com:5432/x'", "external:db.example.com sync"),
    ] {
        let graph = graph_of(&[("s.yaml", &BASE.replace("VARIABLE", value))]);
        assert_eq!(calls(&graph), [format!("function:s/F -> {expected}")], "{value}");
    }
    let text = "Parameters: {StockTable: {Type: String}, TableName: {Type: String}}\nResources:\n  F: {Type: \
                AWS::Lambda::Function, Properties: {Environment: {Variables: {A: !Ref StockTable, B: !Ref TableName}}}}\n";
    assert_eq!(
        calls(&graph_of(&[("s.yaml", text)])),
        ["function:s/F -> datastore:dynamodb/StockTable sync", "function:s/F -> datastore:s/TableName sync"]
    );
}

/// What passes between a function and a table is what its policies let it do.
#[test]
fn permissions_say_what_passes() {
    for (actions, expected) in [
        ("[dynamodb:GetItem, dynamodb:Query]", "read"),
        ("dynamodb:PutItem", "write"),
        ("'dynamodb:*'", "sync"),
        ("[dynamodb:GetItem, dynamodb:DeleteItem]", "sync"),
    ] {
        let text = format!(
            "Resources:\n  T: {{Type: AWS::DynamoDB::Table}}\n  R: {{Type: AWS::IAM::Role, Properties: {{Policies: \
             [{{PolicyDocument: {{Statement: [{{Effect: Allow, Action: {actions}, Resource: !GetAtt T.Arn}}]}}}}]}}}}\n  \
             F: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt R.Arn, Environment: {{Variables: {{TABLE: \
             !Ref T}}}}}}}}\n  G: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt R.Arn}}}}\n"
        );
        let graph = graph_of(&[("s.yaml", &text)]);
        assert_eq!(calls(&graph), [format!("function:s/F -> datastore:s/T {expected}")]);
        let allowed = super::edges(&graph).into_iter().filter(|e| e.contains("(permission)")).count();
        assert_eq!(allowed, 2, "being allowed to is no call, but it is known");
    }
}

/// A variable that all functions share is no word of each: who may do nothing to what it names does not use it, unless
/// some policy is not in the input.
#[test]
fn shared_variables() {
    let template = |policies: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {{Function: {{Environment: {{Variables: {{TABLE: !Ref T, \
             QUEUE: !Ref Q}}}}}}}}\nResources:\n  T: {{Type: AWS::DynamoDB::Table}}\n  Q: {{Type: AWS::SQS::Queue}}\n  A: \
             {{Type: AWS::Serverless::Function, Properties: {{Policies: [{{DynamoDBReadPolicy: {{TableName: !Ref \
             T}}}}]}}}}\n  B: {{Type: AWS::Serverless::Function, Properties: {{Policies: {policies}}}}}\n"
        )
    };
    let of = |policies: &str| calls(&graph_of(&[("s.yaml", &template(policies))]));
    let a = "function:s/A -> datastore:s/T read";
    let (b_table, b_queue) = ("function:s/B -> datastore:s/T sync", "function:s/B -> queue:s/Q async-publish");
    let send = "[{SQSSendMessagePolicy: {QueueName: !GetAtt Q.QueueName}}]";
    assert_eq!(of(send), [a, b_queue]);
    assert_eq!(of("[AWSLambdaBasicExecutionRole]"), [a]);
    assert_eq!(of("[AmazonDynamoDBFullAccess]"), [a, b_table, b_queue]);
    assert_eq!(of("[{Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}]"), [a, b_queue]);
}
