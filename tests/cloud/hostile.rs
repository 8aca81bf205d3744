//! Templates that mean harm, or nothing.

use super::{facts_of, graph_of};
use linchpin::facts::cloud::{Options, link, recognise};
use linchpin::parse::{Outcome, documents};
use std::collections::BTreeMap;

/// Values that lead in circles end: outputs of nested stacks, the parameter store, conditions, stand-ins.
#[test]
fn circles() {
    let a = "Resources:\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml, Parameters: {P: !GetAtt \
             B.Outputs.O}}}\n  F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {X: !GetAtt \
             B.Outputs.O}}}}\n";
    let b = "Parameters: {P: {Type: String}}\nResources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: \
             {TemplateURL: a.yaml}}\nOutputs: {O: {Value: !Ref P}}\n";
    assert!(!graph_of(&[("a.yaml", a), ("b.yaml", b)]).components.is_empty());
    let own = "Conditions: {A: !Not [!Condition A]}\nResources:\n  P: {Type: AWS::SSM::Parameter, Properties: {Name: /a, \
               Value: '{{resolve:ssm:/a}}'}}\n  L: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref L}}\n  F: \
               {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {X: !If [A, '{{resolve:ssm:/a}}', \
               !Ref L]}}}}\n";
    assert!(!graph_of(&[("own.yaml", own)]).components.is_empty());
}

/// References that double at every step cost no more than a limit.
#[test]
fn doubling() {
    let mut text = String::from("Resources:\n  T: {Type: AWS::DynamoDB::Table}\nConditions:\n  C0: !Equals [a, a]\n");
    for i in 1..60 {
        text.push_str(&format!("  C{i}: !And [!Condition C{}, !Condition C{}]\n", i - 1, i - 1));
    }
    let text = text.replace(
        "Conditions:",
        "  F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {X: !If [C59, !Ref T, '']}}}}\nConditions:",
    );
    assert!(!graph_of(&[("s.yaml", &text)]).components.is_empty());
}

/// Whatever stands in the place of anything else, the rest is read and nothing fails.
#[test]
fn wrong_types() {
    let wrong = ["5", "[]", "{}", "null", "[[a]]", "{a: {b: c}}", "!Ref X", "!GetAtt {a: b}", "!Sub [1]", "!Join x"];
    let places = [
        "Resources: WRONG\nAWSTemplateFormatVersion: '2010-09-09'\n",
        "Resources: {F: WRONG}\nTransform: x\n",
        "Resources: {F: {Type: AWS::Lambda::Function, Properties: WRONG}}\n",
        "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {E: WRONG}}}}\n",
        "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: SQS, Properties: WRONG}}}}}\n",
        "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: WRONG}, Timeout: WRONG}}}\n",
        "Resources: {F: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: WRONG}}}\n",
        "Resources: {F: {Type: AWS::StepFunctions::StateMachine, Properties: {Definition: WRONG}}}\n",
        "Resources: {F: {Type: AWS::Events::Rule, Properties: {EventPattern: WRONG, Targets: WRONG}}}\n",
        "Resources: {F: {Type: AWS::ECS::Service, Properties: {TaskDefinition: WRONG, DesiredCount: WRONG}}}\n",
        "Resources: {F: {Type: AWS::Lambda::Function}}\nParameters: WRONG\nMappings: WRONG\nOutputs: WRONG\n",
        "StartAt: A\nStates: {A: WRONG}\n",
        "StartAt: A\nStates: {A: {Type: Task, Resource: WRONG, Retry: WRONG, Catch: WRONG}}\n",
        "service: WRONG\nprovider: {name: aws, environment: WRONG, iam: WRONG}\nfunctions: {f: WRONG}\n",
        "service: s\nprovider: {name: aws}\nfunctions: WRONG\nresources: WRONG\nconstructs: WRONG\nstepFunctions: WRONG\n",
        "service: s\nprovider: {name: aws}\nfunctions: {f: {handler: x, events: WRONG, vpc: WRONG, onError: WRONG}}\n",
        "service: s\nprovider: {name: aws}\nfunctions: {f: {handler: x, events: [{sqs: WRONG}, {s3: WRONG}, {sns: WRONG}, {http: WRONG}, {stream: WRONG}, {eventBridge: WRONG}]}}\n",
        "format_version: 1\nterraform_version: 1\nplanned_values: {root_module: {resources: [WRONG, {address: a, type: aws_sqs_queue, values: WRONG}]}}\nconfiguration: WRONG\n",
        "family: x\ncontainerDefinitions: [WRONG]\n",
        "serviceName: x\ntaskDefinition: y\ndesiredCount: WRONG\n",
    ];
    for place in places {
        for wrong in wrong {
            let text = place.replace("WRONG", wrong);
            let _ = facts_of(&[("s.yaml", &text)]);
        }
    }
}

/// The same facts come of the same files, in whatever order they are read.
#[test]
fn order_does_not_matter() {
    let texts = [
        (
            "a.yaml",
            "Resources:\n  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: t}}\nOutputs: {O: {Value: !Ref T}}\n",
        ),
        (
            "b.yaml",
            "Parameters: {O: {Type: String}}\nResources:\n  F: {Type: AWS::Lambda::Function, Properties: \
                    {Environment: {Variables: {X: !Ref O}}}}\n",
        ),
        (
            "c/serverless.yml",
            "service: a\nprovider: {name: aws}\nfunctions: {F: {handler: x, environment: {TABLE: t}}}\n",
        ),
    ];
    let read = |order: [usize; 3]| {
        let files: Vec<_> = order.iter().map(|&i| texts[i]).collect();
        let facts = facts_of(&files);
        format!("{:?} {:?} {:?}", facts.components, facts.dependencies, facts.policies)
    };
    assert_eq!(read([0, 1, 2]), read([2, 1, 0]));
    assert_eq!(read([0, 1, 2]), read([1, 0, 2]));
}

/// A password in a template stays there.
#[test]
fn secrets_stay() {
    let text = "Parameters: {Password: {Type: String, Default: hunter2, NoEcho: true}}\nResources:\n  F: {Type: \
                AWS::Lambda::Function, Properties: {Environment: {Variables: {DATABASE_URL: !Sub \
                'postgres://u:${Password}@db.example.com/x', PASSWORD: !Ref Password, TABLE_TOKEN: hunter2}}}}\n";
    let trees = documents(&"s.yaml".into(), text).into_iter().filter_map(|d| match d.outcome {
        Outcome::Tree(node) => recognise(&node),
        _ => None,
    });
    let facts = link(trees.collect(), &BTreeMap::<String, String>::new(), Options::default());
    assert!(!format!("{facts:?}").contains("hunter2"));
    assert_eq!(facts.dependencies.iter().filter(|d| d.evidence.field.contains("DATABASE_URL")).count(), 1);
}
