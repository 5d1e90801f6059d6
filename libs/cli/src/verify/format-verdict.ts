import type { Step, Verdict } from '@pacspace/proof';
import type { FileVerdict } from './verify-file.js';

const MARK: Readonly<Record<Step['outcome'], string>> = { holds: '✓', unchecked: '?', refused: '✗' };

const HEADLINE: Readonly<Record<Verdict, string>> = {
  proven: 'PROVEN',
  incomplete: 'INCOMPLETE: nothing is wrong, but not all of it is proven',
  refused: 'REFUSED: do not rely on it',
};

/** One file's verdict for people: what was checked, step by step, and what a proof of this kind does not show. */
export function formatVerdict({ file, kind, verdict, steps }: FileVerdict): string {
  const lines = [
    `${file}: ${HEADLINE[verdict]}`,
    ...steps.map(({ name, outcome, sentence }) => `  ${MARK[outcome]} ${name.padEnd(9)} ${sentence}`),
  ];
  if (verdict !== 'refused' && kind !== undefined) {
    lines.push(...notShown(kind, steps).map((sentence) => `  Not shown: ${sentence}`));
  }
  return lines.join('\n');
}

function notShown(kind: NonNullable<FileVerdict['kind']>, steps: readonly Step[]): readonly string[] {
  const completeness =
    kind === 'receipt'
      ? 'that the customer has no other delta; a statement of the period shows that.'
      : 'anything outside the scope of its seal.';
  const truth = 'that what was recorded is true; only that it was recorded so, and when.';
  const isOnline = steps.some(({ name, outcome }) => name === 'online' && outcome === 'holds');
  const head = isOnline
    ? 'that others are shown the same head; compare heads with somebody else for that.'
    : "that the log's history is still the same today; --online shows that.";
  return [completeness, truth, head];
}
