import { formatPeriod, type Period, periodOf } from '@pacspace/domain';
import type { AuditedClosing, AuditedLaneEntry, AuditedRejection, FoundRecord } from '@pacspace/ledger';
import type { LoggedMessage } from '@pacspace/log';
import { sha256Hex, toHex } from '@pacspace/node-crypto';
import {
  decodeEnvelope,
  type EnvelopeDelta,
  EnvelopeError,
  fingerprintOf,
  metadataHashOf,
  type PeriodClose,
} from '@pacspace/wire';
import { fingerprintOfLogged, traceIdOf } from './logged-delta.js';

/** What the ledger has of one envelope: the rows that bear its sequence. */
export interface RowsOfEnvelope {
  readonly entries: readonly AuditedLaneEntry[];
  readonly rejections: readonly AuditedRejection[];
  readonly closings: readonly AuditedClosing[];
}

/** A delta as the log holds it. */
interface LoggedDelta {
  readonly delta: EnvelopeDelta;
  /** Made of its fields again. */
  readonly fingerprint: string | undefined;
}

/** A delta of the log that was not recorded where it stands: what is under its key says why. */
export interface Unrecorded extends LoggedDelta {
  readonly sequence: number;
  /** Why it was rejected, by the ledger; undefined: it was not, so it must be there already. */
  readonly code: string | undefined;
}

export type OnFault = (unit: string, sentence: string) => void;

/**
 * One lane's log held against what the ledger has of it, envelope by envelope. It does not fold: what the fold decides
 * (index, balance, period) is proven by the trees. It says whether the ledger holds what the log says, all of it, once.
 */
export class LaneAudit {
  /** As the ledger counts them. */
  readonly counts = { envelopes: 0, entries: 0, duplicates: 0, rejections: 0, deadLetters: 0 };
  private unrecorded: Unrecorded[] = [];
  private readonly closed = new Map<string, Period>();

  constructor(
    private readonly lane: number,
    private readonly fault: OnFault,
  ) {}

  /** Deltas to be looked up by their keys; each is given out once. */
  takeUnrecorded(): Unrecorded[] {
    const taken = this.unrecorded;
    this.unrecorded = [];
    return taken;
  }

  get waiting(): number {
    return this.unrecorded.length;
  }

  add(message: LoggedMessage, rows: RowsOfEnvelope): void {
    const { sequence, recordedAtMs } = message;
    this.counts.envelopes += 1;
    const { deltas, close, isPoison } = readEnvelope(message);
    if (isPoison) this.counts.deadLetters += 1;
    const recorded = this.checkEntries(deltas, rows.entries, { sequence, recordedAtMs });
    const rejected = this.checkRejections(deltas, rows.rejections, { sequence, recordedAtMs });
    for (const [ordinal, logged] of deltas.entries()) {
      if (recorded.has(ordinal)) continue;
      this.unrecorded.push({ ...logged, sequence, code: rejected.get(ordinal) });
    }
    this.checkClosings(close, rows.closings, sequence);
  }

  /** What the ledger has of an envelope that the log does not hold. */
  addMissing(sequence: number, rows: RowsOfEnvelope): void {
    const [first] = rows.entries;
    const { length } = rows.entries;
    if (first !== undefined) {
      const others = length === 1 ? '' : ` and ${length - 1} others`;
      const sentence = `came, by the ledger, with envelope ${sequence} of lane ${this.lane}, which the log does not hold`;
      this.fault(`${nameEntry(first)}${others}`, sentence);
    }
    for (const row of rows.rejections) {
      this.fault(
        `rejection ${sequence}/${row.ordinal} of lane ${this.lane}`,
        'the log does not hold its envelope',
      );
    }
    for (const row of rows.closings) {
      this.fault(
        nameClosing(row),
        `was closed, by the ledger, at envelope ${sequence}, which the log does not hold`,
      );
    }
  }

  /** @param found what the ledger has under the keys. */
  checkUnrecorded(unrecorded: readonly Unrecorded[], found: ReadonlyMap<string, FoundRecord>): void {
    for (const one of unrecorded) {
      const record = found.get(one.delta.recordKey);
      const earlier = record !== undefined && record.logSequence <= one.sequence ? record : undefined;
      const isSame = earlier !== undefined && fingerprintOfRecord(earlier) === one.fingerprint;
      if (one.code === undefined) this.checkRepetition(one, earlier, isSame);
      else this.checkReason(one, earlier, isSame);
    }
  }

  private checkRepetition(
    { delta, sequence }: Unrecorded,
    earlier: FoundRecord | undefined,
    isSame: boolean,
  ): void {
    const where = `envelope ${sequence} of lane ${this.lane}`;
    if (earlier === undefined) {
      return this.fault(nameDelta(delta), `was accepted with ${where}, and is not in the ledger`);
    }
    this.counts.duplicates += 1;
    if (isSame) return;
    const sentence = `${where} holds another delta under its key, which was neither recorded nor rejected`;
    this.fault(nameDelta(delta), sentence);
  }

  private checkReason(
    { delta, sequence, code, fingerprint }: Unrecorded,
    earlier: FoundRecord | undefined,
    isSame: boolean,
  ): void {
    const isBroken = fingerprint !== delta.fingerprint;
    const expected = isBroken
      ? 'FINGERPRINT_MISMATCH'
      : earlier === undefined
        ? 'ADJUSTS_UNKNOWN'
        : 'IDEMPOTENCY_CONFLICT';
    if (code === expected && !(isSame && !isBroken)) return;
    const sentence = `was rejected in envelope ${sequence} of lane ${this.lane} as ${code}, which is not the reason`;
    this.fault(nameDelta(delta), sentence);
  }

  private checkEntries(
    deltas: readonly LoggedDelta[],
    entries: readonly AuditedLaneEntry[],
    at: { readonly sequence: number; readonly recordedAtMs: number },
  ): ReadonlySet<number> {
    const ordinals = new Map<string, number>();
    for (const [ordinal, { delta, fingerprint }] of deltas.entries()) {
      // The first under a key is recorded; a later one in the same envelope is a repetition.
      if (ordinals.has(delta.recordKey) || fingerprint !== delta.fingerprint) continue;
      ordinals.set(delta.recordKey, ordinal);
    }
    const recorded = new Set<number>();
    for (const row of entries) {
      this.counts.entries += 1;
      const ordinal = ordinals.get(row.record_key.replaceAll('-', ''));
      const delta = ordinal === undefined ? undefined : deltas[ordinal]?.delta;
      if (ordinal === undefined || delta === undefined) {
        this.fault(
          nameEntry(row),
          `is not in envelope ${at.sequence} of lane ${this.lane}, with which it came by the ledger`,
        );
        continue;
      }
      if (recorded.has(ordinal)) this.fault(nameEntry(row), 'stands in the ledger twice');
      recorded.add(ordinal);
      this.compareFields(row, [
        ['environment', row.environment_id, delta.environmentId],
        ['customer', row.customer_id, delta.customerId],
        ['amount', row.amount, delta.amount],
        ['reason', row.reason, delta.reason],
        ['reference', row.reference_id, delta.referenceId],
        ['time', row.occurred_at_ms, delta.occurredAtMs],
        ['corrected record', row.adjusts_key?.replaceAll('-', ''), delta.adjustsKey],
        ['metadata', row.metadata, delta.metadata],
        ['salt', row.salt?.replaceAll('-', ''), delta.salt],
        ['trace', row.trace_id.replaceAll('-', ''), traceIdOf(delta)],
        ['time of recording', row.recorded_at_ms, at.recordedAtMs],
      ]);
    }
    return recorded;
  }

  private compareFields(row: AuditedLaneEntry, fields: readonly Field[]): void {
    for (const [what, stored, logged] of fields) {
      const [left, right] = [toText(stored), toText(logged)];
      if (left !== right)
        this.fault(nameEntry(row), `its ${what} is ${show(left)} in the ledger, ${show(right)} in the log`);
    }
  }

  private checkRejections(
    deltas: readonly LoggedDelta[],
    rejections: readonly AuditedRejection[],
    at: { readonly sequence: number; readonly recordedAtMs: number },
  ): ReadonlyMap<number, string> {
    const rejected = new Map<number, string>();
    for (const row of rejections) {
      this.counts.rejections += 1;
      const unit = `rejection ${at.sequence}/${row.ordinal} of lane ${this.lane}`;
      const delta = deltas[row.ordinal]?.delta;
      if (delta === undefined) {
        this.fault(unit, 'the log has no such delta');
        continue;
      }
      rejected.set(row.ordinal, row.code);
      const holds =
        row.record_key.replaceAll('-', '') === delta.recordKey &&
        toHex(row.fingerprint) === delta.fingerprint &&
        row.amount === delta.amount &&
        row.environment_id === delta.environmentId &&
        row.customer_id === delta.customerId &&
        row.trace_id.replaceAll('-', '') === traceIdOf(delta) &&
        Number(row.recorded_at_ms) === at.recordedAtMs;
      if (!holds) this.fault(unit, `is not that of ${nameDelta(delta)}, which stands there in the log`);
    }
    return rejected;
  }

  private checkClosings(
    close: PeriodClose | undefined,
    rows: readonly AuditedClosing[],
    sequence: number,
  ): void {
    for (const row of rows) {
      const holds =
        row.environment_id === close?.environmentId &&
        row.period === close.period &&
        (row.customer_no === null ? undefined : row.customer_id) === close.customerId;
      if (!holds)
        this.fault(
          nameClosing(row),
          `was closed, by the ledger, at envelope ${sequence}, which says something else`,
        );
      this.closed.set(closedName(row.environment_id, row.customer_id ?? undefined), row.period);
    }
    if (close === undefined || rows.length > 0) return;
    const { environmentId, customerId, period } = close;
    const through = this.closed.get(closedName(environmentId, customerId)) ?? -1;
    // Closing what is closed changes nothing; and so does closing a month of a customer of whom nothing is recorded yet.
    if (period <= through || customerId !== undefined) return;
    const unit = `${environmentId} period ${formatPeriod(period)} in lane ${this.lane}`;
    this.fault(unit, `was closed at envelope ${sequence}, and the ledger does not know of it`);
  }
}

interface ReadEnvelope {
  readonly deltas: readonly LoggedDelta[];
  readonly close: PeriodClose | undefined;
  /** It is for the dead letters. */
  readonly isPoison: boolean;
}

const POISON: ReadEnvelope = { deltas: [], close: undefined, isPoison: true };

function readEnvelope({ payload, recordedAtMs }: LoggedMessage): ReadEnvelope {
  try {
    const envelope = decodeEnvelope(payload);
    const close = envelope.kind === 'close' ? envelope.close : undefined;
    // By the log's own clock: what was to be closed too early was not.
    if (close !== undefined && close.period >= periodOf(recordedAtMs)) return POISON;
    const deltas = envelope.deltas.map((delta) => ({ delta, fingerprint: fingerprintOfLogged(delta) }));
    return { deltas, close, isPoison: false };
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof RangeError) return POISON;
    throw error;
  }
}

type Field = readonly [
  what: string,
  stored: string | number | null | undefined,
  logged: string | number | undefined,
];

function toText(value: string | number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

function show(text: string | undefined): string {
  return text === undefined ? 'not given' : JSON.stringify(text.slice(0, 80));
}

function fingerprintOfRecord(record: FoundRecord): string {
  const { metadata, salt } = record;
  const isSalted = metadata !== undefined && salt !== undefined;
  const metadataHash = isSalted ? metadataHashOf(salt, metadata, sha256Hex) : undefined;
  return fingerprintOf({ ...record, metadataHash }, sha256Hex);
}

function closedName(environmentId: string, customerId: string | undefined): string {
  return customerId === undefined ? environmentId : `${environmentId}\n${customerId}`;
}

function nameEntry(row: AuditedLaneEntry): string {
  return `${row.environment_id} ${row.customer_id} delta ${row.idx} (rec_${row.record_key.replaceAll('-', '')})`;
}

function nameDelta({ environmentId, customerId, recordKey }: EnvelopeDelta): string {
  return `${environmentId} ${customerId} delta rec_${recordKey}`;
}

function nameClosing({
  environment_id: environmentId,
  customer_id: customerId,
  period,
}: AuditedClosing): string {
  return `${environmentId}${customerId === null ? '' : ` ${customerId}`} period ${formatPeriod(period)}`;
}
