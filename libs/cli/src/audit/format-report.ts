import type { AuditFinding, AuditReport } from '@pacspace/audit';
import type { Verdict } from '@pacspace/proof';

/** proven: all of it was checked, and holds. */
export function verdictOf(result: AuditReport): Verdict {
  if (result.findings.length > 0) return 'refused';
  return openParts(result).length > 0 ? 'incomplete' : 'proven';
}

export function formatFinding({ part, unit, sentence }: AuditFinding): string {
  return `✗ ${part}: ${unit}: ${sentence}`;
}

const HEADLINE: Readonly<Record<Verdict, string>> = {
  proven: 'ALL OF IT HOLDS',
  incomplete: 'NOTHING IS WRONG in what could be checked',
  refused: 'SOMETHING IS WRONG',
};

export function formatReport(result: AuditReport): string {
  const { findings, unlisted } = result;
  const lines = [HEADLINE[verdictOf(result)], ...findings.map((finding) => `  ${formatFinding(finding)}`)];
  if (unlisted > 0) lines.push(`  and ${unlisted.toLocaleString('en')} more`);
  return [...lines, ...notChecked(result).map((sentence) => `  Not checked: ${sentence}`)].join('\n');
}

/** What could have been checked, with more at hand. */
function openParts({ comparedWithLog, unchecked }: AuditReport): string[] {
  const { deltas, heads, window } = unchecked;
  return [
    ...(comparedWithLog ? [] : ['whether the ledger is what the log says: give NATS_URL.']),
    ...(deltas > 0 ? [`${number(deltas)} deltas against the log, which does not hold them any more.`] : []),
    ...(heads > 0
      ? [
          `the signatures of ${number(heads)} heads by keys of yours, only by those that the data base lists: give --key-file.`,
        ]
      : []),
    ...(window > 0 ? [`${number(window)} sealed windows: of each customer the first ones only.`] : []),
  ];
}

/** All that, and what nobody could check here. */
export function notChecked(result: AuditReport): string[] {
  const { subset } = result.unchecked;
  return [
    ...openParts(result),
    ...(subset > 0
      ? [`the roots of ${number(subset)} seals of chosen deltas: which were chosen is not stored.`]
      : []),
    'that others were shown the same heads; compare heads with somebody else for that.',
    'tenants and API keys, caches, events, and what requests and runs say of themselves (keys, times).',
  ];
}

const number = (n: number): string => n.toLocaleString('en');
