import type { SpawnedApp } from '@pacspace/testing';

export interface Health {
  readonly state: string;
  readonly ready: boolean;
  /** State by check. */
  readonly checks: Readonly<Record<string, string>>;
  readonly details: Readonly<Record<string, string>>;
}

type Target = Pick<SpawnedApp, 'operationsUrl'>;

/** What an operator sees of an app: always answered, whatever is away. */
export async function readHealth({ operationsUrl }: Target): Promise<Health> {
  const answer = await fetch(`${operationsUrl}/health`, { signal: AbortSignal.timeout(5_000) });
  const report = (await answer.json()) as {
    state: string;
    ready: boolean;
    checks: { name: string; state: string; detail: string }[];
  };
  return {
    state: report.state,
    ready: report.ready,
    checks: Object.fromEntries(report.checks.map(({ name, state }) => [name, state])),
    details: Object.fromEntries(report.checks.map(({ name, detail }) => [name, detail])),
  };
}

/** The sum of a metric's samples whose labels contain the given ones; 0 when there is none. */
export async function readMetric(
  { operationsUrl }: Target,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const answer = await fetch(`${operationsUrl}/metrics`, { signal: AbortSignal.timeout(5_000) });
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return (await answer.text())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
