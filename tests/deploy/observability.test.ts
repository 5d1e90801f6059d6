import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { provideDeployTool, runDeployTool } from '../../tools/deploy/provide-tools.mjs';
import { composeDashboards } from '../../tools/deploy/write-dashboards.mjs';
import { repoDir } from '../../tools/workspace.mjs';
import { readRepoFile } from './check-manifests.js';
import { readDashboardQueries, readRules, type Rule } from './read-queries.js';

const FOLDER = join(repoDir, 'deploy/observability/prometheus');
const FETCHING_MS = 300_000;

beforeAll(async () => {
  await provideDeployTool('promtool');
}, FETCHING_MS);

const alerts = [...new Set(readRules().flatMap(({ alert = [] }) => alert))];

describe('the Prometheus rules', () => {
  it('are valid, and so is the configuration of the compose profile', async () => {
    expect(await runDeployTool('promtool', ['check', 'rules', join(FOLDER, 'rules.yml')])).toContain(
      'SUCCESS',
    );
    const config = ['check', 'config', '--syntax-only', join(FOLDER, 'prometheus.yml')];
    expect(await runDeployTool('promtool', config)).toContain('SUCCESS');
  });

  it('do with given figures what they should', async () => {
    expect(await runDeployTool('promtool', ['test', 'rules', 'rules.test.yml'], { cwd: FOLDER })).toContain(
      'SUCCESS',
    );
  });

  it.each(alerts)('%s is tested to fire and to be silent', (alert) => {
    const { tests } = parse(readRepoFile('deploy/observability/prometheus/rules.test.yml')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const of = tests.flatMap((test) => test.alert_rule_test).filter(({ alertname }) => alertname === alert);
    expect(of.some(({ exp_alerts: expected }) => expected.length > 0)).toBe(true);
    expect(of.some(({ exp_alerts: expected }) => expected.length === 0)).toBe(true);
  });

  it('have an entry in the runbook for each alert, and no other entries', () => {
    const entries = [...readRepoFile('docs/runbook.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(entries).toEqual(alerts);
  });

  it('page or make a ticket, and say what is wrong', () => {
    for (const rule of readRules().filter(({ alert }) => alert !== undefined)) {
      expect(['page', 'ticket']).toContain(rule.labels?.['severity']);
      expect(rule.annotations?.['summary']).toBeTruthy();
    }
  });
});

describe('the dashboards', () => {
  it('are those that `node tools/deploy/write-dashboards.mjs` writes', () => {
    for (const [path, text] of composeDashboards())
      expect({ path, text: readRepoFile(path) }).toEqual({ path, text });
  });

  it('ask nothing that Prometheus does not understand, and use recorded rules that there are', async () => {
    const queries = readDashboardQueries();
    expect(queries.length).toBeGreaterThan(30);
    const rules: Rule[] = queries.map((expr, i) => ({ record: `panel:${i}`, expr }));
    const file = join(mkdtempSync(join(tmpdir(), 'dashboards-')), 'queries.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'panels', rules }] }));
    expect(await runDeployTool('promtool', ['check', 'rules', '--lint=none', file])).toContain('SUCCESS');
    const recorded = readRules().flatMap(({ record = [] }) => record);
    const asked = queries.flatMap((query) => query.match(/pacspace:[\w:]+/g) ?? []);
    expect(asked.filter((name) => !recorded.includes(name))).toEqual([]);
  });
});
