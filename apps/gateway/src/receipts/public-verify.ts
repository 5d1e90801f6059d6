import { findSealLog, listRunSeals, type SealRun, type StoredSeal } from '@pacspace/ledger';
import type { Gate } from '@pacspace/service';
import type pg from 'pg';
import { findRoot, MOST_SEALS, verifyRoot } from './verify-root.js';

/** Heads are published every second: a root that was answered a moment ago is in the signed log soon. */
const PUBLISH_WAIT_MS = 3_000;
const ASK_AGAIN_MS = 200;

/** Verification for strangers: bounded, so that however many ask, the API keeps its connections. */
export class PublicVerify {
  constructor(
    private readonly pool: pg.Pool,
    private readonly gate: Gate,
  ) {}

  /** @throws ApiError NOT_FOUND; ServiceError GATE_FULL */
  async verify(root: Uint8Array) {
    const deadline = performance.now() + PUBLISH_WAIT_MS;
    // The wait is outside the gate: it takes no connection from others.
    while (performance.now() < deadline && (await this.gate.run(() => this.isWaiting(root)))) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
    return await this.gate.run(() => verifyRoot(this.pool, root));
  }

  /** Whether it is sealed, and no head covers it yet. */
  private async isWaiting(root: Uint8Array): Promise<boolean> {
    const found = await findRoot(this.pool, root);
    const last = found && ('seal' in found ? found.seal : await this.lastOf(found.run));
    if (last === undefined) return false;
    const log = await findSealLog(this.pool, { number: last.logNo });
    return (log?.publishedSize ?? 0) <= last.logIndex;
  }

  /** Undefined for a run that is too large to be looked through anyway. */
  private async lastOf({ count, number }: SealRun): Promise<StoredSeal | undefined> {
    if (count === 0 || count > MOST_SEALS) return undefined;
    const [last] = await listRunSeals(this.pool, number, { limit: 1, offset: count - 1 });
    return last;
  }
}
