import { DELTA_LIMITS } from '@pacspace/domain';
import { parseStatementMapping, type StatementMapping } from '@pacspace/tabular';
import type { ScopeAsOf } from '@pacspace/wire';
import { z } from 'zod';
import { chooseScope, scopeParams } from '../../reads/derive/parse-derive-query.js';
import { choiceParam, customerParam, invalid, parseQuery, textParam } from '../../reads/query.js';

const NAME_LENGTH = 256;

/** A parameter that may be given more than once. */
const manyParam = (description: string) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().filter((text) => text !== ''))
    .optional()
    .meta({ description, override: { type: 'string' } });

const column = (description: string) => textParam(NAME_LENGTH).meta({ description });

/** How a statement's columns are read: the names are those of `npx pacspace import`. */
const mappingParams = {
  format: choiceParam('csv', 'ndjson', 'json').meta({ description: 'Else by the content type.' }),
  delimiter: textParam(3).meta({ description: 'CSV: the character between cells, or tab.' }),
  quotes: choiceParam('true', 'false').meta({ description: 'CSV: false: quotes are ordinary characters.' }),
  encoding: textParam(16).meta({
    description: 'utf-8, utf-16 or latin1; else by the byte order mark, and UTF-8.',
  }),
  amountColumn: manyParam('The column of the amounts; may be repeated: a row then has a record for each.'),
  scale: textParam(64).meta({ description: 'Every amount is multiplied by this decimal, exactly.' }),
  negate: choiceParam('true', 'false').meta({ description: 'true: every amount has its sign changed.' }),
  referenceColumn: column('The column of the references by which records are matched first.'),
  reasonColumn: column('The column of the reasons.'),
  reason: textParam(DELTA_LIMITS.reasonLength).meta({
    description: 'Instead of a column: the reason of every record.',
  }),
  timeColumn: column('The column of the times.'),
  timeFormat: textParam(64).meta({
    description:
      'iso, unix-s, unix-ms, unix-us, unix-ns or a pattern such as DD/MM/YYYY; else found out, or refused.',
  }),
  timeZone: textParam(64).meta({ description: 'Of times that name none: utc, +02:00, Europe/Berlin.' }),
  decimalMark: choiceParam('.', ',').meta({ description: 'Else found out, or refused.' }),
  dimensionColumns: manyParam(
    'Columns that are members of our metadata by the same name; comma separated, or repeated.',
  ),
};

export const uploadParams = z.object({
  customerId: customerParam(),
  name: textParam(NAME_LENGTH).meta({ description: 'What the file is called.' }),
  ...scopeParams,
  ...mappingParams,
});

/** As it is stored: the comparer reads by it. */
export interface StatementReading extends StatementMapping {
  /** All of them, where there are several; `amountColumn` is the first. */
  readonly amountColumns?: readonly string[];
}

export interface Upload {
  readonly customerId: string;
  readonly name: string | undefined;
  readonly scope: ScopeAsOf;
  readonly reading: StatementReading;
}

const FORMATS: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
};

/** @throws ApiError VALIDATION_FAILED with every problem; INVALID_SCOPE_COMBINATION | SCOPE_TOO_WIDE */
export function parseUpload(query: unknown, mediaType: string, nowMs: number): Upload {
  const params = parseQuery(uploadParams, query);
  const { customerId, name } = params;
  const given = Object.keys(mappingParams).flatMap((key) => {
    const value = params[key as keyof typeof mappingParams];
    return value === undefined ? [] : [[key, value] as const];
  });
  const parsed = parseStatementMapping({
    format: FORMATS[mediaType] ?? 'csv',
    ...(mediaType === 'text/tab-separated-values' && { delimiter: 'tab' }),
    ...Object.fromEntries(given),
    amountColumn: params.amountColumn?.[0],
  });
  const problems = parsed.ok ? [] : [...parsed.problems];
  const amountColumns = params.amountColumn ?? [];
  if (new Set(amountColumns).size < amountColumns.length) {
    problems.push({ path: 'amountColumn', message: 'must not name a column twice' });
  }
  const named = params.dimensionColumns?.flatMap((names) => names.split(','));
  if (named?.some((name) => name === 'time' || name === 'reason') === true) {
    problems.push({
      path: 'dimensionColumns',
      message: 'must not be time or reason: these have parameters of their own',
    });
  }
  if (customerId === undefined) problems.unshift({ path: 'customerId', message: 'must be given' });
  if (problems.length > 0 || !parsed.ok || customerId === undefined) throw invalid(problems);
  const scope = { scope: chooseScope(params, nowMs), asOfMs: params.asOf };
  const reading = { ...parsed.mapping, ...(amountColumns.length > 1 && { amountColumns }) };
  return { customerId, name, scope, reading };
}
