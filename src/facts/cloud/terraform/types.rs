//! Terraform's resource types and what their attributes are called in the common language.

/// Where a property's value stands.
pub(super) enum From {
    /// At a path of attributes; numbers are places in a list.
    At(&'static str),
    /// The same, but one value means nothing.
    Without(&'static str, &'static str),
    /// In each block of a name: properties of the item, and their paths in it.
    Each(&'static str, &'static [(&'static str, &'static str)]),
    /// Everywhere in blocks of these names, at these paths.
    All(&'static [(&'static str, &'static str)]),
}

impl From {
    /// What the source calls it.
    pub fn attribute(&self) -> &'static str {
        match self {
            From::At(attribute) | From::Without(attribute, _) | From::Each(attribute, _) => attribute,
            From::All(ends) => ends.first().map_or("", |(block, _)| block),
        }
    }
}

/// A type and its properties.
pub(super) struct Type {
    name: &'static str,
    pub common: &'static str,
    pub properties: &'static [(&'static str, From)],
}

use From::{All, At, Each, Without};

/// What is known of a type.
pub(super) fn of(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|t| t.name == name)
}

const fn t(name: &'static str, common: &'static str, properties: &'static [(&'static str, From)]) -> Type {
    Type { name, common, properties }
}

#[rustfmt::skip]
const TYPES: &[Type] = &[
    t("aws_lambda_function", "AWS::Lambda::Function", &[
        ("FunctionName", At("function_name")), ("Timeout", At("timeout")),
        ("ReservedConcurrentExecutions", Without("reserved_concurrent_executions", "-1")),
        ("Environment.Variables", At("environment.0.variables")),
        ("DeadLetterConfig.TargetArn", At("dead_letter_config.0.target_arn")),
        ("VpcConfig.SubnetIds", At("vpc_config.0.subnet_ids")), ("Role", At("role")),
        ("FileSystemConfigs", Each("file_system_config", &[("Arn", "arn")]))]),
    t("aws_lambda_alias", "AWS::Lambda::Alias", &[("FunctionName", At("function_name"))]),
    t("aws_lambda_function_url", "AWS::Lambda::Url", &[("TargetFunctionArn", At("function_name"))]),
    t("aws_lambda_event_source_mapping", "AWS::Lambda::EventSourceMapping", &[
        ("EventSourceArn", At("event_source_arn")), ("FunctionName", At("function_name")), ("Enabled", At("enabled")),
        ("MaximumRetryAttempts", At("maximum_retry_attempts")),
        ("MaximumRecordAgeInSeconds", At("maximum_record_age_in_seconds")),
        ("ScalingConfig.MaximumConcurrency", At("scaling_config.0.maximum_concurrency")),
        ("DestinationConfig.OnFailure", Each("destination_config.0.on_failure", &[("Destination", "destination_arn")]))]),
    t("aws_lambda_function_event_invoke_config", "AWS::Lambda::EventInvokeConfig", &[
        ("FunctionName", At("function_name")), ("MaximumRetryAttempts", At("maximum_retry_attempts")),
        ("MaximumEventAgeInSeconds", At("maximum_event_age_in_seconds"))]),
    t("aws_sfn_state_machine", "AWS::StepFunctions::StateMachine", &[
        ("StateMachineName", At("name")), ("DefinitionString", At("definition")), ("RoleArn", At("role_arn"))]),
    t("aws_sqs_queue", "AWS::SQS::Queue", &[
        ("QueueName", At("name")), ("VisibilityTimeout", At("visibility_timeout_seconds")),
        ("MessageRetentionPeriod", At("message_retention_seconds")), ("RedrivePolicy", At("redrive_policy"))]),
    t("aws_sns_topic", "AWS::SNS::Topic", &[("TopicName", At("name"))]),
    t("aws_sns_topic_subscription", "AWS::SNS::Subscription", &[
        ("TopicArn", At("topic_arn")), ("Protocol", At("protocol")), ("Endpoint", At("endpoint")),
        ("DeliveryPolicy", At("delivery_policy")), ("RedrivePolicy", At("redrive_policy"))]),
    t("aws_dynamodb_table", "AWS::DynamoDB::Table", &[("TableName", At("name"))]),
    t("aws_s3_bucket", "AWS::S3::Bucket", &[("BucketName", At("bucket"))]),
    t("aws_s3_bucket_notification", "AWS::S3::Notification", &[
        ("Bucket", At("bucket")),
        ("Function", All(&[("lambda_function", "lambda_function_arn"), ("queue", "queue_arn"), ("topic", "topic_arn")]))]),
    t("aws_kinesis_stream", "AWS::Kinesis::Stream", &[
        ("Name", At("name")), ("RetentionPeriodHours", At("retention_period"))]),
    t("aws_kinesis_firehose_delivery_stream", "AWS::KinesisFirehose::DeliveryStream", &[
        ("DeliveryStreamName", At("name")),
        ("KinesisStreamSourceConfiguration.KinesisStreamARN", At("kinesis_source_configuration.0.kinesis_stream_arn")),
        ("ExtendedS3DestinationConfiguration.BucketARN", At("extended_s3_configuration.0.bucket_arn"))]),
    t("aws_cloudwatch_event_bus", "AWS::Events::EventBus", &[("Name", At("name"))]),
    t("aws_cloudwatch_event_rule", "AWS::Events::Rule", &[
        ("Name", At("name")), ("EventPattern", At("event_pattern")), ("EventBusName", Without("event_bus_name", "default"))]),
    t("aws_cloudwatch_event_target", "AWS::Events::Target", &[
        ("Rule", At("rule")), ("Arn", At("arn")),
        ("RetryPolicy.MaximumRetryAttempts", At("retry_policy.0.maximum_retry_attempts")),
        ("RetryPolicy.MaximumEventAgeInSeconds", At("retry_policy.0.maximum_event_age_in_seconds")),
        ("DeadLetterConfig.Arn", At("dead_letter_config.0.arn"))]),
    t("aws_cloudwatch_log_subscription_filter", "AWS::Logs::SubscriptionFilter", &[
        ("LogGroupName", At("log_group_name")), ("DestinationArn", At("destination_arn"))]),
    t("aws_pipes_pipe", "AWS::Pipes::Pipe", &[
        ("Name", At("name")), ("Source", At("source")), ("Enrichment", At("enrichment")), ("Target", At("target"))]),
    t("aws_apigatewayv2_api", "AWS::ApiGatewayV2::Api", &[
        ("Name", At("name")), ("ProtocolType", At("protocol_type")), ("Body", At("body"))]),
    t("aws_apigatewayv2_integration", "AWS::ApiGatewayV2::Integration", &[
        ("ApiId", At("api_id")), ("IntegrationUri", At("integration_uri")),
        ("TimeoutInMillis", At("timeout_milliseconds"))]),
    t("aws_apigatewayv2_route", "AWS::ApiGatewayV2::Route", &[
        ("ApiId", At("api_id")), ("RouteKey", At("route_key")), ("Target", At("target"))]),
    t("aws_api_gateway_rest_api", "AWS::ApiGateway::RestApi", &[("Name", At("name")), ("Body", At("body"))]),
    t("aws_api_gateway_resource", "AWS::ApiGateway::Resource", &[
        ("ParentId", At("parent_id")), ("PathPart", At("path_part"))]),
    t("aws_api_gateway_integration", "AWS::ApiGateway::Method", &[
        ("RestApiId", At("rest_api_id")), ("ResourceId", At("resource_id")), ("HttpMethod", At("http_method")),
        ("Integration.Uri", At("uri")), ("Integration.TimeoutInMillis", At("timeout_milliseconds"))]),
    t("aws_db_instance", "AWS::RDS::DBInstance", &[("DBInstanceIdentifier", At("identifier")), ("MultiAZ", At("multi_az"))]),
    t("aws_rds_cluster", "AWS::RDS::DBCluster", &[("DBClusterIdentifier", At("cluster_identifier"))]),
    t("aws_rds_cluster_instance", "AWS::RDS::DBInstance", &[
        ("DBInstanceIdentifier", At("identifier")), ("DBClusterIdentifier", At("cluster_identifier"))]),
    t("aws_docdb_cluster", "AWS::DocDB::DBCluster", &[("DBClusterIdentifier", At("cluster_identifier"))]),
    t("aws_docdb_cluster_instance", "AWS::DocDB::DBInstance", &[("DBClusterIdentifier", At("cluster_identifier"))]),
    t("aws_elasticache_replication_group", "AWS::ElastiCache::ReplicationGroup", &[
        ("ReplicationGroupId", At("replication_group_id")), ("AutomaticFailoverEnabled", At("automatic_failover_enabled")),
        ("NumCacheClusters", At("num_cache_clusters")), ("ReplicasPerNodeGroup", At("replicas_per_node_group"))]),
    t("aws_elasticache_cluster", "AWS::ElastiCache::CacheCluster", &[
        ("ClusterName", At("cluster_id")), ("NumCacheNodes", At("num_cache_nodes"))]),
    t("aws_opensearch_domain", "AWS::OpenSearchService::Domain", &[
        ("DomainName", At("domain_name")), ("ClusterConfig.InstanceCount", At("cluster_config.0.instance_count"))]),
    t("aws_elasticsearch_domain", "AWS::Elasticsearch::Domain", &[
        ("DomainName", At("domain_name")),
        ("ElasticsearchClusterConfig.InstanceCount", At("cluster_config.0.instance_count"))]),
    t("aws_msk_cluster", "AWS::MSK::Cluster", &[
        ("ClusterName", At("cluster_name")), ("NumberOfBrokerNodes", At("number_of_broker_nodes"))]),
    t("aws_mq_broker", "AWS::AmazonMQ::Broker", &[
        ("BrokerName", At("broker_name")), ("EngineType", At("engine_type")), ("DeploymentMode", At("deployment_mode"))]),
    t("aws_lb", "AWS::ElasticLoadBalancingV2::LoadBalancer", &[
        ("Name", At("name")), ("Internal", At("internal")), ("Type", At("load_balancer_type")),
        ("IdleTimeout", At("idle_timeout"))]),
    t("aws_alb", "AWS::ElasticLoadBalancingV2::LoadBalancer", &[
        ("Name", At("name")), ("Internal", At("internal")), ("Type", At("load_balancer_type")),
        ("IdleTimeout", At("idle_timeout"))]),
    t("aws_lb_listener", "AWS::ElasticLoadBalancingV2::Listener", &[
        ("LoadBalancerArn", At("load_balancer_arn")),
        ("DefaultActions", Each("default_action", &[("TargetGroupArn", "target_group_arn")]))]),
    t("aws_lb_listener_rule", "AWS::ElasticLoadBalancingV2::ListenerRule", &[
        ("ListenerArn", At("listener_arn")), ("Actions", Each("action", &[("TargetGroupArn", "target_group_arn")])),
        ("Conditions", Each("condition", &[("Values", "path_pattern.0.values")]))]),
    t("aws_lb_target_group", "AWS::ElasticLoadBalancingV2::TargetGroup", &[]),
    t("aws_lb_target_group_attachment", "AWS::ElasticLoadBalancingV2::TargetGroupAttachment", &[
        ("TargetGroupArn", At("target_group_arn")), ("Target", At("target_id"))]),
    t("aws_ecs_service", "AWS::ECS::Service", &[
        ("ServiceName", At("name")), ("TaskDefinition", At("task_definition")), ("DesiredCount", At("desired_count")),
        ("LoadBalancers", Each("load_balancer", &[("TargetGroupArn", "target_group_arn")]))]),
    t("aws_ecs_task_definition", "AWS::ECS::TaskDefinition", &[
        ("Family", At("family")), ("ContainerDefinitions", At("container_definitions"))]),
    t("aws_iam_role", "AWS::IAM::Role", &[
        ("Policies", Each("inline_policy", &[("PolicyDocument", "policy")]))]),
    t("aws_iam_role_policy", "AWS::IAM::RolePolicy", &[("RoleName", At("role")), ("PolicyDocument", At("policy"))]),
    t("aws_cognito_user_pool", "AWS::Cognito::UserPool", &[
        ("UserPoolName", At("name")), ("LambdaConfig", At("lambda_config.0"))]),
    t("aws_secretsmanager_secret", "AWS::SecretsManager::Secret", &[("Name", At("name"))]),
    t("aws_ssm_parameter", "AWS::SSM::Parameter", &[("Name", At("name"))]),
    t("aws_efs_file_system", "AWS::EFS::FileSystem", &[]),
    t("aws_efs_access_point", "AWS::EFS::AccessPoint", &[("FileSystemId", At("file_system_id"))]),
    t("aws_subnet", "AWS::EC2::Subnet", &[("AvailabilityZone", At("availability_zone"))]),
    t("aws_cloudfront_distribution", "AWS::CloudFront::Distribution", &[
        ("DistributionConfig.Origins", Each("origin", &[("DomainName", "domain_name"), ("Id", "origin_id")]))]),
];
