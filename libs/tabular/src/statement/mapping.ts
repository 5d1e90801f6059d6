import { DELTA_LIMITS, type FieldProblem } from '@pacspace/domain';
import { ENCODINGS, type Encoding } from '../decode-text.js';
import { DECIMAL_MARKS, type DecimalMark } from '../read-decimal.js';
import { findTimeReader } from '../read-time.js';
import { readFactor, SCALE_RULE } from '../scale-amount.js';
import { findZone } from '../time-zone.js';

export const STATEMENT_FORMATS = ['csv', 'ndjson', 'json'] as const;
export type StatementFormat = (typeof STATEMENT_FORMATS)[number];

/** What the columns of a statement mean. */
export interface StatementMapping {
  readonly format: StatementFormat;
  /** CSV: one character between cells. */
  readonly delimiter: string;
  /** CSV: false when quotes are ordinary characters. */
  readonly hasQuotes: boolean;
  /** Absent: by the byte order mark, or else UTF-8. */
  readonly encoding?: Encoding;
  readonly amountColumn: string;
  /** Every amount is multiplied by it, exactly. */
  readonly scale?: string;
  /** Every amount's sign is changed. */
  readonly negate?: true;
  readonly referenceColumn?: string;
  readonly reasonColumn?: string;
  /** Instead of a column: that of every record. */
  readonly reason?: string;
  readonly timeColumn?: string;
  /** See findTimeReader. Absent: found out, and refused when day and month might be swapped. */
  readonly timeFormat?: string;
  /** See findZone. Needed when times name none. */
  readonly timeZone?: string;
  /** Absent: found out, and refused when it might be either. */
  readonly decimalMark?: DecimalMark;
  /** Columns that are held against the metadata of the same name. */
  readonly dimensionColumns: readonly string[];
}

export type ParsedMapping =
  | { readonly ok: true; readonly mapping: StatementMapping }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

export const MAPPING_PARAMETERS = [
  'format',
  'delimiter',
  'quotes',
  'encoding',
  'amountColumn',
  'scale',
  'negate',
  'referenceColumn',
  'reason',
  'reasonColumn',
  'timeColumn',
  'timeFormat',
  'timeZone',
  'decimalMark',
  'dimensionColumns',
] as const;
type Parameter = (typeof MAPPING_PARAMETERS)[number];

const MOST_DIMENSIONS = 8;
const MOST_NAME_LENGTH = 256;

/**
 * Reads a mapping from the parameters of a request (MAPPING_PARAMETERS; others are not looked at). Every problem is
 * reported.
 */
export function parseStatementMapping(input: Readonly<Record<string, unknown>>): ParsedMapping {
  const problems: FieldProblem[] = [];
  const refuse = (path: Parameter, message: string): undefined => {
    problems.push({ path, message });
    return undefined;
  };
  const text = (name: Parameter, mostLength = MOST_NAME_LENGTH): string | undefined => {
    const value = input[name];
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && value.length <= mostLength) return value;
    return refuse(name, `must be given once, with at most ${mostLength} characters`);
  };
  const choice = <T extends string>(name: Parameter, choices: readonly T[]): T | undefined => {
    const value = text(name);
    const chosen = choices.find((one) => one === value);
    return value === undefined || chosen !== undefined
      ? chosen
      : refuse(name, `must be one of ${choices.map((one) => JSON.stringify(one)).join(', ')}`);
  };
  const format = choice('format', STATEMENT_FORMATS) ?? 'csv';
  const amountColumn = text('amountColumn');
  if (amountColumn === undefined && !problems.some(({ path }) => path === 'amountColumn'))
    refuse('amountColumn', 'must name the column that holds the amounts');
  const timeColumn = text('timeColumn');
  const [reason, reasonColumn] = [text('reason', DELTA_LIMITS.reasonLength), text('reasonColumn')];
  if (reason !== undefined && reasonColumn !== undefined)
    refuse('reason', 'must not be given with a reasonColumn');
  const isNegated = choice('negate', ['true', 'false']) === 'true';
  const scale = text('scale');
  if (readFactor(scale, isNegated) === undefined) refuse('scale', `must be ${SCALE_RULE}`);
  const optional = {
    encoding: choice('encoding', ENCODINGS),
    scale,
    ...(isNegated && { negate: true as const }),
    referenceColumn: text('referenceColumn'),
    ...{ reason, reasonColumn },
    timeColumn,
    timeFormat: checkTimeFormat(text('timeFormat'), timeColumn, refuse),
    timeZone: checkTimeZone(text('timeZone'), timeColumn, refuse),
    decimalMark: choice('decimalMark', DECIMAL_MARKS),
  };
  const mapping = {
    format,
    delimiter: checkDelimiter(text('delimiter'), refuse),
    hasQuotes: choice('quotes', ['true', 'false']) !== 'false',
    amountColumn: amountColumn ?? '',
    ...dropAbsent(optional),
    dimensionColumns: readDimensions(input['dimensionColumns'], refuse),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, mapping };
}

type Refuse = (path: Parameter, message: string) => undefined;

export const DELIMITER_RULE = 'one character, not a quote or a line break; or "tab"';

/** Undefined: what is given cannot stand between cells. */
export function readDelimiter(given = ','): string | undefined {
  if (given === 'tab' || given === '\\t') return '\t';
  return given.length === 1 && !/["\r\n]/.test(given) ? given : undefined;
}

function checkDelimiter(value: string | undefined, refuse: Refuse): string {
  return readDelimiter(value) ?? refuse('delimiter', `must be ${DELIMITER_RULE}`) ?? ',';
}

function checkTimeFormat(
  value: string | undefined,
  column: string | undefined,
  refuse: Refuse,
): string | undefined {
  if (value === undefined) return undefined;
  if (column === undefined) return refuse('timeFormat', 'needs a timeColumn');
  const utc = findZone('utc');
  if (utc !== undefined && findTimeReader(value, utc) !== undefined) return value;
  return refuse(
    'timeFormat',
    'must be iso, unix-s, unix-ms, unix-us, unix-ns, or a pattern of YYYY MM M DD D HH H hh h A mm ss S Z with one year, month and day, such as "DD/MM/YYYY HH:mm:ss"',
  );
}

function checkTimeZone(
  value: string | undefined,
  column: string | undefined,
  refuse: Refuse,
): string | undefined {
  if (value === undefined) return undefined;
  if (column === undefined) return refuse('timeZone', 'needs a timeColumn');
  return findZone(value) === undefined
    ? refuse('timeZone', 'must be utc, an offset such as +02:00, or a name such as Europe/Berlin')
    : value;
}

function readDimensions(value: unknown, refuse: Refuse): readonly string[] {
  if (value === undefined || value === '') return [];
  const parts = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  const names = parts.flatMap((part) => (typeof part === 'string' ? part.split(',') : ['']));
  const isGood = names.every((name) => name !== '' && name.length <= MOST_NAME_LENGTH);
  if (isGood && names.length <= MOST_DIMENSIONS && new Set(names).size === names.length) return names;
  refuse('dimensionColumns', `must be at most ${MOST_DIMENSIONS} different names, separated by commas`);
  return [];
}

function dropAbsent<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
