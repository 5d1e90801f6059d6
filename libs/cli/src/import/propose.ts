import { parseAmount } from '@pacspace/domain';
import { findTimeReader, findZone } from '@pacspace/tabular';
import type { ImportValues } from './import-options.js';
import type { Sample } from './sample-file.js';

const CUSTOMER = /customer|account|tenant|organi[sz]ation|\borg\b|client|subscriber/i;
const REFERENCE =
  /^(id|uuid|guid|reference|ref)$|(request|event|transaction|record|usage|reference)[ _-]?(id|no|number)?$/i;
const UNIX_NAME = /time|date|(^|_)ts$|_at$|epoch/i;
/** Numbers that count or name things, not usage. */
const NOT_AMOUNT = /(^|[ _-])(id|no|code|version|year|month|day|zip|port|status|index)$/i;

/** The options that the columns' names and values make likely; what is given already stays out. */
export function proposeOptions(sample: Sample, given: ImportValues): readonly string[] {
  const columns = [...sample].map(([name, values]) => ({
    name,
    values: values.filter((value) => value !== ''),
  }));
  const taken = new Set<string>();
  const options: string[] = [];
  const propose = (option: string, name: string): void => {
    taken.add(name);
    options.push(option, name);
  };
  const named = [
    given['customer-column'],
    given['time-column'],
    given['reference-column'],
    given['reason-column'],
  ];
  for (const name of [...named, ...(given['metadata-column'] ?? []), ...(given['key-column'] ?? [])]) {
    if (name !== undefined) taken.add(name);
  }

  if (given.customer === undefined && given['customer-column'] === undefined) {
    const customer = columns.find(({ name }) => CUSTOMER.test(name));
    if (customer === undefined) options.push('--customer', 'CUSTOMER');
    else propose('--customer-column', customer.name);
  }
  if (given['time-column'] === undefined) {
    for (const { name, values } of columns) {
      const format = taken.has(name) ? undefined : timeFormatOf(name, values);
      if (format === undefined) continue;
      propose('--time-column', name);
      if (format !== 'iso' && given['time-format'] === undefined) options.push('--time-format', format);
      break;
    }
  }
  if (given['reference-column'] === undefined) {
    const isUnique = (values: readonly string[]): boolean =>
      values.length > 1 && new Set(values).size === values.length;
    const found = columns.find(
      ({ name, values }) => !taken.has(name) && REFERENCE.test(name) && isUnique(values),
    );
    if (found !== undefined) propose('--reference-column', found.name);
  }
  if (given['amount-column'] === undefined) {
    const isAmount = (values: readonly string[]): boolean =>
      values.length > 0 && values.every((value) => parseAmount(value).ok);
    const found = columns.filter(
      ({ name, values }) => !taken.has(name) && !NOT_AMOUNT.test(name) && isAmount(values),
    );
    for (const { name } of found) propose('--amount-column', name);
    if (found.length === 0) options.push('--amount-column', 'AMOUNT');
  }
  return options;
}

function timeFormatOf(name: string, values: readonly string[]): string | undefined {
  const utc = findZone('utc');
  const iso = utc === undefined ? undefined : findTimeReader('iso', utc);
  if (values.length === 0 || iso === undefined) return undefined;
  if (values.every((value) => iso(value).ok)) return 'iso';
  if (!UNIX_NAME.test(name)) return undefined;
  const digits = values.map((value) => /^(\d{9,})(\.\d+)?$/.exec(value)?.[1]?.length ?? 0);
  // Seconds since 1970 have ten digits until the year 2286; each finer unit has three more.
  const unit = ({ 10: 'unix-s', 13: 'unix-ms', 16: 'unix-us', 19: 'unix-ns' } as const)[digits[0] ?? 0];
  return digits.every((length) => length === digits[0]) ? unit : undefined;
}

/** What to say instead of guessing: the columns as they are, and the command line that was probably meant. */
export function formatProposal(sample: Sample, args: readonly string[], options: readonly string[]): string {
  const width = Math.min(40, Math.max(...[...sample.keys()].map((name) => name.length)));
  const columns = [...sample].map(([name, values]) => {
    const shown = values
      .filter((value) => value !== '')
      .slice(0, 3)
      .join(', ');
    return `  ${name.padEnd(width)}  ${shown.length > 60 ? `${shown.slice(0, 59)}…` : shown}`;
  });
  const hints = [
    ...(options.includes('CUSTOMER') ? ['CUSTOMER is for you to say: whose usage is this?'] : []),
    ...(options.includes('AMOUNT') ? ['AMOUNT is for you to say: no column holds only decimals.'] : []),
  ];
  const command = ['npx', 'pacspace', 'import', ...args, ...options].map(quoteForShell).join(' ');
  return [
    'say what the columns mean: whose usage it is, and which columns hold amounts. Nothing was sent.',
    '',
    ...columns,
    '',
    'Probably meant (add --dry-run to see first what it would send):',
    '',
    `  ${command}`,
    ...(hints.length > 0 ? ['', ...hints] : []),
  ].join('\n');
}

function quoteForShell(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
