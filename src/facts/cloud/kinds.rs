//! Which of a cloud's resource types are components, and of what sort.

use crate::facts::Kind;

/// A sort of component, named by what it is for; several resource types may be one sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    /// A serverless function.
    Function,
    /// A state machine.
    StateMachine,
    /// A message queue.
    Queue,
    /// A publish-subscribe topic.
    Topic,
    /// A key-value table.
    Table,
    /// Blob storage.
    Bucket,
    /// A stream that is read in order.
    Stream,
    /// A stream that delivers itself to a store.
    Delivery,
    /// An event bus.
    Bus,
    /// A rule that picks events of a bus.
    Rule,
    /// Connects a source with a target.
    Pipe,
    /// An API, load balancer or distribution that users call.
    Api,
    /// A relational or other database server.
    Database,
    /// A pool of connections in front of a database.
    Proxy,
    /// A cache.
    Cache,
    /// A search engine.
    Search,
    /// A broker or streaming cluster.
    Broker,
    /// Containers that run.
    Containers,
    /// A user directory.
    Users,
    /// An application that is deployed from elsewhere.
    Application,
    /// A secret.
    Secret,
    /// A setting that is kept apart.
    Setting,
    /// A shared file system.
    Files,
    /// A log that functions may read.
    Log,
}

impl Sort {
    /// What the graph calls it.
    pub fn kind(self) -> Kind {
        match self {
            Sort::Function | Sort::StateMachine => Kind::Function,
            Sort::Queue | Sort::Stream | Sort::Delivery | Sort::Broker => Kind::Queue,
            Sort::Topic | Sort::Bus | Sort::Rule | Sort::Log => Kind::Topic,
            Sort::Table | Sort::Database | Sort::Search => Kind::Datastore,
            Sort::Cache => Kind::Cache,
            Sort::Bucket => Kind::ObjectStore,
            Sort::Api => Kind::Entry,
            Sort::Pipe | Sort::Proxy | Sort::Containers | Sort::Users | Sort::Application => Kind::Service,
            Sort::Secret => Kind::Secret,
            Sort::Setting => Kind::Config,
            Sort::Files => Kind::Volume,
        }
    }

    /// The service's name in ARNs, which is the namespace of resources outside the input.
    pub fn service(self) -> &'static str {
        match self {
            Sort::Function => "lambda",
            Sort::StateMachine => "states",
            Sort::Queue => "sqs",
            Sort::Topic => "sns",
            Sort::Table => "dynamodb",
            Sort::Bucket => "s3",
            Sort::Stream => "kinesis",
            Sort::Delivery => "firehose",
            Sort::Bus | Sort::Rule => "events",
            Sort::Pipe => "pipes",
            Sort::Api => "execute-api",
            Sort::Database | Sort::Proxy => "rds",
            Sort::Cache => "elasticache",
            Sort::Search => "es",
            Sort::Broker => "kafka",
            Sort::Containers => "ecs",
            Sort::Users => "cognito-idp",
            Sort::Application => "cloudformation",
            Sort::Secret => "secretsmanager",
            Sort::Setting => "ssm",
            Sort::Files => "elasticfilesystem",
            Sort::Log => "logs",
        }
    }

    /// Whether callers reach it through the provider's SDK, which retries by itself.
    pub fn behind_sdk(self) -> bool {
        use Sort::{Bucket, Bus, Delivery, Function, Queue, StateMachine, Stream, Table, Topic};
        matches!(self, Function | StateMachine | Queue | Topic | Table | Bucket | Stream | Delivery | Bus)
    }

    /// Whether it is a component only if something refers to it: most stacks have many of these, and nobody calls them
    /// at run time.
    pub fn only_if_used(self) -> bool {
        matches!(self, Sort::Users | Sort::Application | Sort::Secret | Sort::Setting | Sort::Log | Sort::Files)
    }
}

/// A resource type that is a component: its name in CloudFormation, its sort, and the property with its name.
pub(super) struct Type {
    pub name: &'static str,
    pub sort: Sort,
    pub named_by: &'static str,
}

const fn t(name: &'static str, sort: Sort, named_by: &'static str) -> Type {
    Type { name, sort, named_by }
}

const TYPES: &[Type] = &[
    t("AWS::Lambda::Function", Sort::Function, "FunctionName"),
    t("AWS::StepFunctions::StateMachine", Sort::StateMachine, "StateMachineName"),
    t("AWS::SQS::Queue", Sort::Queue, "QueueName"),
    t("AWS::SNS::Topic", Sort::Topic, "TopicName"),
    t("AWS::DynamoDB::Table", Sort::Table, "TableName"),
    t("AWS::DynamoDB::GlobalTable", Sort::Table, "TableName"),
    t("AWS::Cassandra::Table", Sort::Database, "TableName"),
    t("AWS::S3::Bucket", Sort::Bucket, "BucketName"),
    t("AWS::Kinesis::Stream", Sort::Stream, "Name"),
    t("AWS::KinesisFirehose::DeliveryStream", Sort::Delivery, "DeliveryStreamName"),
    t("AWS::Events::EventBus", Sort::Bus, "Name"),
    t("AWS::Events::Rule", Sort::Rule, "Name"),
    t("AWS::IoT::TopicRule", Sort::Rule, "RuleName"),
    t("AWS::Pipes::Pipe", Sort::Pipe, "Name"),
    t("AWS::ApiGateway::RestApi", Sort::Api, "Name"),
    t("AWS::ApiGatewayV2::Api", Sort::Api, "Name"),
    t("AWS::AppSync::GraphQLApi", Sort::Api, "Name"),
    t("Alexa::ASK::Skill", Sort::Api, ""),
    // Fronts and functions of other clouds, of which only that they are there is known.
    t("Other::Api", Sort::Api, ""),
    t("Other::Function", Sort::Function, "FunctionName"),
    t("AWS::ElasticLoadBalancingV2::LoadBalancer", Sort::Api, "Name"),
    t("AWS::CloudFront::Distribution", Sort::Api, ""),
    t("AWS::RDS::DBInstance", Sort::Database, "DBInstanceIdentifier"),
    t("AWS::RDS::DBCluster", Sort::Database, "DBClusterIdentifier"),
    t("AWS::RDS::DBProxy", Sort::Proxy, "DBProxyName"),
    t("AWS::DocDB::DBCluster", Sort::Database, "DBClusterIdentifier"),
    t("AWS::Neptune::DBCluster", Sort::Database, "DBClusterIdentifier"),
    t("AWS::Redshift::Cluster", Sort::Database, "ClusterIdentifier"),
    t("AWS::RedshiftServerless::Workgroup", Sort::Database, "WorkgroupName"),
    t("AWS::Timestream::Database", Sort::Database, "DatabaseName"),
    t("AWS::MemoryDB::Cluster", Sort::Database, "ClusterName"),
    t("AWS::ElastiCache::ReplicationGroup", Sort::Cache, "ReplicationGroupId"),
    t("AWS::ElastiCache::CacheCluster", Sort::Cache, "ClusterName"),
    t("AWS::ElastiCache::ServerlessCache", Sort::Cache, "ServerlessCacheName"),
    t("AWS::DAX::Cluster", Sort::Cache, "ClusterName"),
    t("AWS::Elasticsearch::Domain", Sort::Search, "DomainName"),
    t("AWS::OpenSearchService::Domain", Sort::Search, "DomainName"),
    t("AWS::OpenSearchServerless::Collection", Sort::Search, "Name"),
    t("AWS::MSK::Cluster", Sort::Broker, "ClusterName"),
    t("AWS::MSK::ServerlessCluster", Sort::Broker, "ClusterName"),
    t("AWS::AmazonMQ::Broker", Sort::Broker, "BrokerName"),
    t("AWS::ECS::Service", Sort::Containers, "ServiceName"),
    t("AWS::Cognito::UserPool", Sort::Users, "UserPoolName"),
    t("AWS::CloudFormation::Stack", Sort::Application, ""),
    t("AWS::SecretsManager::Secret", Sort::Secret, "Name"),
    t("AWS::SSM::Parameter", Sort::Setting, "Name"),
    t("AWS::EFS::FileSystem", Sort::Files, ""),
    t("AWS::Logs::LogGroup", Sort::Log, "LogGroupName"),
];

/// Resource types that only stand for another resource, and the property that names it.
const STANDS_FOR: &[(&str, &str)] = &[
    ("AWS::Lambda::Alias", "FunctionName"),
    ("AWS::Lambda::Version", "FunctionName"),
    ("AWS::Lambda::Url", "TargetFunctionArn"),
    ("AWS::StepFunctions::StateMachineVersion", "StateMachineArn"),
    ("AWS::S3::AccessPoint", "Bucket"),
    ("AWS::Kinesis::StreamConsumer", "StreamARN"),
    ("AWS::ApiGateway::Stage", "RestApiId"),
    ("AWS::ApiGateway::Deployment", "RestApiId"),
    ("AWS::ApiGatewayV2::Stage", "ApiId"),
    ("AWS::EFS::AccessPoint", "FileSystemId"),
    ("AWS::RDS::DBInstance", "DBClusterIdentifier"),
    ("AWS::DocDB::DBInstance", "DBClusterIdentifier"),
    ("AWS::Neptune::DBInstance", "DBClusterIdentifier"),
    ("AWS::RDS::DBProxyEndpoint", "DBProxyName"),
    ("AWS::Cognito::UserPoolClient", "UserPoolId"),
    ("AWS::Cognito::UserPoolDomain", "UserPoolId"),
    ("AWS::AppSync::ApiKey", "ApiId"),
    ("AWS::ElasticLoadBalancingV2::Listener", "LoadBalancerArn"),
];

/// What is known of a resource type that is a component.
pub(super) fn of(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|t| t.name == name)
}

/// The property that names the resource for which one of this type stands.
pub(super) fn stands_for(name: &str) -> Option<&'static str> {
    STANDS_FOR.iter().find(|(t, _)| *t == name).map(|(_, property)| *property)
}

/// The sort of what an ARN of a service means, by the word before the name; `None` for what nothing calls at run time.
pub(super) fn of_arn(service: &str, word: &str) -> Option<Sort> {
    Some(match (service, word) {
        ("sqs", _) => Sort::Queue,
        ("sns", _) => Sort::Topic,
        ("s3", "") => Sort::Bucket,
        ("dynamodb", "table") => Sort::Table,
        ("lambda", "function") => Sort::Function,
        ("states", "stateMachine") => Sort::StateMachine,
        ("kinesis", "stream") => Sort::Stream,
        ("firehose", "deliverystream") => Sort::Delivery,
        ("events", "event-bus") => Sort::Bus,
        ("rds", "db" | "cluster") => Sort::Database,
        ("elasticache", _) => Sort::Cache,
        ("es" | "aoss", "domain" | "collection") => Sort::Search,
        ("kafka", "cluster") => Sort::Broker,
        ("secretsmanager", "secret") => Sort::Secret,
        ("ssm", "parameter") => Sort::Setting,
        ("execute-api", _) => Sort::Api,
        _ => return None,
    })
}

/// The type that a name misspells by a letter or two in its case or spelling. AWS has many types that are close to each
/// other, so only the same letters in another case, or a swapped pair, count.
pub(super) fn misspelt(name: &str) -> Option<&'static str> {
    let same = |t: &&Type| t.name.eq_ignore_ascii_case(name) || swapped(t.name, name);
    TYPES.iter().find(same).map(|t| t.name)
}

/// Whether two names differ by one swap of neighbours.
fn swapped(a: &str, b: &str) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let differing: Vec<(u8, u8)> = a.bytes().zip(b.bytes()).filter(|(x, y)| x != y).collect();
    matches!(differing.as_slice(), [(x, y), (z, w)] if x == w && y == z)
}
