/** What an acknowledgement stands on. */
export interface Durability {
  /** fsync: on disk. replicated: in a majority of servers. buffered: in one server's page cache. */
  readonly kind: 'fsync' | 'replicated' | 'buffered';
  /** Why, in words for the start-up log and the health report. */
  readonly detail: string;
}

export interface DurabilityFacts {
  readonly serverVersion: string;
  /** Of the server that we are connected to: the monitoring port of another one would vouch for nothing. */
  readonly serverId: string;
  readonly replicas: number;
  readonly monitorUrl: string | undefined;
}

const MONITOR_TIMEOUT_MS = 2_000;

/**
 * Finds out what the server promises. A single server syncs before it acknowledges only with `sync_interval: always`
 * (2.10 or later), and tells so only on its monitoring port: without that word the truthful answer is "buffered".
 * Never throws: an app does not need the monitoring port to work.
 */
export async function readDurability(facts: DurabilityFacts): Promise<Durability> {
  if (facts.replicas > 1) {
    return { kind: 'replicated', detail: `acknowledged by a majority of ${facts.replicas} replicas` };
  }
  if (!isAtLeast(facts.serverVersion, 2, 10)) {
    return buffered(
      `nats-server ${facts.serverVersion} acknowledges before it syncs; 2.10 or later with sync_interval: always would not`,
    );
  }
  if (facts.monitorUrl === undefined) {
    return buffered('NATS_MONITOR_URL is not set, so nobody can say whether the server syncs');
  }
  try {
    return judge(await readMonitor(facts.monitorUrl), facts);
  } catch (error) {
    return buffered(`the monitoring port cannot be asked whether the server syncs: ${String(error)}`);
  }
}

interface Varz {
  readonly server_id?: unknown;
  readonly jetstream?: { readonly config?: { readonly sync_always?: unknown } };
}

async function readMonitor(monitorUrl: string): Promise<Varz> {
  const response = await fetch(new URL('/varz', monitorUrl), {
    signal: AbortSignal.timeout(MONITOR_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return (await response.json()) as Varz;
}

function judge(varz: Varz, facts: DurabilityFacts): Durability {
  if (varz.server_id !== facts.serverId) {
    return buffered('NATS_MONITOR_URL is that of another server, so nobody can say whether ours syncs');
  }
  return varz.jetstream?.config?.sync_always === true
    ? { kind: 'fsync', detail: 'sync_interval: always' }
    : buffered('the server does not run with sync_interval: always');
}

function buffered(detail: string): Durability {
  return { kind: 'buffered', detail };
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [left = 0, right = 0] = version.split('.').map(Number);
  return left > major || (left === major && right >= minor);
}
