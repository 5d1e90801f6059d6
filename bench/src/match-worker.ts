import { readFileSync } from 'node:fs';
import { DEFAULT_RULES, matchRecords, type RecordStream, type SideRecord } from '@pacspace/reconcile';
import { MATCH_CASES, type MatchCase, type MatchCost } from './match-cases.js';

const UNIT = 10n ** 12n;
const BATCH = 1_000;
const STEP_MS = 2_000;
const FIRST_MS = Date.UTC(2026, 8, 1);
const REASONS = ['tokens.input', 'tokens.output', 'storage'];
/** One in so many is missing there, and one has another amount. */
const FAULT_EVERY = 100;

interface Place {
  readonly which: MatchCase;
  readonly side: 'here' | 'there';
}

function recordOf(number: number, { which, side }: Place): SideRecord {
  const isStrange = which === 'nothing' && side === 'there';
  const isMistyped = which !== 'nothing' && side === 'there' && number % FAULT_EVERY === 2;
  const amount = 1 + ((number * 7919) % 4096) + (isMistyped ? 5_000 : 0);
  return {
    position: number,
    reference:
      which === 'rules' ? undefined : `${isStrange ? 'there' : 'req'}-${String(number).padStart(8, '0')}`,
    // What is to match nothing has other amounts, at other times.
    amount: BigInt(amount) * UNIT + (isStrange ? 1n : 0n),
    timeMs: FIRST_MS + number * STEP_MS + (isStrange ? 365 * 86_400_000 : 0),
    reason: REASONS[number % REASONS.length],
    dimensions: [],
    isOutside: false,
  };
}

async function* sideOf(records: number, place: Place): RecordStream {
  let batch: SideRecord[] = [];
  for (let number = 0; number < records; number += 1) {
    const isMissing = place.side === 'there' && place.which !== 'nothing' && number % FAULT_EVERY === 1;
    if (!isMissing) batch.push(recordOf(number, place));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
    await Promise.resolve();
  }
  if (batch.length > 0) yield batch;
}

/** What matching costs in a process of its own: by its end, all of the process's CPU and the most that was resident. */
async function measure(which: MatchCase, records: number): Promise<MatchCost> {
  const options = { rules: DEFAULT_RULES, dimensions: [], scope: { startMs: undefined, endMs: undefined } };
  const sides = {
    here: sideOf(records, { which, side: 'here' }),
    there: sideOf(records, { which, side: 'there' }),
  };
  const { classes } = await matchRecords(sides, options, () => undefined);
  const faults = which === 'nothing' ? records : records / FAULT_EVERY;
  if (classes.onlyHere.findings !== faults) {
    throw new Error(`${which}: ${classes.onlyHere.findings} are found only here, where ${faults} are`);
  }
  const { user, system } = process.cpuUsage();
  const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return { cpuSeconds: (user + system) / 1e6, peakMb: Number(peakKb) / 1024 };
}

const [, , name, records] = process.argv;
const which = MATCH_CASES.find((one) => one === name);
if (which === undefined) throw new Error(`no such case: ${String(name)}`);
console.log(JSON.stringify(await measure(which, Number(records))));
