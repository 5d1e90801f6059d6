import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@pacspace/testing';
import { checkStoredLog } from '../support/check-stored-log.js';
import type { Api } from './api.js';
import type { System } from './start-system.js';

interface Made {
  readonly logIndex: number;
  readonly proofRoot: string;
  readonly deltasCount: number;
}

const PAUSE_MS = 100;
const RECOVERY = { timeoutMs: 40_000, everyMs: 100 };

/**
 * Checkpoints of these customers, asked for one after the other until `stop`. Whatever is done to the servers, each is
 * answered by a seal or by "not now".
 */
export class SealMeanwhile {
  readonly made: Made[] = [];
  /** Answered 503. */
  refusals = 0;
  private stopping = false;
  private readonly asking: Promise<void>;

  constructor(
    private readonly api: Api,
    customers: readonly string[],
  ) {
    this.asking = this.ask(customers);
    // Looked at by stop; until then a failure must not count as unhandled.
    this.asking.catch(() => undefined);
  }

  private async ask(customers: readonly string[]): Promise<void> {
    for (let i = 0; !this.stopping; i += 1) {
      const customerId = customers[i % customers.length];
      const { status, body } = await this.api.post('/api/v1/balance/checkpoint', { customerId });
      if (status === 201) this.made.push(body.data as Made);
      else if (status === 503) this.refusals += 1;
      // Its first delta may not be there yet.
      else if (status !== 404) throw new Error(`a checkpoint was answered ${status} ${JSON.stringify(body)}`);
      await sleep(PAUSE_MS);
    }
  }

  /**
   * Ends it, once seals are made again; and holds what was answered, and all heads, against the stored log.
   *
   * @throws Error for a seal that was answered and is not there as it was; as checkStoredLog
   */
  async stop({ pool }: Pick<System, 'pool'>, environmentId: string): Promise<void> {
    const before = this.made.length;
    // A failure to ask ends the wait at once.
    await Promise.race([waitFor(() => this.made.length > before, RECOVERY), this.asking]);
    this.stopping = true;
    await this.asking;
    await waitFor(async () => {
      const { log } = await checkStoredLog(pool, environmentId);
      return log.publishedSize === log.size;
    }, RECOVERY);
    const { seals } = await checkStoredLog(pool, environmentId);
    for (const { logIndex, proofRoot, deltasCount } of this.made) {
      const seal = seals[logIndex];
      if (seal?.root === proofRoot && seal.count === deltasCount) continue;
      throw new Error(`seal ${logIndex} is not what was answered: ${JSON.stringify(seal)}`);
    }
  }
}
