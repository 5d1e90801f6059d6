import { formatPeriod, type Period } from '@pacspace/domain';
import { type KeyedRequest, pagePeriod, type SealLog } from '@pacspace/ledger';
import { sha256, toHex } from '@pacspace/node-crypto';
import { CompactRange } from '@pacspace/proof';
import type pg from 'pg';
import type { Sealed } from '../log/compose-seals.js';
import type { LogRegistry } from '../log/log-registry.js';
import { draftPeriodState } from './draft-period.js';
import type { SealDraft } from './seal-draft.js';

export interface SealingTools {
  readonly reads: pg.Pool;
  readonly registry: LogRegistry;
  readonly now: () => number;
}

export interface EveryonesPeriod {
  readonly log: SealLog;
  readonly period: Period;
  /** The period is closed for all. */
  readonly final: boolean;
  readonly request?: KeyedRequest | undefined;
}

/** Customers in one page of the ledger and one transaction of the log. Other seals come in between two of them. */
const PAGE = 4_096;
/** While one page is being written the next one is drafted. */
const PAGES_UNDER_WAY = 2;

/**
 * Seals a period for every customer that has anything in it, and notes the seals as one run. Killed half-way, the next
 * one finds what is sealed, and goes on.
 *
 * @returns the run's number.
 */
export async function sealEveryone(tools: SealingTools, of: EveryonesPeriod): Promise<number> {
  const pages = pagesOf(tools.reads, of);
  return await sealRun(tools, { log: of.log, scope: formatPeriod(of.period), request: of.request }, pages);
}

interface Member extends Sealed {
  readonly customerId: string;
}

/** Seals what is drafted, page by page, and notes it as one run. */
export async function sealRun(
  { registry, now }: SealingTools,
  run: { readonly log: SealLog; readonly scope: string; readonly request: KeyedRequest | undefined },
  pages: AsyncIterable<readonly SealDraft[]>,
): Promise<number> {
  const { number } = run.log;
  const members: Member[] = [];
  const append = async (drafts: readonly SealDraft[]): Promise<void> => {
    const appended = await registry.writerOf(number).append(drafts);
    if (appended.kind !== 'sealed') throw new Error('seals of a run have no idempotency key');
    appended.seals.forEach((seal, i) => members.push({ ...seal, customerId: drafts[i]?.customerId ?? '' }));
  };
  const underWay: Promise<void>[] = [];
  for await (const drafts of pages) {
    if (underWay.length === PAGES_UNDER_WAY) await underWay.shift();
    const appended = append(drafts);
    // Waited for below; a failure must not count as unhandled until then.
    appended.catch(() => undefined);
    underWay.push(appended);
  }
  await Promise.all(underWay);
  return await registry.writerOf(number).recordRun({
    scope: run.scope,
    root: rootOf(members),
    count: members.length,
    entries: members.reduce((sum, { count }) => sum + count, 0),
    madeAtMs: now(),
    members: members.map(({ logIndex }) => logIndex).sort((left, right) => left - right),
    request: run.request,
  });
}

/** In ascending order of customer id, by code points: which is that of code units, as ids are ASCII. */
function rootOf(members: readonly Member[]): string {
  const range = CompactRange.empty(sha256);
  const inOrder = [...members].sort((left, right) =>
    left.customerId < right.customerId ? -1 : left.customerId > right.customerId ? 1 : 0,
  );
  for (const { leafHash } of inOrder) range.append(Buffer.from(leafHash, 'hex'));
  return toHex(range.root());
}

/** The next page is read while the one before is written. */
async function* pagesOf(
  reads: pg.Pool,
  { log: { environmentId }, period, final }: EveryonesPeriod,
): AsyncGenerator<readonly SealDraft[]> {
  const read = (after: string): ReturnType<typeof pagePeriod> =>
    pagePeriod(reads, { environmentId, period }, { after, limit: PAGE });
  let next = read('');
  for (;;) {
    const page = await next;
    const last = page.at(-1);
    if (last === undefined) return;
    const isLast = page.length < PAGE;
    if (!isLast) {
      next = read(last.customerId);
      // Looked at when its turn comes; until then a failure must not count as unhandled.
      next.catch(() => undefined);
    }
    yield page.map((state) => draftPeriodState(state, { period, final }));
    if (isLast) return;
  }
}
