/** What an acknowledgement stands on. */
export interface Durability {
  /** fsync: on disk. replicated: in a majority of servers. buffered: in one server's page cache. */
  readonly kind: 'fsync' | 'replicated' | 'buffered';
  /** Why, in words for the start-up log and the health report. */
  readonly detail: string;
}

export interface DurabilityFacts {
  readonly serverVersion: string;
  readonly replicas: number;
  readonly monitorUrl: string | undefined;
}

const MONITOR_TIMEOUT_MS = 2_000;

/**
 * Finds out what the server promises. A single server syncs before it acknowledges only with `sync_interval: always`
 * (2.10 or later), and tells so only on its monitoring port: without that word the truthful answer is "buffered".
 */
export async function readDurability(facts: DurabilityFacts): Promise<Durability> {
  if (facts.replicas > 1) {
    return { kind: 'replicated', detail: `acknowledged by a majority of ${facts.replicas} replicas` };
  }
  if (!isAtLeast(facts.serverVersion, 2, 10)) {
    return {
      kind: 'buffered',
      detail: `nats-server ${facts.serverVersion} acknowledges before it syncs; 2.10 or later with sync_interval: always would not`,
    };
  }
  if (facts.monitorUrl === undefined) {
    return {
      kind: 'buffered',
      detail: 'NATS_MONITOR_URL is not set, so nobody can say whether the server syncs',
    };
  }
  return (await readSyncAlways(facts.monitorUrl))
    ? { kind: 'fsync', detail: 'sync_interval: always' }
    : { kind: 'buffered', detail: 'the server does not run with sync_interval: always' };
}

async function readSyncAlways(monitorUrl: string): Promise<boolean> {
  const response = await fetch(new URL('/varz', monitorUrl), {
    signal: AbortSignal.timeout(MONITOR_TIMEOUT_MS),
  });
  const varz = (await response.json()) as { jetstream?: { config?: { sync_always?: boolean } } };
  return varz.jetstream?.config?.sync_always === true;
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [left = 0, right = 0] = version.split('.').map(Number);
  return left > major || (left === major && right >= minor);
}
