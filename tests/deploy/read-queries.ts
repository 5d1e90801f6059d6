import { parse } from 'yaml';
import { composeDashboards } from '../../tools/deploy/write-dashboards.mjs';
import { readRepoFile } from './check-manifests.js';

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Every rule of deploy/observability/prometheus/rules.yml. */
export function readRules(): Rule[] {
  const { groups } = parse(readRepoFile('deploy/observability/prometheus/rules.yml')) as {
    groups: { rules: Rule[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

/** What the panels of all dashboards ask, with a span of time in place of Grafana's variable. */
export function readDashboardQueries(): string[] {
  return [...composeDashboards().values()].flatMap((text) => {
    const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
    return panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
    );
  });
}
