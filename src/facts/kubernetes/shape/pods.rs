//! Workloads and what they are made of.

use super::{Shape, shape};

/// The shape of the specification of what runs pods, or is run with them.
pub(super) fn shape(group: &str, kind: &str) -> Option<&'static Shape> {
    Some(match (group, kind) {
        ("apps" | "extensions", "Deployment") => &DEPLOYMENT,
        ("apps", "StatefulSet") => &STATEFUL_SET,
        ("apps" | "extensions", "DaemonSet") => &DAEMON_SET,
        ("apps" | "extensions", "ReplicaSet") | ("", "ReplicationController") => &REPLICA_SET,
        ("argoproj.io", "Rollout") => &ROLLOUT,
        ("batch", "Job") => &JOB,
        ("batch", "CronJob") => &CRON_JOB,
        ("", "Pod") => &POD,
        ("serving.knative.dev", "Service") => &KNATIVE,
        ("", "Service") => &SERVICE,
        ("", "ResourceQuota") => &QUOTA,
        ("policy", "PodDisruptionBudget") => &BUDGET,
        ("", "PersistentVolumeClaim") => &CLAIM,
        ("storage.k8s.io", "StorageClass") => &STORAGE_CLASS,
        ("", "ConfigMap") => &CONFIG_MAP,
        _ => return None,
    })
}

/// What every object says of itself.
pub(super) static METADATA: Shape = METADATA_FIELDS;

const METADATA_FIELDS: Shape = shape!({
    annotations: {* text}, creationTimestamp: _, deletionGracePeriodSeconds: _, deletionTimestamp: _, finalizers: _,
    generateName: _, generation: _, labels: {* text}, managedFields: _, name: _, namespace: _, ownerReferences: _,
    resourceVersion: _, selfLink: _, uid: _,
});

static CONFIG_MAP: Shape = shape!({
    apiVersion: _, binaryData: _, data: {* text}, immutable: _, kind: _, metadata: _,
});

static DEPLOYMENT: Shape = shape!({
    minReadySeconds: _, paused: _, progressDeadlineSeconds: _, replicas: _, revisionHistoryLimit: _, rollbackTo: _,
    selector: _, strategy: {type: _, rollingUpdate: {maxUnavailable: _, maxSurge: _}}, template: ((TEMPLATE)),
});

static STATEFUL_SET: Shape = shape!({
    minReadySeconds: _, ordinals: _, persistentVolumeClaimRetentionPolicy: _, podManagementPolicy: _, replicas: _,
    revisionHistoryLimit: _, selector: _, serviceName: _, template: ((TEMPLATE)),
    updateStrategy: {type: _, rollingUpdate: {maxUnavailable: _, partition: _}},
    volumeClaimTemplates: [{apiVersion: _, kind: _, metadata: _, spec: ((CLAIM_SPEC)), status: _}],
});

static DAEMON_SET: Shape = shape!({
    minReadySeconds: _, revisionHistoryLimit: _, selector: _, template: ((TEMPLATE)), templateGeneration: _,
    updateStrategy: {type: _, rollingUpdate: {maxUnavailable: _, maxSurge: _}},
});

static REPLICA_SET: Shape = shape!({minReadySeconds: _, replicas: _, selector: _, template: ((TEMPLATE))});

static ROLLOUT: Shape = shape!({
    analysis: _, minReadySeconds: _, paused: _, progressDeadlineAbort: _, progressDeadlineSeconds: _, replicas: _,
    restartAt: _, revisionHistoryLimit: _, rollbackWindow: _, selector: _,
    strategy: {blueGreen: _, canary: _}, template: ((TEMPLATE)),
    workloadRef: {
        apiVersion: text, kind: (word "Deployment" "ReplicaSet" "PodTemplate"), name: text,
        scaleDown: (word "never" "onsuccess" "progressively"); kind, name
    },
});

static JOB: Shape = JOB_SPEC;

const JOB_SPEC: Shape = shape!({
    activeDeadlineSeconds: _, backoffLimit: _, backoffLimitPerIndex: _, completionMode: _, completions: _,
    managedBy: _, manualSelector: _, maxFailedIndexes: _, parallelism: _, podFailurePolicy: _,
    podReplacementPolicy: _, selector: _, successPolicy: _, suspend: _, template: ((TEMPLATE)),
    ttlSecondsAfterFinished: _,
});

static CRON_JOB: Shape = shape!({
    concurrencyPolicy: _, failedJobsHistoryLimit: _, jobTemplate: {metadata: _, spec: ((JOB_SPEC))}, schedule: _,
    startingDeadlineSeconds: _, successfulJobsHistoryLimit: _, suspend: _, timeZone: _,
});

static POD: Shape = POD_SPEC;

const TEMPLATE: Shape = shape!({apiVersion: _, kind: _, metadata: ((METADATA_FIELDS)), spec: ((POD_SPEC)), status: _});

const POD_SPEC: Shape = shape!({
    activeDeadlineSeconds: _, affinity: {
        nodeAffinity: _,
        podAffinity: ((AFFINITY)),
        podAntiAffinity: ((AFFINITY)),
    },
    automountServiceAccountToken: _, containerConcurrency: _, containers: [((CONTAINER))], dnsConfig: _,
    dnsPolicy: _, enableServiceLinks: _, ephemeralContainers: _, hostAliases: _, hostIPC: _, hostNetwork: _,
    hostPID: _, hostUsers: _, hostname: _, hostnameOverride: _, idleTimeoutSeconds: _, imagePullSecrets: _,
    initContainers: [((CONTAINER))], nodeName: _, nodeSelector: _, os: _, overhead: _, preemptionPolicy: _,
    priority: _, priorityClassName: _, readinessGates: _, resourceClaims: _, resources: _,
    responseStartTimeoutSeconds: _, restartPolicy: _, runtimeClassName: _, schedulerName: _, schedulingGates: _,
    securityContext: _, serviceAccount: _, serviceAccountName: _, setHostnameAsFQDN: _, shareProcessNamespace: _,
    subdomain: _, terminationGracePeriodSeconds: _, timeoutSeconds: count, tolerations: _,
    topologySpreadConstraints: [{
        labelSelector: _, matchLabelKeys: _, maxSkew: _, minDomains: _, nodeAffinityPolicy: _,
        nodeTaintsPolicy: _, topologyKey: text, whenUnsatisfiable: _; topologyKey
    }],
    volumes: _,
});

/// The fields themselves are checked beside the numbers of workloads.
const AFFINITY: Shape = shape!({
    requiredDuringSchedulingIgnoredDuringExecution: [((TERM))],
    preferredDuringSchedulingIgnoredDuringExecution: [{weight: _, podAffinityTerm: ((TERM))}],
});

const TERM: Shape = shape!({
    labelSelector: _, matchLabelKeys: _, mismatchLabelKeys: _, namespaceSelector: _, namespaces: _,
    topologyKey: text; topologyKey
});

const CONTAINER: Shape = shape!({
    args: _, command: _, env: [{name: text, value: text, valueFrom: {
        configMapKeyRef: ((KEY)), fieldRef: _, fileKeyRef: _, resourceFieldRef: _, secretKeyRef: ((KEY)),
    }}],
    envFrom: [{prefix: _, configMapRef: {name: text, optional: _}, secretRef: {name: text, optional: _}}], image: text,
    imagePullPolicy: _, lifecycle: {postStart: _, preStop: _, stopSignal: _}, livenessProbe: ((PROBE)),
    name: text, ports: [_], readinessProbe: ((PROBE)), resizePolicy: _,
    resources: {requests: {* text}, limits: {* text}, claims: _}, restartPolicy: _, restartPolicyRules: _,
    securityContext: _, startupProbe: ((PROBE)), stdin: _, stdinOnce: _, terminationMessagePath: _,
    terminationMessagePolicy: _, tty: _, volumeDevices: _, volumeMounts: [_], workingDir: _,
});

const KEY: Shape = shape!({name: text, key: text, optional: _});

const PROBE: Shape = shape!({
    exec: _, failureThreshold: _, grpc: _, httpGet: _, initialDelaySeconds: _, periodSeconds: _,
    successThreshold: _, tcpSocket: _, terminationGracePeriodSeconds: _, timeoutSeconds: _,
});

static KNATIVE: Shape = shape!({
    template: {apiVersion: _, kind: _, metadata: {annotations: {
        "autoscaling.knative.dev/activation-scale": _, "autoscaling.knative.dev/class": _,
        "autoscaling.knative.dev/initial-scale": _, "autoscaling.knative.dev/initialScale": _,
        "autoscaling.knative.dev/max-scale": count, "autoscaling.knative.dev/maxScale": count,
        "autoscaling.knative.dev/metric": _, "autoscaling.knative.dev/min-scale": count,
        "autoscaling.knative.dev/minScale": count, "autoscaling.knative.dev/panic-threshold-percentage": _,
        "autoscaling.knative.dev/panic-window-percentage": _, "autoscaling.knative.dev/scale-down-delay": _,
        "autoscaling.knative.dev/scale-to-zero-pod-retention-period": _, "autoscaling.knative.dev/target": _,
        "autoscaling.knative.dev/target-burst-capacity": _,
        "autoscaling.knative.dev/target-utilization-percentage": _, "autoscaling.knative.dev/window": _,
    }, labels: {* text}, name: _}, spec: ((POD_SPEC))},
    traffic: _,
});

static SERVICE: Shape = shape!({
    allocateLoadBalancerNodePorts: _, clusterIP: _, clusterIPs: _, externalIPs: _, externalName: text,
    externalTrafficPolicy: _, healthCheckNodePort: _, internalTrafficPolicy: _, ipFamilies: _, ipFamilyPolicy: _,
    loadBalancerClass: _, loadBalancerIP: _, loadBalancerSourceRanges: _,
    ports: [{appProtocol: _, name: _, nodePort: _, port: _, protocol: _, targetPort: _}],
    publishNotReadyAddresses: _, selector: {* text}, sessionAffinity: _, sessionAffinityConfig: _, topologyKeys: _,
    trafficDistribution: _, type: _,
});

static QUOTA: Shape = shape!({
    hard: {
        "requests.cpu": text, "requests.memory": text, "requests.storage": text, "requests.ephemeral-storage": text,
        "limits.cpu": text, "limits.memory": text, "limits.ephemeral-storage": text, cpu: text, memory: text,
        "ephemeral-storage": text, pods: text, services: text, "services.loadbalancers": text,
        "services.nodeports": text, configmaps: text, secrets: text, persistentvolumeclaims: text,
        replicationcontrollers: text, resourcequotas: text,
    },
    scopeSelector: _, scopes: _,
});

static BUDGET: Shape = shape!({maxUnavailable: _, minAvailable: _, selector: _, unhealthyPodEvictionPolicy: _});

static CLAIM: Shape = CLAIM_SPEC;

const CLAIM_SPEC: Shape = shape!({
    accessModes: [(word "ReadWriteOnce" "ReadWriteOncePod" "ReadWriteMany" "ReadOnlyMany")], dataSource: _,
    dataSourceRef: _, resources: _, selector: _, storageClassName: text, volumeAttributesClassName: _,
    volumeMode: _, volumeName: _,
});

static STORAGE_CLASS: Shape = shape!({
    allowVolumeExpansion: _, allowedTopologies: [{matchLabelExpressions: [{key: text, values: [text]; key, values}]}],
    apiVersion: _, kind: _, metadata: _, mountOptions: _, parameters: _, provisioner: text, reclaimPolicy: _,
    volumeBindingMode: (word "Immediate" "WaitForFirstConsumer"); provisioner
});
