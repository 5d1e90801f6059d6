import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** One measured figure and, where there is one, the ceiling of the same run that it is held against. */
export interface Figure {
  /** e.g. "a.emit.512" */
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly ceiling?: { readonly what: string; readonly value: number };
  /** What the project wants: at least, or at most, this value or this ratio. */
  readonly target?: { readonly kind: 'value' | 'ratio'; readonly min?: number; readonly max?: number };
}

export function ratioOf({ value, ceiling }: Figure): number | undefined {
  return ceiling === undefined ? undefined : value / ceiling.value;
}

/** undefined: nothing was wanted. */
export function isReached(figure: Figure): boolean | undefined {
  const { target, value } = figure;
  if (target === undefined) return undefined;
  const held = target.kind === 'value' ? value : (ratioOf(figure) ?? Number.NaN);
  return held >= (target.min ?? Number.NEGATIVE_INFINITY) && held <= (target.max ?? Number.POSITIVE_INFINITY);
}

export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map((figure) => {
    const ratio = ratioOf(figure);
    const reached = isReached(figure);
    return [
      figure.id,
      figure.what,
      `${show(figure.value)} ${figure.unit}`,
      figure.ceiling === undefined ? '' : `${show(figure.ceiling.value)} (${figure.ceiling.what})`,
      ratio === undefined ? '' : ratio.toFixed(2),
      figure.target === undefined ? '' : describe(figure.target),
      reached === undefined ? '' : reached ? 'yes' : 'NO',
    ];
  });
  const head = ['', 'what', 'measured', 'ceiling', 'ratio', 'wanted', 'reached'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

function show(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

function describe({ kind, min, max }: NonNullable<Figure['target']>): string {
  const bound = min === undefined ? `≤ ${show(max ?? Number.NaN)}` : `≥ ${show(min)}`;
  return kind === 'ratio' ? `${bound} of it` : bound;
}

/** Writes the run as JSON; @returns where. */
export function writeResults(figures: readonly Figure[], startedAt: Date): string {
  const dir = join(import.meta.dirname, '..', 'results');
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'latest.json');
  const machine = {
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  const results = figures.map((figure) => ({
    ...figure,
    ratio: ratioOf(figure),
    reached: isReached(figure),
  }));
  writeFileSync(
    path,
    `${JSON.stringify({ startedAt: startedAt.toISOString(), machine, results }, null, 2)}\n`,
  );
  return path;
}
