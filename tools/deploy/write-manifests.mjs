import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { deployedApps } from './apps.mjs';
import { writeChanged } from './write-changed.mjs';

/** @typedef {import('./apps.mjs').DeployedApp} DeployedApp */

const BASE = 'deploy/kubernetes/base/apps';
const AUTOSCALING = 'deploy/kubernetes/components/autoscaling';
const IMAGE = 'pacspace';
const USER = 10001;
const OPERATIONS_PORT = 9464;
/** Deltas of backlog that one more projector is worth: what it folds in about two seconds. */
const LAG_PER_PROJECTOR = 50_000;

/**
 * All generated manifests, by path from the repository's root.
 * @returns {Map<string, string>}
 */
export function composeManifests() {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const app of deployedApps) {
    files.set(`${BASE}/${app.name}.yaml`, toText(manifestsOf(app)));
    if (app.scaling) files.set(`${AUTOSCALING}/${app.name}.yaml`, toText([scalerOf(app)]));
  }
  const listOf = (/** @type {readonly DeployedApp[]} */ apps) => apps.map(({ name }) => `${name}.yaml`);
  files.set(
    `${BASE}/kustomization.yaml`,
    toText([{ ...kustomization('Kustomization'), resources: listOf(deployedApps) }]),
  );
  files.set(
    `${AUTOSCALING}/kustomization.yaml`,
    toText([
      { ...kustomization('Component'), resources: listOf(deployedApps.filter(({ scaling }) => scaling)) },
    ]),
  );
  return files;
}

/** @param {'Kustomization' | 'Component'} kind */
function kustomization(kind) {
  const version = kind === 'Component' ? 'v1alpha1' : 'v1beta1';
  return { apiVersion: `kustomize.config.k8s.io/${version}`, kind };
}

/** @param {readonly unknown[]} documents */
function toText(documents) {
  const note = '# Written by `node tools/deploy/write-manifests.mjs` from tools/deploy/apps.mjs.\n';
  return (
    note +
    documents.map((one) => stringify(one, { lineWidth: 110, aliasDuplicateObjects: false })).join('---\n')
  );
}

/** @param {DeployedApp} app */
function manifestsOf(app) {
  const labels = { 'app.kubernetes.io/name': app.name };
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: app.name, labels },
      automountServiceAccountToken: false,
    },
    deploymentOf(app, labels),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: app.name, labels },
      spec: {
        selector: labels,
        ports: [
          ...(app.port === undefined ? [] : [{ name: 'http', port: app.port, targetPort: 'http' }]),
          { name: 'operations', port: OPERATIONS_PORT, targetPort: 'operations' },
        ],
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: app.name, labels },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
    networkPolicyOf(app, labels),
  ];
}

/**
 * @param {DeployedApp} app
 * @param {Record<string, string>} labels
 */
function deploymentOf(app, labels) {
  const probe = (/** @type {string} */ path) => ({ httpGet: { path, port: 'operations' } });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app.name, labels, annotations: { 'pacspace.io/about': app.about } },
    spec: {
      // Of what an autoscaler sets this would be set back at every apply.
      ...(app.scaling ? {} : { replicas: app.replicas ?? 2 }),
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: {
          labels,
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': String(OPERATIONS_PORT),
            'prometheus.io/path': '/metrics',
          },
        },
        spec: {
          serviceAccountName: app.name,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          // More than SHUTDOWN_BUDGET_MS: the drain is cut off by the app itself, and in order.
          terminationGracePeriodSeconds: 40,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            runAsGroup: USER,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
            (topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: labels },
            }),
          ),
          containers: [
            {
              name: app.name,
              image: IMAGE,
              args: [`apps/${app.name}/dist/bundle/main.js`],
              ports: [
                ...(app.port === undefined ? [] : [{ name: 'http', containerPort: app.port }]),
                { name: 'operations', containerPort: OPERATIONS_PORT },
              ],
              envFrom: [{ configMapRef: { name: 'pacspace' } }],
              env: [
                ...(app.port === undefined ? [] : [{ name: 'PORT', value: String(app.port) }]),
                ...secretVariables(app),
              ],
              resources: {
                requests: app.requests,
                limits: { memory: app.memoryLimit },
              },
              startupProbe: { ...probe('/health/live'), periodSeconds: 1, failureThreshold: 60 },
              livenessProbe: {
                ...probe('/health/live'),
                periodSeconds: 10,
                timeoutSeconds: 5,
                failureThreshold: 3,
              },
              readinessProbe: {
                ...probe('/health/ready'),
                periodSeconds: 2,
                timeoutSeconds: 2,
                failureThreshold: 2,
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
        },
      },
    },
  };
}

/** @param {DeployedApp} app */
function secretVariables({ secrets, optionalSecrets = [] }) {
  const from = (/** @type {string} */ key, /** @type {object} */ more) => ({
    name: key,
    valueFrom: { secretKeyRef: { name: 'pacspace', key, ...more } },
  });
  return [
    ...secrets.map((key) => from(key, {})),
    ...optionalSecrets.map((key) => from(key, { optional: true })),
  ];
}

/**
 * On top of the base's policy that lets nothing through.
 * @param {DeployedApp} app
 * @param {Record<string, string>} labels
 */
function networkPolicyOf(app, labels) {
  const pods = (/** @type {string} */ name) => ({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
  });
  const tcp = (/** @type {number[]} */ ...ports) => ports.map((port) => ({ protocol: 'TCP', port }));
  const callers =
    app.callers === 'gateway' ? [pods('gateway')] : [{ namespaceSelector: labelled('pacspace.io/ingress') }];
  /** @type {Record<import('./apps.mjs').Peer, object>} */
  const peers = {
    nats: { to: [pods('nats')], ports: tcp(4222, 8222) },
    // Wherever an operator or a provider runs them; narrow it in your overlay.
    postgres: { ports: tcp(5432) },
    redis: { ports: tcp(6379) },
    console: { to: [pods('console')], ports: tcp(8081) },
    // Receivers of webhooks and mail are anywhere but inside: the app refuses private addresses, and so does this.
    receivers: {
      to: [
        {
          ipBlock: {
            cidr: '0.0.0.0/0',
            except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
          },
        },
      ],
      ports: tcp(443, 465, 587),
    },
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: app.name, labels },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        ...(app.port === undefined ? [] : [{ from: callers, ports: tcp(app.port) }]),
        { from: [{ namespaceSelector: labelled('pacspace.io/monitoring') }], ports: tcp(OPERATIONS_PORT) },
      ],
      egress: [
        ...app.uses.map((peer) => peers[peer]),
        { to: [{ namespaceSelector: labelled('pacspace.io/monitoring') }], ports: tcp(4318) },
      ],
    },
  };
}

/** @param {string} label */
const labelled = (label) => ({ matchLabels: { [label]: 'true' } });

/** @param {DeployedApp} app */
function scalerOf({ name, scaling }) {
  if (!scaling) throw new Error(`${name} is not scaled`);
  const { min, max } = scaling;
  const labels = { 'app.kubernetes.io/name': name };
  // Up at once, down slowly: each change of the projectors hands lanes over.
  const behavior = {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      policies: [{ type: 'Percent', value: 100, periodSeconds: 30 }],
    },
    scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
  };
  if (scaling.metric === 'cpu') {
    return {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, labels },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: min,
        maxReplicas: max,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 65 } },
          },
        ],
        behavior,
      },
    };
  }
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name, labels },
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: min,
      maxReplicaCount: max,
      pollingInterval: 10,
      // Without figures: enough for the usual load, and the lanes are shared out whatever the number.
      fallback: { failureThreshold: 3, replicas: 2 * min },
      advanced: { horizontalPodAutoscalerConfig: { behavior } },
      triggers: [
        {
          type: 'prometheus',
          metadata: {
            serverAddress: 'http://prometheus.monitoring.svc:9090',
            query: 'sum(max by (lane) (pacspace_lane_lag_deltas))',
            threshold: String(LAG_PER_PROJECTOR),
            activationThreshold: '1000',
          },
        },
        // A backlog tells that it is too late; the CPU tells before.
        { type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } },
      ],
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeChanged(composeManifests());
