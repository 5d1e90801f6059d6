import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parsePlans } from '@pacspace/wire';
import { parseAllDocuments } from 'yaml';
import { deployedApps } from '../../tools/deploy/apps.mjs';
import { runDeployTool } from '../../tools/deploy/provide-tools.mjs';
import { composeManifests } from '../../tools/deploy/write-manifests.mjs';
import { repoDir } from '../../tools/workspace.mjs';
import { CHASSIS_NAMES, variablesOf } from './app-variables.js';
import { findFaults, type Manifest, readRepoFile } from './check-manifests.js';

const OVERLAYS = ['dev', 'production'] as const;
type Overlay = (typeof OVERLAYS)[number];
const FETCHING_MS = 300_000;

const rendered = new Map<Overlay, Manifest[]>();

beforeAll(async () => {
  for (const overlay of OVERLAYS) {
    const text = await runDeployTool('kubectl', [
      'kustomize',
      join(repoDir, 'deploy/kubernetes/overlays', overlay),
    ]);
    rendered.set(overlay, parseAllDocuments(text).map(readManifest));
  }
}, FETCHING_MS);

/** kustomize breaks base64 into lines, which Kubernetes reads past and the schema's format does not. */
function readManifest(document: { toJS(): unknown }): Manifest {
  const manifest = document.toJS() as Manifest;
  if (manifest.kind !== 'Secret') return manifest;
  const data = Object.entries(manifest['data'] as Record<string, string>);
  return {
    ...manifest,
    data: Object.fromEntries(data.map(([key, value]) => [key, value.replaceAll(/\s/g, '')])),
  };
}

const of = (overlay: Overlay, kind: string): Manifest[] =>
  rendered.get(overlay)!.filter((manifest) => manifest.kind === kind);
const named = (overlay: Overlay, kind: string, name: string): Manifest => {
  const found = of(overlay, kind).find(
    ({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`),
  );
  if (found === undefined) throw new Error(`${overlay} has no ${kind} ${name}`);
  return found;
};
/** Deployments, stateful sets and jobs, with the pod that each makes. */
const podsOf = (overlay: Overlay) =>
  ['Deployment', 'StatefulSet', 'Job'].flatMap((kind) =>
    of(overlay, kind).map((manifest) => ({
      name: manifest.metadata.name,
      kind,
      pod: manifest['spec'].template.spec,
    })),
  );

describe('the schema check', () => {
  it('finds a misspelt name, a wrong type, a missing part and an unknown kind', () => {
    const broken = (
      name: string,
      change: (manifest: Record<string, Manifest['spec']>) => void,
      from = 'Deployment',
    ): Manifest => {
      const copy = structuredClone(
        of('production', from).find(({ metadata }) => metadata.name === 'projector')!,
      );
      change(copy as never);
      return { ...copy, metadata: { ...copy.metadata, name } };
    };
    const faults = findFaults([
      broken('right', () => undefined),
      broken('misspelt', ({ spec }) => (spec.replica = 3)),
      broken('mistyped', ({ spec }) => (spec.replicas = 'three')),
      broken('incomplete', ({ spec }) => delete spec.selector),
      broken('deep', ({ spec }) => (spec.template.spec.containers[0].readinessProb = {})),
      broken('unheard-of', (manifest) => (manifest['kind'] = 'Deploymint')),
      broken('keda', ({ spec }) => (spec.triggers[0].metadatas = {}), 'ScaledObject'),
    ]);
    const found = new Set(faults.map((fault) => fault.split(/[ :]/)[1]));
    expect([...found].sort()).toEqual(['deep', 'incomplete', 'keda', 'misspelt', 'mistyped', 'unheard-of']);
  });
});

describe.each(OVERLAYS)('the overlay %s', (overlay) => {
  it('is what the schemas of Kubernetes and KEDA allow', () => {
    expect(rendered.get(overlay)!.length).toBeGreaterThan(20);
    expect(findFaults(rendered.get(overlay)!)).toEqual([]);
  });

  it('deploys every app of the repository, each with all that it needs around it', () => {
    const apps = readdirSync(join(repoDir, 'apps')).sort();
    expect(deployedApps.map(({ name }) => name).sort()).toEqual(apps);
    for (const app of apps) {
      for (const kind of [
        'Deployment',
        'Service',
        'ServiceAccount',
        'PodDisruptionBudget',
        'NetworkPolicy',
      ]) {
        expect(named(overlay, kind, app)).toBeDefined();
      }
      const { pod } = podsOf(overlay).find(({ name }) => name === app)!;
      const [container] = pod.containers;
      expect(pod).toMatchObject({ serviceAccountName: app, automountServiceAccountToken: false });
      expect(pod.topologySpreadConstraints).toHaveLength(2);
      expect(container).toMatchObject({
        args: [`apps/${app}/dist/bundle/main.js`],
        livenessProbe: { httpGet: { path: '/health/live' } },
        readinessProbe: { httpGet: { path: '/health/ready' } },
        startupProbe: { httpGet: { path: '/health/live' } },
        resources: { requests: { cpu: expect.any(String) }, limits: { memory: expect.any(String) } },
      });
    }
    expect(named(overlay, 'Job', 'migrate')['spec'].template.spec.containers[0].args).toEqual([
      'apps/projector/dist/migrate.js',
    ]);
  });

  it('runs nothing as root, on a writable file system, with a capability, or from a moving image tag', () => {
    for (const { pod } of podsOf(overlay)) {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.image).toMatch(/:(?!latest$)[\w.-]+$/);
      }
    }
  });

  it('gives every app the variables that it must have, and none that it does not know', () => {
    const config = named(overlay, 'ConfigMap', 'pacspace')['data'] as Record<string, string>;
    const shared = Object.keys(config);
    const everyName = new Set(CHASSIS_NAMES);
    for (const { name } of deployedApps) {
      const variables = variablesOf(name);
      for (const variable of variables) everyName.add(variable.name);
      const { pod } = podsOf(overlay).find((one) => one.name === name)!;
      const own: string[] = pod.containers[0].env.map((variable: { name: string }) => variable.name);
      const missing = variables.filter((one) => one.required && ![...shared, ...own].includes(one.name));
      expect(missing.map((one) => `${name}: ${one.name}`)).toEqual([]);
      const unknown = own.filter((one) => !variables.some((variable) => variable.name === one));
      expect(unknown.map((one) => `${name}: ${one}`)).toEqual([]);
      // Configuration is for everybody to read; what may hold a password comes from a secret, unless it is seen to hold none.
      const secrets = variables.filter((one) => one.secret).map((one) => one.name);
      const exposed = shared.filter(
        (one) => secrets.includes(one) && !/^https?:\/\/[^@]+$/.test(config[one]!),
      );
      expect(exposed).toEqual([]);
    }
    expect(shared.filter((one) => !everyName.has(one))).toEqual([]);
  });

  it('names the plans, as gateway and console read them', () => {
    const { PLANS } = named(overlay, 'ConfigMap', 'pacspace')['data'] as Record<string, string>;
    expect(PLANS).toBeDefined();
    expect(parsePlans(PLANS)).toEqual(parsePlans(undefined));
  });

  it('lets nothing in or out that no policy names', () => {
    const deny = named(overlay, 'NetworkPolicy', 'default-deny')['spec'];
    expect(deny).toMatchObject({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(deny.ingress).toBeUndefined();
  });
});

describe('the overlay production', () => {
  it('keeps three copies of each stream on three synced servers on three machines', () => {
    const config = named('production', 'ConfigMap', 'pacspace')['data'];
    expect(config.STREAM_REPLICAS).toBe('3');
    const nats = named('production', 'StatefulSet', 'nats')['spec'];
    expect(nats.replicas).toBe(3);
    expect(
      nats.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution,
    ).toHaveLength(1);
    const conf: string = named('production', 'ConfigMap', 'nats')['data']['nats.conf'];
    expect(conf).toMatch(/^\s*sync_interval: always$/m);
    expect(conf.match(/nats:\/\/route:/g)).toHaveLength(3);
  });

  it('scales gateway and comparer by CPU, and the projector by its lag, to no more pods than there are lanes', () => {
    expect(
      of('production', 'HorizontalPodAutoscaler')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(['comparer', 'gateway']);
    const [scaler] = of('production', 'ScaledObject');
    const lanes = Number(named('production', 'ConfigMap', 'pacspace')['data'].LANES);
    expect(scaler!['spec']).toMatchObject({ scaleTargetRef: { name: 'projector' }, maxReplicaCount: lanes });
    expect(scaler!['spec'].triggers[0]).toMatchObject({
      type: 'prometheus',
      metadata: { query: 'sum(max by (lane) (pacspace_lane_lag_deltas))' },
    });
    // An apply must not undo what an autoscaler has set.
    for (const name of ['gateway', 'comparer', 'projector']) {
      expect(named('production', 'Deployment', name)['spec'].replicas).toBeUndefined();
    }
  });

  it('holds no secret, and refers to two', () => {
    expect(of('production', 'Secret')).toEqual([]);
    const names = podsOf('production').flatMap(({ pod }) =>
      (pod.containers[0].env ?? []).flatMap((one: Manifest) => one['valueFrom']?.secretKeyRef?.name ?? []),
    );
    expect([...new Set(names)].sort()).toEqual(['nats', 'pacspace']);
  });
});

describe('write-manifests', () => {
  it('was run after the last change of what it writes from', () => {
    for (const [path, text] of composeManifests())
      expect({ path, text: readRepoFile(path) }).toEqual({ path, text });
  });
});
