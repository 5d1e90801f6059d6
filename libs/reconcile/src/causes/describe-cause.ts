import { formatAmount } from '@pacspace/domain';
import type { Side } from '../records.js';
import type { Cause } from './cause.js';

const NAMES: Readonly<Record<Side, string>> = { here: 'the ledger', there: 'the statement' };
const HOUR_MS = 3_600_000;

/** One sentence for people, with exact amounts. */
export function describeCause(cause: Cause): string {
  return `${explain(cause)}: ${count(cause)}, ${signed(formatAmount(cause.contribution))} of the discrepancy`;
}

function explain(cause: Cause): string {
  switch (cause.kind) {
    case 'missingDays': {
      const [first, last] = [dayOf(cause.startMs), dayOf(cause.endMs - 1)];
      return `${NAMES[cause.side]} has no records ${first === last ? `on ${first}` : `from ${first} to ${last}`}`;
    }
    case 'constantFactor': {
      const { numerator, denominator } = cause;
      const factor = denominator === 1n ? String(numerator) : `${numerator}/${denominator}`;
      return `the statement's amounts are the ledger's times ${factor}`;
    }
    case 'flippedSign':
      return "the statement's amounts have the other sign";
    case 'shiftedClock': {
      const ahead = cause.shiftMs > 0 ? 'ahead of' : 'behind';
      const hours = Math.abs(cause.shiftMs) / HOUR_MS;
      return `the statement's clock is ${hours} h ${ahead} the ledger's (seen in ${cause.pairs} pairs)`;
    }
    case 'batchTwice': {
      const what = cause.side === 'here' ? 'records with the indexes' : 'rows';
      return `${NAMES[cause.side]} has a batch twice (${what} ${cause.fromPosition} to ${cause.toPosition})`;
    }
    case 'missingReason':
      return `${NAMES[cause.side]} has no records under the reason ${JSON.stringify(cause.reason)}`;
    case 'missingDimension':
      return `${NAMES[cause.side]} has no records with ${cause.dimension} ${JSON.stringify(cause.value)}`;
  }
}

function count({ findings }: Cause): string {
  return findings === 1 ? '1 finding' : `${findings} findings`;
}

function signed(amount: string): string {
  return amount.startsWith('-') || amount === '0' ? amount : `+${amount}`;
}

/** The day in UTC, YYYY-MM-DD. */
function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
