import { TAMPERED } from './weather.js';
import type { SimMessage } from './sim-log.js';

/** A recorded delta as the naive fold sees it. */
export interface ExpectedEntry {
  readonly recordKey: string;
  readonly customerId: string;
  readonly fact: string;
  readonly index: number;
  readonly amount: bigint;
  readonly balance: bigint;
  readonly month: string;
  readonly late: boolean;
  readonly sequence: number;
}

export interface Expected {
  readonly entries: ReadonlyMap<string, ExpectedEntry>;
  /** Codes by `sequence/place in the envelope`. */
  readonly rejected: ReadonlyMap<string, { readonly code: string; readonly fact: string }>;
  readonly duplicates: number;
  readonly deadSequences: readonly number[];
}

/**
 * What a log means, told in the plainest way there is: one delta after the other, with nothing kept between runs, and no
 * code shared with the fold. The lanes need not be told apart, since a customer is in one of them.
 */
export function foldNaively(messages: readonly SimMessage[]): Expected {
  const entries = new Map<string, ExpectedEntry>();
  const fingerprints = new Map<string, string>();
  const rejected = new Map<string, { code: string; fact: string }>();
  const deadSequences: number[] = [];
  const closed = new Map<string, string>();
  const customers = new Map<string, { count: number; balance: bigint }>();
  let duplicates = 0;

  for (const { sequence, lane, payload, recordedAtMs } of messages) {
    const body = readBody(payload, recordedAtMs);
    if (body === undefined) {
      deadSequences.push(sequence);
      continue;
    }
    if (body.close !== undefined) {
      const { customerId, period } = body.close;
      if (customerId !== undefined && !customers.has(customerId)) continue;
      const name = customerId ?? `lane ${lane}`;
      if (period > (closed.get(name) ?? '')) closed.set(name, period);
      continue;
    }
    body.d.forEach(([, , customerId, recordKey, amountText, fact, fingerprint, , at, adjusts], ordinal) => {
      const reject = (code: string) => rejected.set(`${sequence}/${ordinal}`, { code, fact });
      const before = fingerprints.get(recordKey);
      if (fact === TAMPERED) return reject('FINGERPRINT_MISMATCH');
      if (before !== undefined) {
        if (before === fingerprint) return (duplicates += 1);
        return reject('IDEMPOTENCY_CONFLICT');
      }
      if (adjusts && entries.get(adjusts)?.customerId !== customerId) return reject('ADJUSTS_UNKNOWN');
      const customer = customers.get(customerId) ?? { count: 0, balance: 0n };
      customers.set(customerId, customer);
      const happened = monthOf(at === undefined || at === 0 ? recordedAtMs : at);
      let month = happened;
      const isClosed = (name: string): boolean => month <= (closed.get(name) ?? '');
      while (isClosed(customerId) || isClosed(`lane ${lane}`)) month = monthAfter(month);
      const amount = toUnits(amountText);
      const index = customer.count;
      customer.count += 1;
      customer.balance += amount;
      const { balance } = customer;
      const late = month !== happened;
      fingerprints.set(recordKey, fingerprint);
      entries.set(recordKey, { recordKey, customerId, fact, index, amount, balance, month, late, sequence });
      return undefined;
    });
  }
  return { entries, rejected, duplicates, deadSequences };
}

type Row = [number, number, string, string, string, string, string, unknown?, number?, (string | 0)?];

interface Body {
  readonly close?: { readonly customerId?: string; readonly period: string };
  readonly d: readonly Row[];
}

/** Undefined: it cannot be read, or closes a month that had not ended. */
function readBody(payload: string, recordedAtMs: number): Body | undefined {
  let body: Body & { readonly v?: unknown };
  try {
    body = JSON.parse(payload) as Body;
  } catch {
    return undefined;
  }
  if (body.v !== 1) return undefined;
  if (body.close !== undefined) return body.close.period < monthOf(recordedAtMs) ? body : undefined;
  return Array.isArray(body.d) ? body : undefined;
}

export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

function monthAfter(month: string): string {
  return monthOf(Date.parse(`${month}-28T00:00:00Z`) + 5 * 86_400_000);
}

/** Units of 10⁻¹², by moving the point in the text. */
export function toUnits(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(12, '0'));
}
