import { isCustomerId, isJsonObject, parsePeriod, parseTimeOrDate, periodOf } from '@pacspace/domain';
import { type FieldError } from '@pacspace/wire';
import { invalid } from '../reads/query.js';
import { chooseScope, type CheckpointScope } from './parse-scope.js';

/** Fingerprints in one subset: what fits into a message of the bus. */
export const MOST_FINGERPRINTS = 10_000;

export interface CheckpointBody {
  /** Absent: every customer that is active in the scope. */
  readonly customerId: string | undefined;
  readonly scope: CheckpointScope;
}

type Report = (path: string, message: string) => undefined;

/** Modes that say "the fingerprints"; without them there is nothing that such a mode could mean. */
const SUBSET_MODES: ReadonlySet<unknown> = new Set(['fingerprints', 'selected', 'selection', 'subset']);

/**
 * What POST /checkpoint asks for; without a scope the current month. Members that are null are absent, unknown ones
 * are let pass.
 *
 * @throws ApiError VALIDATION_FAILED with every problem; INVALID_SCOPE_COMBINATION | SCOPE_TOO_WIDE
 */
export function parseCheckpointBody(body: unknown, nowMs: number): CheckpointBody {
  const given = body ?? {};
  if (!isJsonObject(given)) throw invalid([{ path: 'body', message: 'must be a JSON object' }]);
  const problems: FieldError[] = [];
  const report = (path: string, message: string): undefined => void problems.push({ path, message });
  const read = <T>(
    path: string,
    expected: string,
    parse: (value: unknown) => T | undefined,
  ): T | undefined => {
    const value = given[path] ?? undefined;
    return value === undefined || value === ''
      ? undefined
      : (parse(value) ?? report(path, `must be ${expected}`));
  };

  const customerId = read('customerId', 'a customer id: 1 to 128 of letters, digits, and _ - . :', (value) =>
    isCustomerId(value) ? value : undefined,
  );
  const period = read('period', 'a month, such as 2026-11', (value) =>
    typeof value === 'string' ? parsePeriod(value) : undefined,
  );
  const timePreset = read('timePreset', 'current_month or custom', (value) =>
    value === 'current_month' || value === 'custom' ? value : undefined,
  );
  const startDate = read('startDate', TIME, parseTimeValue);
  const endDate = read('endDate', TIME, parseTimeValue);
  const fingerprints = parseFingerprints(given['fingerprints'] ?? undefined, report);
  if (SUBSET_MODES.has(given['mode']) && given['fingerprints'] === undefined) {
    report('fingerprints', 'must be given with this mode');
  }
  const currentPeriod = periodOf(nowMs);
  if (period !== undefined && period > currentPeriod) report('period', 'must not lie in the future');
  if (startDate !== undefined && startDate > nowMs) report('startDate', 'must not lie in the future');
  if (fingerprints !== undefined && customerId === undefined) {
    report('customerId', 'must be given with fingerprints: they are those of one customer');
  }
  if (problems.length > 0) throw invalid(problems);

  const scope = chooseScope({ period, timePreset, startDate, endDate, fingerprints }, currentPeriod);
  return { customerId, scope: scope ?? { kind: 'period', period: currentPeriod } };
}

const TIME = 'an ISO 8601 date, or a time with its zone, such as 2026-11-24T03:19:53Z';

function parseTimeValue(value: unknown): number | undefined {
  return typeof value === 'string' ? parseTimeOrDate(value) : undefined;
}

const FINGERPRINT = /^(?:0x)?([0-9a-f]{64})$/i;

function parseFingerprints(value: unknown, report: Report): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_FINGERPRINTS) {
    return report(
      'fingerprints',
      `must be a list of 1 to ${MOST_FINGERPRINTS.toLocaleString('en')} fingerprints`,
    );
  }
  const fingerprints = value.map((one) =>
    typeof one === 'string' ? FINGERPRINT.exec(one)?.[1]?.toLowerCase() : undefined,
  );
  const wrong = fingerprints.indexOf(undefined);
  if (wrong >= 0) return report(`fingerprints.${wrong}`, 'must be 64 hexadecimal digits');
  return fingerprints.filter((one) => one !== undefined);
}
