import { findSealLog, readRunRanges, type SealRun } from '@pacspace/ledger';
import type { Gate } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type { Reads } from '../reads/reads.js';
import { makeReceipt } from './make-receipt.js';
import { stateSeal } from './make-statement.js';
import { findPresentedToken } from './presented-token.js';
import { isCovered, openSeal, pageRecords, type ShownSeal } from './show-records.js';
import { findRoot, type FoundRoot, verifySeal } from './verify-root.js';
import { type IndexPage, verifyRun } from './verify-run.js';

/** Heads are published every second: a root that was answered a moment ago is in the signed log soon. */
const PUBLISH_WAIT_MS = 3_000;
const ASK_AGAIN_MS = 200;

export interface PublicVerifyTools {
  readonly reads: Reads;
  readonly gate: Gate;
  /** Under which secrets are hashed. */
  readonly pepper: string;
}

/** What a stranger asks with: a root, and the access token that came with it, if one did. */
export interface Asked {
  readonly root: Uint8Array;
  readonly authorization: string | undefined;
}

/** Verification for strangers: bounded, so that however many ask, the API keeps its connections. */
export class PublicVerify {
  /** Runs that are being looked through: whoever asks meanwhile is answered with them. */
  private readonly underWay = new Map<string, ReturnType<typeof verifyRun>>();

  constructor(private readonly tools: PublicVerifyTools) {}

  /** @throws ApiError NOT_FOUND; ServiceError GATE_FULL */
  async verify(asked: Asked, page: IndexPage) {
    const { gate, reads } = this.tools;
    const deadline = performance.now() + PUBLISH_WAIT_MS;
    // The wait is outside the gate: it takes no connection from others.
    while (performance.now() < deadline && (await gate.run(() => this.isWaiting(asked.root)))) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
    return await gate.run(async () => {
      const found = await this.find(asked.root);
      if ('run' in found) return await this.verifyRun(found.run, page);
      const answer = await verifySeal(reads.pool, found.seal);
      const shown = await this.open(found, asked);
      return { ...answer, ...(shown && { records: await pageRecords(reads, shown, page) }) };
    });
  }

  /** All that is under a root, as a file that proves itself. @throws ApiError NOT_FOUND without a token for it. */
  async state(asked: Asked) {
    const shown = await this.demand(asked);
    return await this.tools.gate.run(() => stateSeal(this.tools.reads.pool, shown, shown.stored));
  }

  /** The receipt of one delta under a root. @throws ApiError NOT_FOUND without a token for it. */
  async receipt(asked: Asked, recordKey: string) {
    const shown = await this.demand(asked);
    const made = await this.tools.gate.run(() =>
      makeReceipt(this.tools.reads, shown.environmentId, recordKey),
    );
    const { receipt } = made;
    if (receipt.content.customerId === shown.customerId && isCovered(shown.seal, receipt)) return made;
    throw new ApiError('NOT_FOUND', 'no delta under this root has such a receipt');
  }

  private async find(root: Uint8Array): Promise<FoundRoot> {
    const found = await findRoot(this.tools.reads.pool, root);
    if (found !== undefined) return found;
    throw new ApiError('NOT_FOUND', 'nothing that is sealed has this root');
  }

  /** Undefined: whoever asks may see totals, and no more. */
  private async open(found: FoundRoot, { authorization }: Asked): Promise<ShownSeal | undefined> {
    const { reads, pepper } = this.tools;
    if (authorization === undefined || 'run' in found) return undefined;
    const token = await findPresentedToken({ pool: reads.pool, pepper, nowMs: reads.now() }, authorization);
    if (token === undefined) return undefined;
    for (const seal of [found.seal, ...found.all]) {
      const shown = await openSeal(reads, seal, token);
      if (shown !== undefined) return shown;
    }
    return undefined;
  }

  private async demand(asked: Asked): Promise<ShownSeal> {
    const shown = await this.tools.gate.run(async () => await this.open(await this.find(asked.root), asked));
    if (shown !== undefined) return shown;
    const message =
      'nothing is shown here without an access token for this root: ask whoever gave you the root';
    throw new ApiError('NOT_FOUND', message);
  }

  private async verifyRun(run: SealRun, page: IndexPage): ReturnType<typeof verifyRun> {
    const key = JSON.stringify([run.number, page]);
    const shared = this.underWay.get(key);
    if (shared !== undefined) return await shared;
    const started = verifyRun(this.tools.reads.pool, run, page).finally(() => this.underWay.delete(key));
    this.underWay.set(key, started);
    return await started;
  }

  /** Whether it is sealed, and no head covers it yet. */
  private async isWaiting(root: Uint8Array): Promise<boolean> {
    const { pool } = this.tools.reads;
    const found = await findRoot(pool, root);
    if (found === undefined) return false;
    const logNo = 'seal' in found ? found.seal.logNo : found.run.logNo;
    const end =
      'seal' in found
        ? found.seal.logIndex + 1
        : ((await readRunRanges(pool, found.run.number)).at(-1)?.end ?? 0);
    return ((await findSealLog(pool, { number: logNo }))?.publishedSize ?? 0) < end;
  }
}
