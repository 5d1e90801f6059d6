import { formatPeriod, parsePeriod, type Period } from '@pacspace/domain';

/** What a seal covers, as one text: seals of a customer with the same text follow each other. */
export type SealScope =
  | { readonly kind: 'period'; readonly period: Period }
  /** By event time; the end is not included. */
  | { readonly kind: 'window'; readonly fromMs: number; readonly toMs: number }
  /** Chosen by fingerprint: the root over them, hex (docs/spec/proofs.md, "Seal"). */
  | { readonly kind: 'subset'; readonly fingerprintsRoot: string };

export function formatScope(scope: SealScope): string {
  switch (scope.kind) {
    case 'period':
      return formatPeriod(scope.period);
    case 'window':
      return `${scope.fromMs}/${scope.toMs}`;
    case 'subset':
      return scope.fingerprintsRoot;
  }
}

const WINDOW = /^(-?\d+)\/(-?\d+)$/;

/** @throws RangeError on a text that formatScope does not write. */
export function parseScope(text: string): SealScope {
  const period = parsePeriod(text);
  if (period !== undefined) return { kind: 'period', period };
  const window = WINDOW.exec(text);
  if (window !== null) return { kind: 'window', fromMs: Number(window[1]), toMs: Number(window[2]) };
  if (/^[0-9a-f]{64}$/.test(text)) return { kind: 'subset', fingerprintsRoot: text };
  throw new RangeError(`not the scope of a seal: ${JSON.stringify(text.slice(0, 80))}`);
}
