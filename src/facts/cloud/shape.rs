//! The shape of templates: properties that are read, and references that lead nowhere.

use super::stack::Stack;
use crate::facts::shape::{Shape, hold, shape};
use crate::parse::Node;
use crate::source::{Problem, nearest};

/// Nodes of one template that are looked at for references.
const NODES: usize = 200_000;

/// Adds what is wrong with the shape of a resource's properties. Names that are nearly those of properties are checked
/// where a type of resource is read; here, where nobody else does.
pub(super) fn check(of: &str, properties: &Node, problems: &mut Vec<Problem>) {
    let shape = match of {
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => &FUNCTION,
        "AWS::Lambda::EventSourceMapping" => &EVENT_SOURCE,
        "AWS::Lambda::EventInvokeConfig" => &INVOKE,
        "AWS::Events::Rule" => &RULE,
        "AWS::RDS::DBInstance" => &DATABASE,
        "AWS::ElastiCache::ReplicationGroup" => &CACHE,
        "AWS::ECS::Service" => &SERVICE,
        "AWS::ECS::TaskDefinition" => &TASK,
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => &BALANCER,
        "AWS::ElasticLoadBalancingV2::TargetGroup" => &TARGETS,
        "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => &MACHINE,
        _ => return,
    };
    hold(properties, shape, "Properties", problems);
}

/// Adds what is wrong around the properties of a resource.
pub(super) fn resource(id: &str, resource: &Node, problems: &mut Vec<Problem>) {
    hold(resource, &RESOURCE, id, problems);
}

static RESOURCE: Shape = shape!({
    Condition: _, Connectors: _, CreationPolicy: _, DeletionPolicy: _, DependsOn: _, IgnoreGlobals: _, Metadata: _,
    Properties: _, Type: _, UpdatePolicy: _, UpdateReplacePolicy: _,
});

/// Adds what is wrong with the outermost keys of a service of the Serverless Framework.
pub(super) fn service(root: &Node, problems: &mut Vec<Problem>) {
    hold(root, &SERVERLESS, "serverless", problems);
}

static SERVERLESS: Shape = shape!({
    app: _, build: _, configValidationMode: _, constructs: _, console: _, custom: _, dashboard: _,
    deprecationNotificationMode: _, disabledDeprecations: _, frameworkVersion: _, functions: _, inputs: _, layers: _,
    licenseKey: _, name: _, org: _, outputs: _, package: _, params: _, plugins: _, provider: _, resources: _, service: _,
    stages: _, state: _, stepFunctions: _, tenant: _, useDotenv: _, variablesResolutionMode: _,
});

static FUNCTION: Shape = shape!({..
    Environment: {Variables: {* _}}, Events: {* {Type: text, Properties: {* _}; Type}},
    EventInvokeConfig: {
        DestinationConfig: {OnFailure: {* _}, OnSuccess: {* _}}, MaximumEventAgeInSeconds: _, MaximumRetryAttempts: _
    },
    ProvisionedConcurrencyConfig: {* _}, VpcConfig: {* _}
});

static EVENT_SOURCE: Shape = shape!({.. DestinationConfig: {OnFailure: {Destination: _}}, ScalingConfig: {* _}});

static INVOKE: Shape = shape!({.. DestinationConfig: {* {* _}}});

static RULE: Shape = shape!({..
    EventPattern: {* _},
    Targets: [{
        Arn: _, DeadLetterConfig: {Arn: _; Arn}, Id: _, Input: _, InputPath: _, InputTransformer: _,
        RetryPolicy: {* _}, RoleArn: _; Arn
    }]
});

static DATABASE: Shape = shape!({.. MultiAZ: (word "true" "false" "True" "False")});

static CACHE: Shape = shape!({
    AutomaticFailoverEnabled: (word "true" "false" "True" "False"), Engine: _, EngineVersion: _,
    MultiAZEnabled: (word "true" "false" "True" "False"), NodeGroupConfiguration: _, NumCacheClusters: count,
    NumNodeGroups: count, PrimaryClusterId: _, ReplicasPerNodeGroup: count, ReplicationGroupId: _,
});

static SERVICE: Shape = shape!({
    Cluster: _, DeploymentConfiguration: {
        Alarms: _, DeploymentCircuitBreaker: _, MaximumPercent: _, MinimumHealthyPercent: _
    },
    DesiredCount: count, LaunchType: _,
    LoadBalancers: [{
        AdvancedConfiguration: _, ContainerName: _, ContainerPort: _, LoadBalancerName: _, TargetGroupArn: _
    }],
    PlacementConstraints: [_], PlacementStrategies: [_], ServiceName: _, ServiceRegistries: _, TaskDefinition: _,
});

static TASK: Shape = shape!({
    ContainerDefinitions: [{
        Command: _, DependsOn: [_], EntryPoint: _, Environment: [{Name: _, Value: _}], EnvironmentFiles: _,
        Essential: _, HealthCheck: _, Image: _, LinuxParameters: _, LogConfiguration: _, MountPoints: _, Name: _,
        PortMappings: [_], Secrets: [_], StartTimeout: _, StopTimeout: count
    }],
    Cpu: _, Family: _, Memory: _, NetworkMode: _, TaskRoleArn: _, Volumes: _,
});

static BALANCER: Shape = shape!({
    LoadBalancerAttributes: [{Key: text, Value: _}], Name: _, Scheme: _, SubnetMappings: [_], Subnets: [_], Type: _
});

static TARGETS: Shape = shape!({
    Name: _, Port: _, Protocol: _, TargetGroupAttributes: [{Key: text, Value: _}], TargetType: _, Targets: [_],
    VpcId: _
});

static MACHINE: Shape = shape!({
    Definition: {
        Comment: _, QueryLanguage: _, StartAt: _, States: {* {* _}}, TimeoutSeconds: _, Version: _; States
    },
    DefinitionS3Location: _, DefinitionString: _, DefinitionSubstitutions: {* _}, DefinitionUri: _,
    Events: {* {* _}}, Name: _, Policies: _, Role: _, RoleArn: _, StateMachineName: _, StateMachineType: _, Type: _,
});

/// Adds what is wrong with the shape of an event of the Serverless Framework; one that is only a name has none.
pub(super) fn event(sort: &str, said: &Node, problems: &mut Vec<Problem>) {
    let shape = match sort {
        "sqs" => &SQS,
        "sns" => &SNS,
        "stream" => &STREAM,
        "eventBridge" => &EVENT_BRIDGE,
        _ => return,
    };
    if said.text().is_none() {
        hold(said, shape, sort, problems);
    }
}

static SQS: Shape = shape!({
    arn: _, batchSize: _, enabled: _, filterPatterns: _, functionResponseType: _, maximumBatchingWindow: _,
    maximumConcurrency: _; arn
});

static SNS: Shape = shape!({
    arn: _, displayName: _, filterPolicy: _, filterPolicyScope: _, redrivePolicy: _, topicName: _,
});

static STREAM: Shape = shape!({
    arn: _, batchSize: _, batchWindow: _, bisectBatchOnFunctionError: _, consumer: _, destinations: _, enabled: _,
    filterPatterns: _, functionResponseType: _, maximumRecordAgeInSeconds: _, maximumRetryAttempts: _,
    parallelizationFactor: _, startingPosition: _, startingPositionTimestamp: _, tumblingWindowInSeconds: _, type: _; arn
});

static EVENT_BRIDGE: Shape = shape!({
    deadLetterQueueArn: _, deadLetterConfig: _, description: _, enabled: _, eventBus: _, input: _, inputPath: _,
    inputTransformer: _, name: _, pattern: {* _}, retryPolicy: {* _}, schedule: _, state: _,
});

/// Adds the references of a template, once all of its stack is known, to resources and parameters that it does not have.
/// Tools that make resources of their own (`Transform`, frameworks) make ids that nobody else knows: with them only what
/// is nearly an id of the template is a mistake.
pub(super) fn references(stack: &Stack, template: &Node, whole: bool, problems: &mut Vec<Problem>) {
    let known: Vec<&str> =
        stack.resources.keys().chain(stack.ids.keys()).chain(stack.parameters.keys()).map(|id| &**id).collect();
    let mut open: Vec<&Node> = ["Resources", "Outputs"].iter().filter_map(|part| template.get(part)).collect();
    let mut looked = 0;
    while let Some(node) = open.pop() {
        looked += 1;
        if looked > NODES {
            return;
        }
        if let Some(written) = referred(node) {
            let id = written.text().map_or("", |text| text.split('.').next().unwrap_or(text));
            let fits = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric());
            if !fits || stack.resource(id).is_some() || stack.parameters.contains_key(id) {
                continue;
            }
            let meant = nearest(id, known.iter().copied()).filter(|meant| id.len() > 3 && meant.len() > 3);
            if meant.is_none() && !whole {
                continue;
            }
            let problem = Problem::new(written.at(), format!("`{id}` is no resource and no parameter of the template"));
            problems.push(problem.remedy(match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "declare it, or correct the reference".to_owned(),
            }));
            continue;
        }
        // What a loop makes has names that only the loop knows.
        let loops = |key: &Node| key.text().is_some_and(|k| k.starts_with("Fn::ForEach") || k == "Fn::Transform");
        open.extend(node.items());
        open.extend(node.entries().iter().filter(|(key, _)| !loops(key)).map(|(_, value)| value));
    }
}

/// The id that a value refers to: `!Ref id`, `{Ref: id}`, `!GetAtt id.Arn`, `{Fn::GetAtt: [id, Arn]}`.
fn referred(node: &Node) -> Option<&Node> {
    let id = |argument| Some(Node::items(argument).first().unwrap_or(argument)).filter(|node| node.text().is_some());
    match node.tag() {
        Some("Ref" | "GetAtt") => return id(node),
        Some(_) => return None,
        None => {}
    }
    match node.entries() {
        [(key, argument)] if matches!(key.text(), Some("Ref" | "Fn::GetAtt")) => id(argument),
        _ => None,
    }
}
