import type { ToldCursor } from '@pacspace/ledger';
import type { ToldMessage } from '@pacspace/log';
import type { CustomerFact, DeltaEvents, ReportMade } from '@pacspace/wire';

/** One thing that was told of, by name: what is to be said of it is read when somebody listens. */
export type ToldItem =
  | (Named & { readonly kind: 'verified'; readonly recordKey: string })
  /** The customer's first delta, by which it came to be. */
  | (Named & { readonly kind: 'created'; readonly recordKey: string })
  | (Named & { readonly kind: 'failed'; readonly recordKey: string; readonly sequence: number })
  | {
      readonly kind: 'sealed';
      readonly environmentId: string;
      readonly logNo: number;
      readonly logIndex: number;
    }
  | { readonly kind: 'compared'; readonly environmentId: string; readonly fact: ReportMade };

interface Named {
  readonly environmentId: string;
  readonly customerId: string;
}

export interface ToldAt {
  readonly item: ToldItem;
  /** When it was told, by the log's clock. */
  readonly toldAtMs: number;
  /** Where the cursor is once this item is done. */
  readonly after: ToldCursor;
}

export interface ParsedMessage {
  readonly sequence: number;
  readonly toldAtMs: number;
  /** Undefined: nobody can read it. */
  readonly told: DeltaEvents | CustomerFact | undefined;
}

export function parseTold({ sequence, toldAtMs, payload }: ToldMessage): ParsedMessage {
  try {
    return { sequence, toldAtMs, told: JSON.parse(payload) as DeltaEvents | CustomerFact };
  } catch {
    return { sequence, toldAtMs, told: undefined };
  }
}

/**
 * What the messages of one subject hold beyond the cursor, item by item. The order and number of a message's items
 * follow from the message alone: the cursor counts them.
 */
export function* itemsOf(messages: readonly ParsedMessage[], from: ToldCursor): Generator<ToldAt> {
  let { parts } = from;
  for (const { sequence, toldAtMs, told } of messages) {
    if (told !== undefined && isHeard(told, from)) {
      let index = 0;
      for (const item of namedIn(told)) {
        index += 1;
        if (index <= parts) continue;
        yield { item, toldAtMs, after: { ...from, sequence: sequence - 1, parts: index } };
      }
    }
    parts = 0;
  }
}

/** Where the cursor is once all the messages are done. */
export function endOf(messages: readonly ParsedMessage[], from: ToldCursor): ToldCursor {
  const last = messages.at(-1);
  if (last === undefined) return from;
  const logSequence = messages.reduce(
    (most, { told }) => (told !== undefined && 'lane' in told ? Math.max(most, told.throughSequence) : most),
    from.logSequence,
  );
  return { subject: from.subject, sequence: last.sequence, parts: 0, logSequence };
}

/** A stream that was made anew is told again what it has lost: those deltas were heard of before. */
function isHeard(told: DeltaEvents | CustomerFact, from: ToldCursor): boolean {
  return !('lane' in told) || told.throughSequence > from.logSequence;
}

function* namedIn(told: DeltaEvents | CustomerFact): Generator<ToldItem> {
  if ('lane' in told) {
    for (const { environmentId, customerId, recordKeys, created } of told.verified) {
      const [first] = recordKeys;
      if (created && first !== undefined)
        yield { kind: 'created', environmentId, customerId, recordKey: first };
      for (const recordKey of recordKeys) yield { kind: 'verified', environmentId, customerId, recordKey };
    }
    for (const { environmentId, customerId, recordKey, sequence } of told.failed) {
      yield { kind: 'failed', environmentId, customerId, recordKey, sequence };
    }
  } else if (told.kind === 'sealed') {
    const { environmentId, logNo } = told;
    for (const logIndex of told.logIndexes) yield { kind: 'sealed', environmentId, logNo, logIndex };
  } else {
    yield { kind: 'compared', environmentId: told.environmentId, fact: told };
  }
}
