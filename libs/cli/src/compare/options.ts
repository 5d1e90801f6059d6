import { CONNECTION_OPTIONS } from '../connection.js';
import { CliError } from '../errors.js';
import { delimiterOf, formatOf, MAPPING_OPTIONS, TABLE_OPTIONS, TIME_FORMATS } from '../mapping-options.js';
import type { OptionSpecs, OptionValues } from '../options.js';

export const STATEMENT_OPTIONS = {
  customer: { type: 'string', value: 'ID', help: 'whose records these are' },
  period: {
    type: 'string',
    value: 'YYYY-MM',
    help: 'the month that the statement is of (else: all there is)',
  },
  'start-date': { type: 'string', value: 'TIME', help: 'with --end-date: a window instead of a month' },
  'end-date': { type: 'string', value: 'TIME', help: 'the first moment after the window' },
  ...MAPPING_OPTIONS,
  'time-format': { type: 'string', value: 'FORMAT', help: `${TIME_FORMATS}; else found out, or refused` },
  'time-zone': { type: 'string', value: 'ZONE', help: 'of times that name none: utc, +02:00, Europe/Berlin' },
  'decimal-mark': { type: 'string', value: '.|,', help: 'else found out from the amounts, or refused' },
} as const satisfies OptionSpecs;

export const FILE_OPTIONS = {
  format: {
    type: 'string',
    value: 'csv|ndjson|json',
    help: 'else by the name of the file (.ndjson, .jsonl, .json), and csv',
  },
  ...TABLE_OPTIONS,
} as const satisfies OptionSpecs;

export const RULE_OPTIONS = {
  'opposite-sign': { type: 'boolean', help: 'the statement has a plus where the ledger has a minus' },
  tolerance: {
    type: 'string',
    value: 'AMOUNT',
    help: 'amounts that differ by no more than this match (default 0)',
  },
  'tolerance-percent': { type: 'string', value: 'PERCENT', help: 'or by no more than this share of ours' },
  'time-window': {
    type: 'string',
    value: 'SECONDS',
    help: 'how far apart records without a common reference may lie (default 1)',
  },
  'timing-window': {
    type: 'string',
    value: 'SECONDS',
    help: 'likewise, for one that fell in the other period (default 0: by reference only)',
  },
  'map-reason': {
    type: 'string',
    value: 'THEIRS=OURS',
    multiple: true,
    help: 'what a reason of theirs is called here; may be repeated',
  },
  'no-groups': { type: 'boolean', help: 'one record never matches several' },
} as const satisfies OptionSpecs;

export const RUN_OPTIONS = {
  statement: {
    type: 'string',
    value: 'ID',
    help: 'instead of FILE: one that was handed in before (stm_…), under these rules',
  },
  export: {
    type: 'string',
    value: 'FILE',
    help: 'also write all that differs to this file, .csv or .ndjson',
  },
  json: { type: 'boolean', help: 'print the report as JSON' },
  quiet: { type: 'boolean', short: 'q', help: 'no progress and no page: the exit code tells' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
} as const satisfies OptionSpecs;

export const COMPARE_OPTIONS = {
  ...STATEMENT_OPTIONS,
  ...FILE_OPTIONS,
  ...RULE_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...RUN_OPTIONS,
} as const;

export type CompareValues = OptionValues<typeof COMPARE_OPTIONS>;

const MEDIA_TYPES = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  json: 'application/json',
} as const;

/** How the service is to read the file. @throws CliError USAGE */
export function uploadOf(file: string, values: CompareValues): { mediaType: string; query: URLSearchParams } {
  if (values.customer === undefined) throw new CliError('USAGE', 'whose records are these? Give --customer');
  if (values['amount-column'] === undefined) {
    throw new CliError('USAGE', 'which column holds the amounts? Give --amount-column');
  }
  const format = formatOf(file, values.format, ['csv', 'ndjson', 'json']);
  const query = new URLSearchParams({ customerId: values.customer, format });
  if (file !== '-') query.set('name', file.replace(/^.*[/\\]/, '').slice(0, 256));
  for (const name of Object.keys({ ...STATEMENT_OPTIONS, ...FILE_OPTIONS })) {
    if (name === 'customer' || name === 'format') continue;
    const value = values[name as keyof typeof STATEMENT_OPTIONS | keyof typeof FILE_OPTIONS];
    if (value === undefined) continue;
    if (name === 'no-quotes') query.set('quotes', 'false');
    else if (name === 'metadata-column') query.set('dimensionColumns', [value].flat().join(','));
    else for (const one of [value].flat()) query.append(toCamelCase(name), String(one));
  }
  const delimiter = format === 'csv' ? delimiterOf(file, values.delimiter) : ',';
  if (delimiter !== ',') query.set('delimiter', delimiter === '\t' ? 'tab' : delimiter);
  return { mediaType: MEDIA_TYPES[format], query };
}

const toCamelCase = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The rules as POST /compare takes them; what is not said is left to the service. @throws CliError USAGE */
export function rulesOf(values: CompareValues): object {
  const { tolerance: absolute, 'tolerance-percent': percent } = values;
  const reasons = (values['map-reason'] ?? []).map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new CliError('USAGE', `--map-reason ${JSON.stringify(text)} is not THEIRS=OURS`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return {
    ...(values['opposite-sign'] === true && { sign: 'opposite' }),
    ...((absolute ?? percent) !== undefined && {
      tolerance: { ...(absolute !== undefined && { absolute }), ...(percent !== undefined && { percent }) },
    }),
    ...secondsOf(values, 'time-window'),
    ...secondsOf(values, 'timing-window'),
    ...(reasons.length > 0 && { reasonMap: Object.fromEntries(reasons) as object }),
    ...(values['no-groups'] === true && { groups: false }),
  };
}

function secondsOf(values: CompareValues, name: 'time-window' | 'timing-window'): object {
  const text = values[name];
  if (text === undefined) return {};
  const seconds = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(seconds)) throw new CliError('USAGE', `--${name} is a number of seconds`);
  return { [`${toCamelCase(name)}Seconds`]: seconds };
}
