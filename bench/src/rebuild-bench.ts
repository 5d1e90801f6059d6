import { countEntries } from './project-bench.js';
import type { Figure } from './report.js';
import type { System } from './system.js';

/** (e) The whole log folded once more into fresh tables, the rate at which the folding alone goes on. */
export async function benchRebuild(system: System, endToEnd: number): Promise<Figure[]> {
  await system.stopApp('gateway');
  const entries = await countEntries(system);
  const output = await system.run('projector', 'main', ['rebuild', '--swap', 'never']);
  const last = [...output.matchAll(/ deltas, ([\d,]+)\/s/g)].at(-1)?.[1];
  if (last === undefined || !output.includes('equal to the one in use')) {
    throw new Error(`the rebuild did not come out equal:\n${output.slice(-1_000)}`);
  }
  return [
    {
      id: 'e.rebuild',
      what: `rebuild of ${entries.toLocaleString('en')} deltas from the log`,
      value: Number(last.replaceAll(',', '')),
      unit: 'deltas/s',
      ceiling: { what: 'end to end, above', value: endToEnd },
      target: { kind: 'ratio', min: 1 },
    },
  ];
}
