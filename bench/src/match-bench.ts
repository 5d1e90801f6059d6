import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectNode } from '../../tools/servers/index.mjs';
import { MATCH_CASES, type MatchCase, type MatchCost } from './match-cases.js';
import type { Figure } from './report.js';

const WORKER = join(import.meta.dirname, 'match-worker.js');

const WHAT: Readonly<Record<MatchCase, string>> = {
  references: 'matched by reference, 2 % of them faulty',
  rules: 'matched by rules, no side has references',
  nothing: 'where nothing matches',
};

/** (m) The matcher alone, on each side so many records that are made as it reads: CPU, whatever else the machine does. */
export async function benchMatching(records = 1_000_000): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const which of MATCH_CASES) {
    const { stdout } = await promisify(execFile)(projectNode(), [WORKER, which, String(records)]);
    const { cpuSeconds, peakMb } = JSON.parse(stdout) as MatchCost;
    const what = `${records.toLocaleString('en')} against as many, ${WHAT[which]}`;
    figures.push(
      { id: `m.${which}.cpu`, what, value: cpuSeconds, unit: 's of CPU' },
      { id: `m.${which}.memory`, what: `${WHAT[which]}: resident at most`, value: peakMb, unit: 'MB' },
    );
  }
  return figures;
}
