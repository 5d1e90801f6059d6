import type { Logger } from '@pacspace/service';
import { Metrics } from '@pacspace/service';
import { encodeEnvelope } from '@pacspace/wire';
import type { Flight } from '../../apps/gateway/src/ingest/flight.js';
import type { Entry } from '../../apps/gateway/src/ingest/group-commit.js';
import type { Item } from '../../apps/gateway/src/ingest/intake.js';
import type { Origin } from '../../apps/gateway/src/ingest/prepare-delta.js';
import type { RecordedKeys } from '../../apps/gateway/src/ingest/recorded-keys.js';
import { Process } from './scheduler.js';
import type { World } from './world.js';

const { AdjustsResolver } = await import('../../apps/gateway/src/ingest/adjusts-resolver.js');
const { GroupCommit } = await import('../../apps/gateway/src/ingest/group-commit.js');
const { IngestMetrics } = await import('../../apps/gateway/src/ingest/ingest-metrics.js');
const { Intake } = await import('../../apps/gateway/src/ingest/intake.js');
const { KeyRegistry } = await import('../../apps/gateway/src/ingest/key-registry.js');

export const ENVIRONMENT = 'env_sim';

/** Small, so that the queues of a short run fill and envelopes are cut. */
const LIMITS = {
  envelopeDeltas: 4,
  envelopeSize: 2_000,
  laneDeltas: 8,
  laneSize: 4_000,
  totalDeltas: 12,
  totalSize: 6_000,
};

const PUBLISH_TRIES = 3;
const metrics = new IngestMetrics(new Metrics({ app: 'simulation', version: '0' }));
const logger = { error: () => undefined } as unknown as Logger;

/** A gateway process behind its HTTP: the real intake, registry of keys and group commit. */
export class SimGateway {
  readonly process: Process;
  readonly commit: InstanceType<typeof GroupCommit<Entry>>;
  private readonly intake: InstanceType<typeof Intake>;
  private readonly origin: Origin;
  private published = 0;

  constructor(
    name: string,
    private readonly world: World,
  ) {
    this.process = new Process(name);
    const { lanes, scheduler } = world;
    this.origin = { principal: PRINCIPAL, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, lanes };
    this.commit = new GroupCommit<Entry>({
      lanes,
      limits: LIMITS,
      publish: (lane, entries) => this.publish(lane, entries),
      atEndOfTurn: (run) => scheduler.add(`${name} ends a turn of its loop`, run, this.process),
    });
    const registry = new KeyRegistry();
    const recorded = this.recordedKeys();
    const adjusts = new AdjustsResolver({
      recorded,
      registry,
      findByReference: () => Promise.resolve([]),
      waitUntilProjected: (lane) => this.isProjected(lane),
    });
    this.intake = new Intake({
      commit: this.commit,
      registry,
      recorded,
      adjusts,
      metrics,
      logger,
      purseOf: () => undefined,
    });
  }

  take(items: readonly Item[]): Promise<Flight> {
    return this.intake.take(items, this.origin, { roomWaitMs: 0 }).done;
  }

  /** As publishEnvelope of libs/log does it: again under the same id, until it is given up. */
  private async publish(lane: number, entries: readonly Entry[]): Promise<number> {
    const { log, network } = this.world;
    this.published += 1;
    const publishId = `${this.process.name}-${this.published}`;
    const payload = encodeEnvelope(
      publishId,
      entries.map((entry) => entry.delta),
    );
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await network.call(this.process, log, {
          what: `publishes to lane ${lane}`,
          run: () => log.append(lane, publishId, payload),
        });
      } catch (error) {
        if (attempt === PUBLISH_TRIES) throw error;
      }
    }
  }

  /** Best effort, as in the gateway: a ledger that does not answer is passed over. */
  private recordedKeys(): RecordedKeys {
    const { ledger, network } = this.world;
    const find = async (keys: readonly string[]) => {
      try {
        return await network.call(this.process, ledger, {
          what: 'looks up keys',
          run: () => new Map(ledger.findRecords(keys).map((record) => [record.recordKey, record])),
        });
      } catch {
        return undefined;
      }
    };
    return { find } as unknown as RecordedKeys;
  }

  private async isProjected(lane: number): Promise<boolean> {
    const { ledger, log, network } = this.world;
    const count = await network.call(this.process, log, { what: 'counts', run: () => log.count(lane) });
    return await network.call(this.process, ledger, {
      what: 'reads a position',
      run: () => ledger.tables.lane(lane).envelopes >= count,
    });
  }
}

const PRINCIPAL = {
  tenantId: 'ten_sim',
  plan: 'unlimited',
  allowed: null,
  rate: null,
  environmentId: ENVIRONMENT,
  kind: 'test',
  saltKey: Buffer.alloc(32, 7),
  scopes: new Set(['ingest']),
  keyId: 'key_sim',
} as const;
