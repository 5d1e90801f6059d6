import type { AuditedHead, SealLog } from '@pacspace/ledger';
import { verifySignature } from '@pacspace/node-crypto';
import {
  type Checkpoint,
  type CompactRange,
  equalBytes,
  formatVerifierKey,
  parseCheckpoint,
  parseNote,
  type VerifierKey,
  verifyNote,
} from '@pacspace/proof';

/** A head that somebody has kept. */
export interface KnownHead {
  /** What it is called: its file. */
  readonly name: string;
  readonly checkpoint: Checkpoint;
  /** The signed note. */
  readonly note: string;
}

export interface HeadAuditParts {
  readonly log: SealLog;
  /** By size. */
  readonly stored: AsyncGenerator<readonly AuditedHead[]>;
  readonly kept: readonly KnownHead[];
  /** Keys that the data base lists for the log, and those that the auditor trusts. */
  readonly listedKeys: readonly VerifierKey[];
  readonly trustedKeys: readonly VerifierKey[];
  readonly onFault: (unit: string, sentence: string) => void;
  /** A head that is signed by no key that the auditor trusts. */
  readonly onUnchecked: () => void;
}

/**
 * The heads of a log, held against its tree as it grows: each must be signed, and be the root of the seals up to its
 * size. So any two of them are consistent.
 */
export class HeadAudit {
  private readonly rows: AsyncGenerator<AuditedHead>;
  private next: AuditedHead | undefined;
  private kept: readonly KnownHead[];
  private lastSize = 0;
  private lastPublishedAtMs = 0;
  /** Ids of the keys by which a line of a stored head is signed. */
  private readonly signers = new Set<number>();
  /** Of the last head that is the root of what is there. */
  private agreesTo = 0;

  private constructor(private readonly parts: HeadAuditParts) {
    this.rows = flatten(parts.stored);
    this.kept = parts.kept.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size);
  }

  static async open(parts: HeadAuditParts): Promise<HeadAudit> {
    const audit = new HeadAudit(parts);
    await audit.advance();
    return audit;
  }

  /** The log has one seal more. */
  async grown(range: CompactRange): Promise<void> {
    const { size } = range;
    while (this.next !== undefined && Number(this.next.size) <= size) {
      await this.checkStored(this.next, Number(this.next.size) === size ? range.root() : undefined);
      await this.advance();
    }
    for (let [first] = this.kept; first !== undefined && first.checkpoint.size <= size; [first] = this.kept) {
      this.kept = this.kept.slice(1);
      await this.checkKept(first, first.checkpoint.size === size ? range.root() : undefined);
    }
  }

  /** @param hasGap the tree could not be built to its end. */
  async finish(hasGap: boolean): Promise<void> {
    const { listedKeys, log, onFault } = this.parts;
    for (; this.next !== undefined; await this.advance()) {
      if (!hasGap) onFault(this.nameOf(this.next.size), `covers more seals than the log has: ${log.size}`);
      await this.checkStored(this.next, undefined);
    }
    for (const { name, checkpoint } of this.kept) {
      const why = hasGap
        ? 'seals are missing'
        : `the log has ${log.size} seals, it covers ${checkpoint.size}`;
      onFault(name, `cannot be reached: ${why}`);
    }
    if (this.lastSize !== log.publishedSize) {
      onFault(
        log.origin,
        `its last head is of size ${this.lastSize}, by the log's row of ${log.publishedSize}`,
      );
    }
    // A key is listed right before its first head, and signs the last one once more when it is new.
    const strangers = this.lastSize === 0 ? [] : listedKeys.filter(({ id }) => !this.signers.has(id));
    for (const key of strangers) {
      onFault(
        `${log.origin} key ${formatVerifierKey(key)}`,
        'is listed for the log, and has signed none of its heads',
      );
    }
    if (log.publishedAtMs < this.lastPublishedAtMs) {
      onFault(log.origin, 'its last head was published later than the log’s row says');
    }
  }

  private async advance(): Promise<void> {
    const next = await this.rows.next();
    this.next = next.done === true ? undefined : next.value;
  }

  private async checkStored(row: AuditedHead, root: Uint8Array | undefined): Promise<void> {
    const { log, onFault } = this.parts;
    const size = Number(row.size);
    const fault = (sentence: string): void => onFault(this.nameOf(row.size), sentence);
    const publishedAtMs = Number(row.published_at_ms);
    if (publishedAtMs < this.lastPublishedAtMs) fault('was published before the one of fewer seals');
    this.lastSize = size;
    this.lastPublishedAtMs = publishedAtMs;
    let checkpoint: Checkpoint;
    try {
      checkpoint = parseCheckpoint(parseNote(row.note).text);
    } catch (error) {
      return fault(`is not a signed checkpoint: ${(error as Error).message}`);
    }
    if (checkpoint.origin !== log.origin) fault(`is signed for ${checkpoint.origin}`);
    if (checkpoint.size !== size) fault(`is signed for ${checkpoint.size} seals`);
    else if (root !== undefined) this.compareRoot(checkpoint, root, fault);
    for (const { id } of parseNote(row.note).signatures) this.signers.add(id);
    await this.checkSignature(row.note, this.parts.listedKeys, fault);
  }

  private async checkKept(
    { name, checkpoint, note }: KnownHead,
    root: Uint8Array | undefined,
  ): Promise<void> {
    const fault = (sentence: string): void => this.parts.onFault(name, sentence);
    if (root !== undefined && !equalBytes(root, checkpoint.root)) {
      fault(
        `the log's first ${checkpoint.size} seals are not those that it was signed for: keep it, it shows that history was rewritten`,
      );
    }
    const { listedKeys, trustedKeys } = this.parts;
    await this.checkSignature(note, [...listedKeys, ...trustedKeys], fault);
  }

  private compareRoot(
    { root, size }: Checkpoint,
    computed: Uint8Array,
    fault: (sentence: string) => void,
  ): void {
    if (equalBytes(root, computed)) {
      this.agreesTo = size;
      return;
    }
    const range =
      this.agreesTo === 0 ? `seals 0 to ${size - 1}` : `one of the seals ${this.agreesTo} to ${size - 1}`;
    fault(`the log's first ${size} seals do not lead to its root: ${range} is not what was signed`);
  }

  private async checkSignature(
    note: string,
    keys: readonly VerifierKey[],
    fault: (sentence: string) => void,
  ): Promise<void> {
    const { trustedKeys, onUnchecked } = this.parts;
    const parsed = parseNote(note);
    const check = await verifyNote(parsed, keys, verifySignature);
    if (!check.ok) {
      return fault(
        check.reason === 'bad-signature'
          ? 'its signature is wrong'
          : 'it is signed by no key that is listed for the log',
      );
    }
    // Whoever can write to the data base can list a key of his own there.
    if (!(await verifyNote(parsed, trustedKeys, verifySignature)).ok) onUnchecked();
  }

  private nameOf(size: string | number): string {
    return `${this.parts.log.origin} head of ${size} seals`;
  }
}

async function* flatten<T>(pages: AsyncGenerator<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}
