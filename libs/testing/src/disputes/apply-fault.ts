import type { Fault } from './dispute.js';
import { type Bundle, type Draft, type DisputeDraft, same } from './draft.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** More than any record falls to by chance, and few beside all the records. */
const RUN = 20;

/** Does one fault to a dispute and notes what must be found of it. */
export function applyFault(draft: DisputeDraft, fault: Fault): void {
  const { random, bundles } = draft;
  const each = draft.options.each ?? 5;
  const loseAll = (lost: readonly Draft[]): void => {
    for (const record of lost) bundles.push({ class: 'onlyHere', here: [record], there: [] });
  };
  switch (fault) {
    case 'drop':
      loseAll(draft.take(each));
      return;
    case 'dropDay': {
      const day = draft.pickDay();
      loseAll(draft.takeAll(({ timeMs }) => timeMs >= day && timeMs < day + DAY_MS));
      // No other fault is to put a row into that day, not even with a shifted clock.
      const isNear = ({ timeMs }: Draft): boolean =>
        Math.abs(timeMs - day - DAY_MS / 2) < DAY_MS / 2 + 3 * HOUR_MS;
      bundles.push(...draft.takeAll(isNear).map(same));
      draft.causes.push('missingDays');
      return;
    }
    case 'dropReason':
      loseAll(rename(draft.take(RUN), (record) => (record.reason = 'support')));
      draft.causes.push('missingReason');
      return;
    case 'dropRegion':
      loseAll(rename(draft.take(RUN), (record) => (record.region = 'ap-1')));
      draft.causes.push('missingDimension');
      return;
    case 'invent':
      for (const model of draft.take(each)) {
        bundles.push(same(model));
        const invented = {
          ...model,
          reference: draft.newReference('n'),
          amount: draft.randomAmount(),
          timeMs: model.timeMs + 5,
        };
        bundles.push({ class: 'onlyThere', here: [], there: [invented] });
      }
      return;
    case 'duplicate':
      for (const record of draft.take(each)) {
        bundles.push(same(record), { class: 'duplicateThere', here: [], there: [{ ...record }] });
      }
      return;
    case 'duplicateHere':
      for (const record of draft.take(each)) {
        bundles.push(same(record), { class: 'duplicateHere', here: [{ ...record }], there: [] });
      }
      return;
    case 'batchTwice':
      for (const record of draft.take(RUN, { asRun: true })) {
        bundles.push(same(record));
        draft.appended.push({ class: 'duplicateThere', here: [], there: [{ ...record }] });
      }
      draft.causes.push('batchTwice');
      return;
    case 'resend':
      for (const record of draft.take(RUN, { asRun: true })) {
        bundles.push(same(record));
        const copy = { ...record, reference: draft.newReference('again') };
        // Without references a copy is a copy.
        const found = copy.reference === undefined ? 'duplicateThere' : 'onlyThere';
        draft.appended.push({ class: found, here: [], there: [copy] });
      }
      draft.causes.push('batchTwice');
      return;
    case 'shift':
      draft.shiftMs = 2 * HOUR_MS;
      draft.causes.push('shiftedClock');
      return;
    case 'scale':
      for (const record of draft.take(RUN, { asRun: true })) {
        record.amount *= 1_000n;
        bundles.push(unequal(record, record.amount / 1_000n));
      }
      draft.causes.push('constantFactor');
      return;
    case 'flip':
      for (const record of draft.take(RUN, { asRun: true })) bundles.push(unequal(record, -record.amount));
      draft.causes.push('flippedSign');
      return;
    case 'mistype':
      for (const record of draft.take(each))
        bundles.push(unequal(record, record.amount + draft.randomAmount()));
      return;
    case 'mistypeReference':
      for (const record of draft.take(each)) {
        const reference = record.reference === undefined ? undefined : `${record.reference}x`;
        bundles.push({ class: 'matched', here: [record], there: [{ ...record, reference }] });
      }
      return;
    case 'merge':
      for (let i = 0; i < each; i += 1) merge(draft);
      return;
    case 'split':
      for (const record of draft.take(each)) split(draft, record);
      return;
    case 'late':
      for (const record of draft.take(each)) {
        const timeMs = record.timeMs + 31 * DAY_MS;
        bundles.push({ class: 'timing', here: [record], there: [{ ...record, timeMs }] });
      }
      return;
  }

  function unequal(record: Draft, amount: bigint): Bundle {
    return { class: 'amountDiffers', here: [record], there: [{ ...record, amount }] };
  }

  function merge(into: DisputeDraft): void {
    const parts = into.take(random.whole(2, 4));
    const [first] = parts;
    if (first === undefined) return;
    for (const [i, part] of parts.entries()) {
      part.timeMs = first.timeMs + i * 10;
      part.reason = first.reason;
    }
    const amount = parts.reduce((sum, part) => sum + part.amount, 0n);
    const reference = random.next() < 0.5 ? first.reference : into.newReference('m');
    bundles.push({ class: 'matched', here: parts, there: [{ ...first, reference, amount }] });
  }

  function split(into: DisputeDraft, record: Draft): void {
    const size = random.whole(2, 4);
    const keepsReference = random.next() < 0.5;
    const parts: Draft[] = [];
    let left = record.amount;
    for (let i = 0; i < size; i += 1) {
      // Uneven, so that no part is another's amount.
      const amount = i === size - 1 ? left : (left * BigInt(31 + 2 * i)) / 100n;
      left -= amount;
      parts.push({
        ...record,
        amount,
        reference: keepsReference ? record.reference : into.newReference('s'),
      });
    }
    bundles.push({ class: 'matched', here: [record], there: parts });
  }
}

function rename(records: readonly Draft[], change: (record: Draft) => void): readonly Draft[] {
  for (const record of records) change(record);
  return records;
}
