/**
 * What the sandbox reads of Kubernetes' protobuf messages: for each, its fields as `name number type`, by the numbers
 * of the published `generated.proto` files. A field that is not here is refused, never dropped.
 *
 * Left out are most kinds of volumes, ephemeral containers, what is of Windows, SELinux and dynamic resources, policies
 * of Jobs and StatefulSets that say when they end or resize, and volume claims.
 *
 * The types are Go's, as JSON shows them: without a `*`, a number, string or message that is empty is left out; with it,
 * it is kept. The fields of a message named `-` are those of the message around it.
 */
export const MESSAGES = {
  // Metadata
  ObjectMeta:
    'name 1 string, generateName 2 string, namespace 3 string, selfLink 4 string, uid 5 string, ' +
    'resourceVersion 6 string, generation 7 int64, creationTimestamp 8 Time, deletionTimestamp 9 *Time, ' +
    'deletionGracePeriodSeconds 10 *int64, labels 11 map[string]string, annotations 12 map[string]string, ' +
    'ownerReferences 13 []OwnerReference, finalizers 14 []string, managedFields 17 []ManagedFieldsEntry, ' +
    'clusterName 15 string',
  OwnerReference:
    'apiVersion 5 string, kind 1 string, name 3 string, uid 4 string, controller 6 *bool, ' +
    'blockOwnerDeletion 7 *bool',
  ManagedFieldsEntry:
    'manager 1 string, operation 2 string, apiVersion 3 string, time 4 *Time, fieldsType 6 string, ' +
    'fieldsV1 7 *FieldsV1, subresource 8 string',
  LabelSelector: 'matchLabels 1 map[string]string, matchExpressions 2 []LabelSelectorRequirement',
  LabelSelectorRequirement: 'key 1 string, operator 2 string, values 3 []string',
  DeleteOptions:
    'gracePeriodSeconds 1 *int64, preconditions 2 *Preconditions, orphanDependents 3 *bool, ' +
    'propagationPolicy 4 *string, dryRun 5 []string, ignoreStoreReadErrorWithClusterBreakingPotential 6 *bool',
  Preconditions: 'uid 1 *string, resourceVersion 2 *string',
  // Locks
  Lease: 'metadata 1 ObjectMeta, spec 2 LeaseSpec',
  LeaseSpec:
    'holderIdentity 1 *string, leaseDurationSeconds 2 *int32, acquireTime 3 *MicroTime, renewTime 4 *MicroTime, ' +
    'leaseTransitions 5 *int32, strategy 6 *string, preferredHolder 7 *string',
  LeaseCandidate: 'metadata 1 ObjectMeta, spec 2 LeaseCandidateSpec',
  LeaseCandidateSpec:
    'leaseName 1 string, pingTime 2 *MicroTime, renewTime 3 *MicroTime, binaryVersion 4 string, ' +
    'emulationVersion 5 string, strategy 6 string',
  ConfigMap: 'metadata 1 ObjectMeta, immutable 4 *bool, data 2 map[string]string, binaryData 3 map[string]bytes',
  Endpoints: 'metadata 1 ObjectMeta, subsets 2 []EndpointSubset',
  EndpointSubset: 'addresses 1 []EndpointAddress, notReadyAddresses 2 []EndpointAddress, ports 3 []EndpointPort',
  EndpointAddress: 'ip 1 string, hostname 3 string, nodeName 4 *string, targetRef 2 *ObjectReference',
  EndpointPort: 'name 1 string, port 2 *int32, protocol 3 string, appProtocol 4 *string',
  // Events
  Event:
    'metadata 1 ObjectMeta, involvedObject 2 ObjectReference, reason 3 string, message 4 string, ' +
    'source 5 EventSource, firstTimestamp 6 Time, lastTimestamp 7 Time, count 8 int32, type 9 string, ' +
    'eventTime 10 MicroTime, series 11 *EventSeries, action 12 string, related 13 *ObjectReference, ' +
    'reportingComponent 14 string, reportingInstance 15 string',
  EventSource: 'component 1 string, host 2 string',
  EventSeries: 'count 1 int32, lastObservedTime 2 MicroTime',
  ObjectReference:
    'kind 1 string, namespace 2 string, name 3 string, uid 4 string, apiVersion 5 string, ' +
    'resourceVersion 6 string, fieldPath 7 string',
  // Namespaces, Nodes and Services
  Namespace: 'metadata 1 ObjectMeta, spec 2 NamespaceSpec, status 3 NamespaceStatus',
  NamespaceSpec: 'finalizers 1 []string',
  NamespaceStatus: 'phase 1 string, conditions 2 []NamespaceCondition',
  NamespaceCondition: 'type 1 string, status 2 string, lastTransitionTime 4 Time, reason 5 string, message 6 string',
  Node: 'metadata 1 ObjectMeta, spec 2 NodeSpec, status 3 NodeStatus',
  NodeSpec:
    'podCIDR 1 string, podCIDRs 7 []string, providerID 3 string, unschedulable 4 bool, taints 5 []Taint, ' +
    'externalID 2 string',
  Taint: 'key 1 string, value 2 string, effect 3 string, timeAdded 4 *Time',
  NodeStatus:
    'capacity 1 map[string]Quantity, allocatable 2 map[string]Quantity, phase 3 string, ' +
    'conditions 4 []NodeCondition, addresses 5 []NodeAddress, daemonEndpoints 6 NodeDaemonEndpoints, ' +
    'nodeInfo 7 NodeSystemInfo, images 8 []ContainerImage, volumesInUse 9 []string, declaredFeatures 14 []string',
  NodeCondition:
    'type 1 string, status 2 string, lastHeartbeatTime 3 Time, lastTransitionTime 4 Time, reason 5 string, ' +
    'message 6 string',
  NodeAddress: 'type 1 string, address 2 string',
  NodeDaemonEndpoints: 'kubeletEndpoint 1 DaemonEndpoint',
  DaemonEndpoint: 'Port 1 *int32',
  NodeSystemInfo:
    'machineID 1 string, systemUUID 2 string, bootID 3 string, kernelVersion 4 string, osImage 5 string, ' +
    'containerRuntimeVersion 6 string, kubeletVersion 7 string, kubeProxyVersion 8 string, ' +
    'operatingSystem 9 string, architecture 10 string',
  ContainerImage: 'names 1 []string, sizeBytes 2 int64',
  Service: 'metadata 1 ObjectMeta, spec 2 ServiceSpec, status 3 ServiceStatus',
  ServiceSpec:
    'ports 1 []ServicePort, selector 2 map[string]string, clusterIP 3 string, clusterIPs 18 []string, ' +
    'type 4 string, externalIPs 5 []string, sessionAffinity 7 string, loadBalancerIP 8 string, ' +
    'loadBalancerSourceRanges 9 []string, externalName 10 string, externalTrafficPolicy 11 string, ' +
    'healthCheckNodePort 12 int32, publishNotReadyAddresses 13 bool, ' +
    'sessionAffinityConfig 14 *SessionAffinityConfig, ipFamilies 19 []string, ipFamilyPolicy 17 *string, ' +
    'allocateLoadBalancerNodePorts 20 *bool, loadBalancerClass 21 *string, internalTrafficPolicy 22 *string, ' +
    'trafficDistribution 23 *string',
  ServicePort:
    'name 1 string, protocol 2 string, appProtocol 6 *string, port 3 *int32, targetPort 4 IntOrString, ' +
    'nodePort 5 int32',
  SessionAffinityConfig: 'clientIP 1 *ClientIPConfig',
  ClientIPConfig: 'timeoutSeconds 1 *int32',
  ServiceStatus: 'loadBalancer 1 LoadBalancerStatus',
  LoadBalancerStatus: 'ingress 1 []LoadBalancerIngress',
  LoadBalancerIngress: 'ip 1 string, hostname 2 string, ipMode 3 *string',
  // Pods
  Pod: 'metadata 1 ObjectMeta, spec 2 PodSpec, status 3 PodStatus',
  PodTemplateSpec: 'metadata 1 ObjectMeta, spec 2 PodSpec',
  PodSpec:
    'volumes 1 []Volume, initContainers 20 []Container, containers 2 []Container, restartPolicy 3 string, ' +
    'terminationGracePeriodSeconds 4 *int64, activeDeadlineSeconds 5 *int64, dnsPolicy 6 string, ' +
    'nodeSelector 7 map[string]string, serviceAccountName 8 string, serviceAccount 9 string, ' +
    'automountServiceAccountToken 21 *bool, nodeName 10 string, hostNetwork 11 bool, hostPID 12 bool, ' +
    'hostIPC 13 bool, shareProcessNamespace 27 *bool, securityContext 14 *PodSecurityContext, ' +
    'imagePullSecrets 15 []LocalObjectReference, hostname 16 string, subdomain 17 string, affinity 18 *Affinity, ' +
    'schedulerName 19 string, tolerations 22 []Toleration, hostAliases 23 []HostAlias, ' +
    'priorityClassName 24 string, priority 25 *int32, dnsConfig 26 *PodDNSConfig, ' +
    'readinessGates 28 []PodReadinessGate, runtimeClassName 29 *string, enableServiceLinks 30 *bool, ' +
    'preemptionPolicy 31 *string, overhead 32 map[string]Quantity, ' +
    'topologySpreadConstraints 33 []TopologySpreadConstraint, setHostnameAsFQDN 35 *bool, os 36 *PodOS, ' +
    'hostUsers 37 *bool, resources 40 *ResourceRequirements, hostnameOverride 41 *string',
  HostAlias: 'ip 1 string, hostnames 2 []string',
  LocalObjectReference: 'name 1 string',
  PodDNSConfig: 'nameservers 1 []string, searches 2 []string, options 3 []PodDNSConfigOption',
  PodDNSConfigOption: 'name 1 string, value 2 *string',
  PodOS: 'name 1 string',
  PodReadinessGate: 'conditionType 1 string',
  PodSecurityContext:
    'runAsUser 2 *int64, runAsGroup 6 *int64, runAsNonRoot 3 *bool, supplementalGroups 4 []int64, ' +
    'supplementalGroupsPolicy 12 *string, fsGroup 5 *int64, sysctls 7 []Sysctl, fsGroupChangePolicy 9 *string, ' +
    'seccompProfile 10 *SeccompProfile, appArmorProfile 11 *AppArmorProfile, seLinuxChangePolicy 13 *string',
  SeccompProfile: 'type 1 string, localhostProfile 2 *string',
  AppArmorProfile: 'type 1 string, localhostProfile 2 *string',
  Sysctl: 'name 1 string, value 2 string',
  Toleration: 'key 1 string, operator 2 string, value 3 string, effect 4 string, tolerationSeconds 5 *int64',
  TopologySpreadConstraint:
    'maxSkew 1 *int32, topologyKey 2 string, whenUnsatisfiable 3 string, labelSelector 4 *LabelSelector, ' +
    'minDomains 5 *int32, nodeAffinityPolicy 6 *string, nodeTaintsPolicy 7 *string, matchLabelKeys 8 []string',
  Affinity: 'nodeAffinity 1 *NodeAffinity, podAffinity 2 *PodAffinity, podAntiAffinity 3 *PodAntiAffinity',
  NodeAffinity:
    'requiredDuringSchedulingIgnoredDuringExecution 1 *NodeSelector, ' +
    'preferredDuringSchedulingIgnoredDuringExecution 2 []PreferredSchedulingTerm',
  NodeSelector: 'nodeSelectorTerms 1 []NodeSelectorTerm',
  NodeSelectorTerm: 'matchExpressions 1 []NodeSelectorRequirement, matchFields 2 []NodeSelectorRequirement',
  NodeSelectorRequirement: 'key 1 string, operator 2 string, values 3 []string',
  PreferredSchedulingTerm: 'weight 1 *int32, preference 2 NodeSelectorTerm',
  PodAffinity:
    'requiredDuringSchedulingIgnoredDuringExecution 1 []PodAffinityTerm, ' +
    'preferredDuringSchedulingIgnoredDuringExecution 2 []WeightedPodAffinityTerm',
  PodAntiAffinity:
    'requiredDuringSchedulingIgnoredDuringExecution 1 []PodAffinityTerm, ' +
    'preferredDuringSchedulingIgnoredDuringExecution 2 []WeightedPodAffinityTerm',
  PodAffinityTerm:
    'labelSelector 1 *LabelSelector, namespaces 2 []string, topologyKey 3 string, ' +
    'namespaceSelector 4 *LabelSelector, matchLabelKeys 5 []string, mismatchLabelKeys 6 []string',
  WeightedPodAffinityTerm: 'weight 1 *int32, podAffinityTerm 2 PodAffinityTerm',
  // Containers
  Container:
    'name 1 string, image 2 string, command 3 []string, args 4 []string, workingDir 5 string, ' +
    'ports 6 []ContainerPort, envFrom 19 []EnvFromSource, env 7 []EnvVar, resources 8 ResourceRequirements, ' +
    'resizePolicy 23 []ContainerResizePolicy, restartPolicy 24 *string, volumeMounts 9 []VolumeMount, ' +
    'livenessProbe 10 *Probe, readinessProbe 11 *Probe, startupProbe 22 *Probe, lifecycle 12 *Lifecycle, ' +
    'terminationMessagePath 13 string, terminationMessagePolicy 20 string, imagePullPolicy 14 string, ' +
    'securityContext 15 *SecurityContext, stdin 16 bool, stdinOnce 17 bool, tty 18 bool',
  ContainerPort: 'name 1 string, hostPort 2 int32, containerPort 3 *int32, protocol 4 string, hostIP 5 string',
  ContainerResizePolicy: 'resourceName 1 string, restartPolicy 2 string',
  EnvVar: 'name 1 string, value 2 string, valueFrom 3 *EnvVarSource',
  EnvVarSource:
    'fieldRef 1 *ObjectFieldSelector, resourceFieldRef 2 *ResourceFieldSelector, ' +
    'configMapKeyRef 3 *ConfigMapKeySelector, secretKeyRef 4 *SecretKeySelector',
  ObjectFieldSelector: 'apiVersion 1 string, fieldPath 2 string',
  ResourceFieldSelector: 'containerName 1 string, resource 2 string, divisor 3 Quantity',
  ConfigMapKeySelector: '- 1 LocalObjectReference, key 2 string, optional 3 *bool',
  SecretKeySelector: '- 1 LocalObjectReference, key 2 string, optional 3 *bool',
  EnvFromSource: 'prefix 1 string, configMapRef 2 *ConfigMapEnvSource, secretRef 3 *SecretEnvSource',
  ConfigMapEnvSource: '- 1 LocalObjectReference, optional 2 *bool',
  SecretEnvSource: '- 1 LocalObjectReference, optional 2 *bool',
  ResourceRequirements: 'limits 1 map[string]Quantity, requests 2 map[string]Quantity',
  VolumeMount:
    'name 1 string, readOnly 2 bool, recursiveReadOnly 7 *string, mountPath 3 string, subPath 4 string, ' +
    'mountPropagation 5 *string, subPathExpr 6 string',
  Probe:
    '- 1 ProbeHandler, initialDelaySeconds 2 int32, timeoutSeconds 3 int32, periodSeconds 4 int32, ' +
    'successThreshold 5 int32, failureThreshold 6 int32, terminationGracePeriodSeconds 7 *int64',
  ProbeHandler: 'exec 1 *ExecAction, httpGet 2 *HTTPGetAction, tcpSocket 3 *TCPSocketAction, grpc 4 *GRPCAction',
  HTTPGetAction: 'path 1 string, port 2 IntOrString, host 3 string, scheme 4 string, httpHeaders 5 []HTTPHeader',
  HTTPHeader: 'name 1 string, value 2 string',
  ExecAction: 'command 1 []string',
  TCPSocketAction: 'port 1 IntOrString, host 2 string',
  GRPCAction: 'port 1 *int32, service 2 *string',
  SleepAction: 'seconds 1 *int64',
  Lifecycle: 'postStart 1 *LifecycleHandler, preStop 2 *LifecycleHandler, stopSignal 3 *string',
  LifecycleHandler: 'exec 1 *ExecAction, httpGet 2 *HTTPGetAction, tcpSocket 3 *TCPSocketAction, sleep 4 *SleepAction',
  SecurityContext:
    'capabilities 1 *Capabilities, privileged 2 *bool, runAsUser 4 *int64, runAsGroup 8 *int64, ' +
    'runAsNonRoot 5 *bool, readOnlyRootFilesystem 6 *bool, allowPrivilegeEscalation 7 *bool, ' +
    'procMount 9 *string, seccompProfile 11 *SeccompProfile, appArmorProfile 12 *AppArmorProfile',
  Capabilities: 'add 1 []string, drop 2 []string',
  // Volumes
  Volume: 'name 1 string, - 2 VolumeSource',
  VolumeSource:
    'hostPath 1 *HostPathVolumeSource, emptyDir 2 *EmptyDirVolumeSource, secret 6 *SecretVolumeSource, ' +
    'persistentVolumeClaim 10 *PersistentVolumeClaimVolumeSource, downwardAPI 16 *DownwardAPIVolumeSource, ' +
    'configMap 19 *ConfigMapVolumeSource, projected 26 *ProjectedVolumeSource',
  EmptyDirVolumeSource: 'medium 1 string, sizeLimit 2 *Quantity',
  HostPathVolumeSource: 'path 1 string, type 2 *string',
  ConfigMapVolumeSource: '- 1 LocalObjectReference, items 2 []KeyToPath, defaultMode 3 *int32, optional 4 *bool',
  SecretVolumeSource: 'secretName 1 string, items 2 []KeyToPath, defaultMode 3 *int32, optional 4 *bool',
  KeyToPath: 'key 1 string, path 2 string, mode 3 *int32',
  PersistentVolumeClaimVolumeSource: 'claimName 1 string, readOnly 2 bool',
  DownwardAPIVolumeSource: 'items 1 []DownwardAPIVolumeFile, defaultMode 2 *int32',
  DownwardAPIVolumeFile:
    'path 1 string, fieldRef 2 *ObjectFieldSelector, resourceFieldRef 3 *ResourceFieldSelector, mode 4 *int32',
  ProjectedVolumeSource: 'sources 1 []VolumeProjection, defaultMode 2 *int32',
  VolumeProjection:
    'secret 1 *SecretProjection, downwardAPI 2 *DownwardAPIProjection, configMap 3 *ConfigMapProjection, ' +
    'serviceAccountToken 4 *ServiceAccountTokenProjection',
  SecretProjection: '- 1 LocalObjectReference, items 2 []KeyToPath, optional 4 *bool',
  ConfigMapProjection: '- 1 LocalObjectReference, items 2 []KeyToPath, optional 4 *bool',
  DownwardAPIProjection: 'items 1 []DownwardAPIVolumeFile',
  ServiceAccountTokenProjection: 'audience 1 string, expirationSeconds 2 *int64, path 3 string',
  // The status of Pods
  PodStatus:
    'observedGeneration 17 int64, phase 1 string, conditions 2 []PodCondition, message 3 string, ' +
    'reason 4 string, nominatedNodeName 11 string, hostIP 5 string, hostIPs 16 []HostIP, podIP 6 string, ' +
    'podIPs 12 []PodIP, startTime 7 *Time, initContainerStatuses 10 []ContainerStatus, ' +
    'containerStatuses 8 []ContainerStatus, qosClass 9 string, ephemeralContainerStatuses 13 []ContainerStatus, ' +
    'resize 14 string, allocatedResources 19 map[string]Quantity, resources 20 *ResourceRequirements',
  PodCondition:
    'type 1 string, observedGeneration 7 int64, status 2 string, lastProbeTime 3 Time, ' +
    'lastTransitionTime 4 Time, reason 5 string, message 6 string',
  PodIP: 'ip 1 string',
  HostIP: 'ip 1 string',
  ContainerStatus:
    'name 1 string, state 2 ContainerState, lastState 3 ContainerState, ready 4 *bool, restartCount 5 *int32, ' +
    'image 6 string, imageID 7 string, containerID 8 string, started 9 *bool, ' +
    'allocatedResources 10 map[string]Quantity, resources 11 *ResourceRequirements, stopSignal 15 *string',
  ContainerState:
    'waiting 1 *ContainerStateWaiting, running 2 *ContainerStateRunning, terminated 3 *ContainerStateTerminated',
  ContainerStateWaiting: 'reason 1 string, message 2 string',
  ContainerStateRunning: 'startedAt 1 Time',
  ContainerStateTerminated:
    'exitCode 1 *int32, signal 2 int32, reason 3 string, message 4 string, startedAt 5 Time, finishedAt 6 Time, ' +
    'containerID 7 string',
  // Workloads
  DaemonSet: 'metadata 1 ObjectMeta, spec 2 DaemonSetSpec, status 3 DaemonSetStatus',
  DaemonSetSpec:
    'selector 1 *LabelSelector, template 2 PodTemplateSpec, updateStrategy 3 DaemonSetUpdateStrategy, ' +
    'minReadySeconds 4 int32, revisionHistoryLimit 6 *int32',
  DaemonSetUpdateStrategy: 'type 1 string, rollingUpdate 2 *RollingUpdateDaemonSet',
  RollingUpdateDaemonSet: 'maxUnavailable 1 *IntOrString, maxSurge 2 *IntOrString',
  DaemonSetStatus:
    'currentNumberScheduled 1 *int32, numberMisscheduled 2 *int32, desiredNumberScheduled 3 *int32, ' +
    'numberReady 4 *int32, observedGeneration 5 int64, updatedNumberScheduled 6 int32, numberAvailable 7 int32, ' +
    'numberUnavailable 8 int32, collisionCount 9 *int32',
  Scale: 'metadata 1 ObjectMeta, spec 2 ScaleSpec, status 3 ScaleStatus',
  ScaleSpec: 'replicas 1 int32',
  ScaleStatus: 'replicas 1 int32, selector 2 string',
  Deployment: 'metadata 1 ObjectMeta, spec 2 DeploymentSpec, status 3 DeploymentStatus',
  DeploymentSpec:
    'replicas 1 *int32, selector 2 *LabelSelector, template 3 PodTemplateSpec, strategy 4 DeploymentStrategy, ' +
    'minReadySeconds 5 int32, revisionHistoryLimit 6 *int32, paused 7 bool, progressDeadlineSeconds 9 *int32',
  DeploymentStrategy: 'type 1 string, rollingUpdate 2 *RollingUpdateDeployment',
  RollingUpdateDeployment: 'maxUnavailable 1 *IntOrString, maxSurge 2 *IntOrString',
  DeploymentStatus:
    'observedGeneration 1 int64, replicas 2 int32, updatedReplicas 3 int32, readyReplicas 7 int32, ' +
    'availableReplicas 4 int32, unavailableReplicas 5 int32, terminatingReplicas 9 *int32, ' +
    'conditions 6 []DeploymentCondition, collisionCount 8 *int32',
  DeploymentCondition:
    'type 1 string, status 2 string, lastUpdateTime 6 Time, lastTransitionTime 7 Time, reason 4 string, ' +
    'message 5 string',
  ReplicaSet: 'metadata 1 ObjectMeta, spec 2 ReplicaSetSpec, status 3 ReplicaSetStatus',
  ReplicaSetSpec: 'replicas 1 *int32, minReadySeconds 4 int32, selector 2 *LabelSelector, template 3 PodTemplateSpec',
  ReplicaSetStatus:
    'replicas 1 *int32, fullyLabeledReplicas 2 int32, readyReplicas 4 int32, availableReplicas 5 int32, ' +
    'terminatingReplicas 7 *int32, observedGeneration 3 int64, conditions 6 []ReplicaSetCondition',
  ReplicaSetCondition: 'type 1 string, status 2 string, lastTransitionTime 3 Time, reason 4 string, message 5 string',
  StatefulSet: 'metadata 1 ObjectMeta, spec 2 StatefulSetSpec, status 3 StatefulSetStatus',
  StatefulSetSpec:
    'replicas 1 *int32, selector 2 *LabelSelector, template 3 PodTemplateSpec, serviceName 5 string, ' +
    'podManagementPolicy 6 string, updateStrategy 7 StatefulSetUpdateStrategy, revisionHistoryLimit 8 *int32, ' +
    'minReadySeconds 9 int32',
  StatefulSetUpdateStrategy: 'type 1 string, rollingUpdate 2 *RollingUpdateStatefulSetStrategy',
  RollingUpdateStatefulSetStrategy: 'partition 1 *int32, maxUnavailable 2 *IntOrString',
  StatefulSetStatus:
    'observedGeneration 1 int64, replicas 2 *int32, readyReplicas 3 int32, currentReplicas 4 int32, ' +
    'updatedReplicas 5 int32, currentRevision 6 string, updateRevision 7 string, collisionCount 9 *int32, ' +
    'availableReplicas 11 *int32',
  Job: 'metadata 1 ObjectMeta, spec 2 JobSpec, status 3 JobStatus',
  JobSpec:
    'parallelism 1 *int32, completions 2 *int32, activeDeadlineSeconds 3 *int64, backoffLimit 7 *int32, ' +
    'backoffLimitPerIndex 12 *int32, maxFailedIndexes 13 *int32, selector 4 *LabelSelector, ' +
    'manualSelector 5 *bool, template 6 PodTemplateSpec, ttlSecondsAfterFinished 8 *int32, ' +
    'completionMode 9 *string, suspend 10 *bool, podReplacementPolicy 14 *string, managedBy 15 *string',
  JobStatus:
    'conditions 1 []JobCondition, startTime 2 *Time, completionTime 3 *Time, active 4 int32, succeeded 5 int32, ' +
    'failed 6 int32, terminating 11 *int32, completedIndexes 7 string, failedIndexes 10 *string, ' +
    'uncountedTerminatedPods 8 *UncountedTerminatedPods, ready 9 *int32',
  JobCondition:
    'type 1 string, status 2 string, lastProbeTime 3 Time, lastTransitionTime 4 Time, reason 5 string, ' +
    'message 6 string',
  UncountedTerminatedPods: 'succeeded 1 []string, failed 2 []string',
  // Reviews
  SelfSubjectAccessReview:
    'metadata 1 ObjectMeta, spec 2 SelfSubjectAccessReviewSpec, status 3 SubjectAccessReviewStatus',
  SubjectAccessReview: 'metadata 1 ObjectMeta, spec 2 SubjectAccessReviewSpec, status 3 SubjectAccessReviewStatus',
  LocalSubjectAccessReview: 'metadata 1 ObjectMeta, spec 2 SubjectAccessReviewSpec, status 3 SubjectAccessReviewStatus',
  SelfSubjectAccessReviewSpec:
    'resourceAttributes 1 *ResourceAttributes, nonResourceAttributes 2 *NonResourceAttributes',
  SubjectAccessReviewSpec:
    'resourceAttributes 1 *ResourceAttributes, nonResourceAttributes 2 *NonResourceAttributes, user 3 string, ' +
    'groups 4 []string, uid 6 string',
  ResourceAttributes:
    'namespace 1 string, verb 2 string, group 3 string, version 4 string, resource 5 string, ' +
    'subresource 6 string, name 7 string',
  NonResourceAttributes: 'path 1 string, verb 2 string',
  SubjectAccessReviewStatus: 'allowed 1 *bool, denied 4 bool, reason 2 string, evaluationError 3 string',
  SelfSubjectRulesReview: 'metadata 1 ObjectMeta, spec 2 SelfSubjectRulesReviewSpec, status 3 SubjectRulesReviewStatus',
  SelfSubjectRulesReviewSpec: 'namespace 1 string',
  SubjectRulesReviewStatus: 'incomplete 3 *bool, evaluationError 4 string',
} as const satisfies Readonly<Record<string, string>>
