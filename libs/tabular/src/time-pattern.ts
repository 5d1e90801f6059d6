import { localMsOf } from './local-time.js';

type Groups = Readonly<Partial<Record<Field, string>>>;

export interface LocalParts {
  /** The local time, as the milliseconds that it would be in UTC. */
  readonly localMs: number;
  /** Ahead of UTC, when the pattern has a zone. */
  readonly offsetMs: number | undefined;
}

type Field =
  'year' | 'month' | 'day' | 'hour' | 'hour12' | 'minute' | 'second' | 'fraction' | 'half' | 'zone';

/** Longer tokens first: "MM" is not two of "M". */
const TOKENS: readonly (readonly [token: string, field: Field, source: string])[] = [
  ['YYYY', 'year', '\\d{4}'],
  ['MM', 'month', '\\d{2}'],
  ['DD', 'day', '\\d{2}'],
  ['HH', 'hour', '\\d{2}'],
  ['hh', 'hour12', '\\d{2}'],
  ['mm', 'minute', '\\d{2}'],
  ['ss', 'second', '\\d{2}'],
  ['S', 'fraction', '\\d{1,9}'],
  ['M', 'month', '\\d{1,2}'],
  ['D', 'day', '\\d{1,2}'],
  ['H', 'hour', '\\d{1,2}'],
  ['h', 'hour12', '\\d{1,2}'],
  ['A', 'half', '[AaPp][Mm]'],
  ['Z', 'zone', '[Zz]|[+-]\\d{2}:?\\d{2}'],
];

/**
 * Compiles a pattern such as "DD/MM/YYYY HH:mm:ss.S"; every other character stands for itself. The function answers
 * undefined for a text of another form, and for days and times that do not exist.
 * Undefined: the pattern does not name a year, a month and a day once each.
 */
export function compileTimePattern(pattern: string): ((text: string) => LocalParts | undefined) | undefined {
  const fields = new Set<Field>();
  let source = '';
  let rest = pattern;
  while (rest !== '') {
    const token = TOKENS.find(([name]) => rest.startsWith(name));
    if (token === undefined) {
      source += rest.charAt(0).replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
      rest = rest.slice(1);
      continue;
    }
    const [name, field, digits] = token;
    if (fields.has(field)) return undefined;
    fields.add(field);
    source += `(?<${field}>${digits})`;
    rest = rest.slice(name.length);
  }
  const isDate = fields.has('year') && fields.has('month') && fields.has('day');
  const isClock =
    !(fields.has('hour') && fields.has('hour12')) && fields.has('hour12') === fields.has('half');
  if (!isDate || !isClock) return undefined;
  const regex = new RegExp(`^${source}$`);
  return (text) => {
    const groups = regex.exec(text)?.groups;
    return groups === undefined ? undefined : toParts(groups);
  };
}

function toParts(groups: Groups): LocalParts | undefined {
  const { year = '', month = '', day = '', minute, second, fraction } = groups;
  const hour = hourOf(groups);
  if (hour === undefined) return undefined;
  const localMs = localMsOf({ year, month, day, hour, minute, second, fraction });
  return localMs === undefined ? undefined : { localMs, offsetMs: offsetOf(groups['zone']) };
}

/** The hour of 24 as text; undefined for the 0th or 13th hour of a half day. */
function hourOf({ hour, hour12, half }: Groups): string | undefined {
  if (hour12 === undefined || half === undefined) return hour ?? '0';
  const number = Number(hour12);
  if (number < 1 || number > 12) return undefined;
  return String((number % 12) + (half.toLowerCase() === 'pm' ? 12 : 0));
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  if (zone.toLowerCase() === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
