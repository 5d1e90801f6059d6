import { DELTA_LIMITS, type Amount, isCustomerId } from '@pacspace/domain';
import {
  ENCODINGS,
  type Encoding,
  findTimeReader,
  findZone,
  readFactor,
  SCALE_RULE,
} from '@pacspace/tabular';
import { CONNECTION_OPTIONS } from '../connection.js';
import { CliError } from '../errors.js';
import { delimiterOf, formatOf, MAPPING_OPTIONS, TABLE_OPTIONS, TIME_FORMATS } from '../mapping-options.js';
import { type OptionSpecs, type OptionValues, asOption } from '../options.js';
import type { ImportPlan, Source } from './plan.js';

export const COLUMN_OPTIONS = {
  customer: { type: 'string', value: 'ID', help: 'the customer of every row' },
  'customer-column': { type: 'string', value: 'NAME', help: 'the column that holds the customer' },
  ...MAPPING_OPTIONS,
  reason: {
    ...MAPPING_OPTIONS.reason,
    help: 'the reason of every delta (else the name of its amount column)',
  },
  'time-format': { type: 'string', value: 'FORMAT', help: `${TIME_FORMATS}; iso unless told` },
  'time-zone': {
    type: 'string',
    value: 'ZONE',
    help: 'zone of times that name none: utc (default), +02:00, Europe/Berlin. A time that the clocks showed twice is taken as the earlier one; one that they skipped is a reject',
  },
  constant: {
    type: 'string',
    value: 'NAME=TEXT',
    multiple: true,
    help: 'metadata that is the same for every delta; may be repeated',
  },
  'key-column': {
    type: 'string',
    value: 'NAME',
    multiple: true,
    help: 'a column that identifies a row, alone or with others (else all its cells do): see "What is the same row"',
  },
  'key-namespace': { type: 'string', value: 'TEXT', help: 'import the same rows once more, as other usage' },
} as const satisfies OptionSpecs;

export const FILE_OPTIONS = {
  format: {
    type: 'string',
    value: 'csv|ndjson',
    help: 'else by the name of the file (.ndjson, .jsonl), and csv',
  },
  ...TABLE_OPTIONS,
  limit: { type: 'string', value: 'N', help: 'stop after N rows' },
  rejects: {
    type: 'string',
    value: 'FILE',
    help: 'where to list rejected rows (else FILE.rejects.csv; made only when there are any)',
  },
} as const satisfies OptionSpecs;

export const RUN_OPTIONS = {
  'dry-run': {
    type: 'boolean',
    help: 'read and check everything, send nothing, print totals and the first deltas',
  },
  'batch-size': { type: 'string', value: 'N', help: 'deltas a request, 1 to 10000 (default 2000)' },
  concurrency: {
    type: 'string',
    value: 'N',
    help: 'requests in flight, 1 to 32 (default 4); with 1 the ledger has the rows in the order of the file',
  },
  'retry-for': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long to go on when the server cannot be reached (default 15 if it never was, else 300)',
  },
  quiet: { type: 'boolean', short: 'q', help: 'no progress and no summary' },
  json: { type: 'boolean', help: 'print the summary as one line of JSON' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
} as const satisfies OptionSpecs;

export const IMPORT_OPTIONS = {
  ...COLUMN_OPTIONS,
  ...FILE_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...RUN_OPTIONS,
} as const;

export type ImportValues = OptionValues<typeof IMPORT_OPTIONS>;

/** How to run an import; what its rows mean is the plan's. */
export interface ImportSettings {
  readonly format: 'csv' | 'ndjson';
  readonly delimiter: string;
  readonly hasQuotes: boolean;
  readonly encoding: Encoding | undefined;
  readonly limit: number;
  readonly rejectsPath: string;
  readonly isDryRun: boolean;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly retryForMs: number | undefined;
}

/** True when the options say whose usage the file is and which columns hold it. */
export function hasColumns(values: ImportValues): boolean {
  const hasCustomer = values.customer !== undefined || values['customer-column'] !== undefined;
  return hasCustomer && values['amount-column'] !== undefined;
}

/** @throws CliError USAGE for options that exclude each other or have no such value. */
export function readSettings(file: string, values: ImportValues): ImportSettings {
  const encoding = ENCODINGS.find((name) => name === values.encoding);
  if (values.encoding !== undefined && encoding === undefined) {
    throw new CliError('USAGE', `--encoding is one of ${ENCODINGS.join(', ')}`);
  }
  const retryFor =
    values['retry-for'] === undefined ? undefined : readWhole(values, 'retry-for', [0, 86_400]);
  return {
    format: formatOf(file, values.format, ['csv', 'ndjson']),
    delimiter: delimiterOf(file, values.delimiter),
    hasQuotes: values['no-quotes'] !== true,
    encoding,
    limit: readWhole(values, 'limit', [1, Number.MAX_SAFE_INTEGER]) ?? Infinity,
    rejectsPath: values.rejects ?? `${file === '-' ? 'stdin' : file}.rejects.csv`,
    isDryRun: values['dry-run'] === true,
    batchSize: readWhole(values, 'batch-size', [1, 10_000]) ?? 2_000,
    concurrency: readWhole(values, 'concurrency', [1, 32]) ?? 4,
    retryForMs: retryFor === undefined ? undefined : retryFor * 1000,
  };
}

function readWhole(
  values: ImportValues,
  name: 'limit' | 'batch-size' | 'concurrency' | 'retry-for',
  [least, most]: readonly [number, number],
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new CliError('USAGE', `--${name} is a whole number from ${least} to ${most}`);
}

/** @throws CliError USAGE likewise. Call with options for which `hasColumns` is true. */
export function readPlan(values: ImportValues): ImportPlan {
  const customer = readSource(values, 'customer', 'customer-column');
  const amountColumns = values['amount-column'];
  if (customer === undefined || amountColumns === undefined) {
    throw new CliError('USAGE', 'say --customer or --customer-column, and --amount-column');
  }
  if ('constant' in customer && !isCustomerId(customer.constant)) {
    throw new CliError('USAGE', '--customer is 1 to 128 characters of letters, digits, and _ - . :');
  }
  if (new Set(amountColumns).size < amountColumns.length) {
    throw new CliError(
      'USAGE',
      'the same --amount-column is given twice: it would be one delta all the same',
    );
  }
  const reason = readSource(values, 'reason', 'reason-column');
  if (
    reason !== undefined &&
    'constant' in reason &&
    (reason.constant === '' || reason.constant.length > DELTA_LIMITS.reasonLength)
  ) {
    throw new CliError('USAGE', `--reason is 1 to ${DELTA_LIMITS.reasonLength} characters long`);
  }
  const referenceColumn = values['reference-column'];
  const time = readTimeOption(values);
  return {
    customer,
    amountColumns,
    ...(reason !== undefined && { reason }),
    factor: factorOf(values),
    ...(time !== undefined && { time }),
    ...(referenceColumn !== undefined && { referenceColumn }),
    metadataColumns: values['metadata-column'] ?? [],
    metadataConstants: (values.constant ?? []).map(readConstant),
    keyColumns: values['key-column'] ?? [],
    keyNamespace: values['key-namespace'] ?? '',
  };
}

function readSource(
  values: ImportValues,
  constant: 'customer' | 'reason',
  column: 'customer-column' | 'reason-column',
): Source | undefined {
  const [fixed, named] = [values[constant], values[column]];
  if (fixed !== undefined && named !== undefined)
    throw new CliError('USAGE', `--${constant} and --${column} exclude each other`);
  if (fixed !== undefined) return { constant: fixed };
  return named === undefined ? undefined : { column: named };
}

function readTimeOption(values: ImportValues): ImportPlan['time'] {
  const column = values['time-column'];
  const zoneName = values['time-zone'] ?? 'utc';
  const format = values['time-format'] ?? 'iso';
  if (column === undefined) {
    if (values['time-zone'] !== undefined || values['time-format'] !== undefined) {
      throw new CliError('USAGE', '--time-zone and --time-format need a --time-column');
    }
    return undefined;
  }
  const zone = findZone(zoneName);
  if (zone === undefined)
    throw new CliError(
      'USAGE',
      `there is no time zone ${JSON.stringify(zoneName)}: utc, +02:00, Europe/Berlin`,
    );
  const read = findTimeReader(format, zone, asOption);
  if (read === undefined) {
    throw new CliError(
      'USAGE',
      `--time-format ${JSON.stringify(format)} is not iso, unix-s, unix-ms, unix-us, unix-ns, nor a pattern with one year, month and day, and hh only with A`,
    );
  }
  return { column, read };
}

function factorOf(values: ImportValues): Amount {
  const factor = readFactor(values.scale, values.negate === true);
  if (factor === undefined) throw new CliError('USAGE', `--scale is ${SCALE_RULE}`);
  return factor;
}

function readConstant(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError('USAGE', `--constant ${JSON.stringify(text)} is not NAME=TEXT`);
  return [text.slice(0, at), text.slice(at + 1)];
}
