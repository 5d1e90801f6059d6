import { formatPeriod, formatTime } from '@pacspace/domain';
import { formatScope, type LatestSeal, type LogNodeRow, type SealRow } from '@pacspace/ledger';
import { sha256, toHex } from '@pacspace/node-crypto';
import { type CompactRange, leafHashOfText } from '@pacspace/proof';
import type { SealDraft } from '../seals/seal-draft.js';

/** Where a draft came to stand: the seal that states it. */
export interface Sealed {
  readonly logIndex: number;
  /** Hex: a hundred thousand of them are held for a run, and a buffer each costs more than all the rest. */
  readonly leafHash: string;
  /** Entries covered: those of the draft at least. */
  readonly count: number;
  /** False: it was sealed before, and nothing has come in since. */
  readonly isNew: boolean;
}

/** What is sealed already, of one customer in one scope. Hashes are hex. */
interface Known {
  readonly logIndex: number;
  readonly count: number;
  readonly final: boolean;
  readonly root: string;
  readonly leafHash: string;
}

export interface LogEnd {
  readonly origin: string;
  readonly range: CompactRange;
  readonly sealedAtMs: number;
}

/** The ledger does not hold any more what was sealed of it: nothing must be sealed on top of that. */
export class ContradictsSeal extends Error {
  constructor(draft: SealDraft, known: Known) {
    super(
      `customer ${draft.customerId}, ${formatScope(draft.scope)}: the ledger’s ${draft.count} entries are not the ` +
        `${known.count} that were sealed at log index ${known.logIndex}`,
    );
    this.name = 'ContradictsSeal';
  }
}

/**
 * Puts seals behind each other at the end of a log. A draft that says nothing new is answered by the seal that says it
 * already, so making the same checkpoint again, or twice at once, makes one.
 */
export class SealComposer {
  readonly seals: SealRow[] = [];
  readonly nodes: LogNodeRow[] = [];
  private readonly latest = new Map<string, Known>();
  private readonly sealedAt: string;
  /** As JSON. */
  private readonly origin: string;
  readonly sealedAtMs: number;
  readonly range: CompactRange;

  constructor(end: LogEnd, nowMs: number) {
    // A clock that was set back must not make a later seal look earlier.
    this.sealedAtMs = Math.max(nowMs, end.sealedAtMs);
    this.sealedAt = formatTime(this.sealedAtMs);
    this.origin = JSON.stringify(end.origin);
    this.range = end.range.clone();
  }

  /** Notes what the log holds. */
  know(seal: LatestSeal): void {
    const { logIndex, count, final } = seal;
    const hashes = { root: toHex(seal.root), leafHash: toHex(seal.leafHash) };
    this.latest.set(nameOf(seal.customerNo, seal.scope), { logIndex, count, final, ...hashes });
  }

  /** @throws ContradictsSeal */
  add(draft: SealDraft): Sealed {
    const scope = formatScope(draft.scope);
    const root = toHex(draft.root);
    const known = this.latest.get(nameOf(draft.customerNo, scope));
    if (known !== undefined && saysAlready(known, draft, root)) {
      const { logIndex, leafHash, count } = known;
      return { logIndex, leafHash, count, isNew: false };
    }
    const logIndex = this.range.size;
    const body = canonicalSeal(draft, { root, origin: this.origin, sealedAt: this.sealedAt });
    const leaf = leafHashOfText(sha256, body);
    this.range.append(leaf, (level, index, hash) => this.nodes.push({ level, index, hash: toHex(hash) }));
    const { customerNo, count, final } = draft;
    const leafHash = toHex(leaf);
    this.seals.push({ logIndex, customerNo, scope, count, final, root, leafHash, body });
    this.latest.set(nameOf(customerNo, scope), { logIndex, count, final, root, leafHash });
    return { logIndex, leafHash, count, isNew: true };
  }
}

function nameOf(customerNo: number, scope: string): string {
  return `${customerNo} ${scope}`;
}

/**
 * A period's seals cover longer and longer prefixes, and after the final one there is none. A draft that covers less
 * than what is sealed was read before that seal was made, which then holds all that the draft does.
 *
 * @throws ContradictsSeal when the same number of entries has another root, or what was closed has changed.
 */
function saysAlready(known: Known, draft: SealDraft, root: string): boolean {
  const sameRoot = root === known.root;
  if (draft.scope.kind !== 'period') return known.count === draft.count && sameRoot;
  const isChanged = known.count === draft.count ? !sameRoot : known.final && draft.count > known.count;
  if (isChanged) throw new ContradictsSeal(draft, known);
  return known.final || known.count > draft.count || (known.count === draft.count && !draft.final);
}

/**
 * RFC 8785 text of the record that is hashed (docs/spec/proofs.md, "Seal"). Its shape is fixed, and what stands in it
 * needs no escapes, so the members are written in their order directly, five times as fast as from an object
 * (held equal to the general form by compose-seals.test.ts).
 */
function canonicalSeal(
  draft: SealDraft,
  { root, origin, sealedAt }: { readonly root: string; readonly origin: string; readonly sealedAt: string },
): string {
  const { scope, firstIndex, lastIndex, asOf = 0 } = draft;
  return (
    `{"closingBalance":"${draft.closing}","count":${draft.count},"customerId":"${draft.customerId}",` +
    `"final":${draft.final}` +
    (firstIndex === undefined ? '' : `,"firstIndex":${firstIndex}`) +
    (lastIndex === undefined ? '' : `,"lastIndex":${lastIndex}`) +
    `,"openingBalance":"${draft.opening}","origin":${origin}` +
    (scope.kind === 'period' ? `,"period":"${formatPeriod(scope.period)}"` : '') +
    `,"root":"${root}","sealedAt":"${sealedAt}"` +
    (scope.kind === 'subset'
      ? `,"subset":{"asOf":${asOf},"fingerprintsRoot":"${scope.fingerprintsRoot}"}`
      : '') +
    ',"v":1' +
    (scope.kind === 'window'
      ? `,"window":{"asOf":${asOf},"from":"${formatTime(scope.fromMs)}","to":"${formatTime(scope.toMs)}"}`
      : '') +
    '}'
  );
}
