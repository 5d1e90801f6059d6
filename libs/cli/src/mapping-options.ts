import { DELIMITER_RULE, ENCODINGS, readDelimiter } from '@pacspace/tabular';
import { CliError } from './errors.js';
import type { OptionSpecs } from './options.js';

/**
 * What the columns of a usage file mean, said in one way wherever a file of records is read: what was imported under
 * some of these options is compared under the same ones.
 */
export const MAPPING_OPTIONS = {
  'amount-column': {
    type: 'string',
    value: 'NAME',
    multiple: true,
    help: 'a column that holds an amount; may be repeated: a row then has a record for each',
  },
  negate: { type: 'boolean', help: 'change the sign of every amount' },
  scale: {
    type: 'string',
    value: 'FACTOR',
    help: 'multiply every amount by this decimal, exactly; what would need rounding is refused',
  },
  reason: {
    type: 'string',
    value: 'TEXT',
    help: 'the reason of every record',
  },
  'reason-column': { type: 'string', value: 'NAME', help: 'the column that holds the reason' },
  'reference-column': {
    type: 'string',
    value: 'NAME',
    help: "the column that holds the producer's reference",
  },
  'metadata-column': {
    type: 'string',
    value: 'NAME',
    multiple: true,
    help: 'a column that is a member of the metadata by the same name; may be repeated',
  },
  'time-column': { type: 'string', value: 'NAME', help: 'when the usage happened' },
} as const satisfies OptionSpecs;

export const TIME_FORMATS =
  'iso ("T" or a blank, with or without zone, seconds, time of day), unix-s, unix-ms, unix-us, unix-ns, or a pattern of YYYY MM M DD D HH H hh h A mm ss S Z such as "DD/MM/YYYY HH:mm:ss"';

/** How a file is written. */
export const TABLE_OPTIONS = {
  delimiter: {
    type: 'string',
    value: 'CHAR',
    help: 'between cells: a comma (default; for .tsv a tab), or another, or "tab"',
  },
  'no-quotes': { type: 'boolean', help: 'quotes in cells are ordinary characters' },
  encoding: {
    type: 'string',
    value: 'NAME',
    help: `${ENCODINGS.join(', ')} (else by the byte order mark, and utf-8)`,
  },
} as const satisfies OptionSpecs;

/** What stands between cells: as told, or by the name of the file. @throws CliError USAGE */
export function delimiterOf(file: string, given: string | undefined): string {
  const delimiter = readDelimiter(given ?? (/\.tsv$/i.test(file) ? 'tab' : undefined));
  if (delimiter === undefined) throw new CliError('USAGE', `--delimiter is ${DELIMITER_RULE}`);
  return delimiter;
}

/** The format that was told, or that the file's name has. @throws CliError USAGE */
export function formatOf<const Format extends string>(
  file: string,
  given: string | undefined,
  formats: readonly Format[],
): Format {
  const named = /\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : /\.json$/i.test(file) ? 'json' : 'csv';
  const found = formats.find((one) => one === (given ?? named));
  if (found !== undefined) return found;
  const [last, ...others] = [...formats].reverse();
  throw new CliError('USAGE', `--format is ${others.reverse().join(', ')} or ${last ?? ''}`);
}
