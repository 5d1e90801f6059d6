/** Digits of a Unix time until the year 2286, and of dates written without separators. */
const BY_DIGITS: Readonly<Record<number, string>> = {
  8: 'YYYYMMDD',
  10: 'unix-s',
  13: 'unix-ms',
  14: 'YYYYMMDDHHmmss',
  16: 'unix-us',
  19: 'unix-ns',
};

const DATE = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(.*)$/s;
const CLOCK =
  /^(?<gap>[ T]|, )(?<hour>\d{1,2}):\d{2}(?<second>:\d{2})?(?<fraction>\.\d{1,9})?(?<half> ?[AaPp][Mm])?(?<zone> ?(?:[Zz]|[+-]\d{2}:?\d{2}))?$/;

/** The time formats (see findTimeReader) that a value may be written in; more than one: day and month may be swapped. */
export function proposeTimes(text: string): readonly string[] {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) return ['iso'];
  const digits = /^(\d+)(?:\.\d+)?$/.exec(text)?.[1];
  if (digits !== undefined) {
    const format = BY_DIGITS[digits.length];
    return format === undefined ? [] : [format];
  }
  const basic = /^\d{8}T\d{6}(Z|[+-]\d{4})?$/i.exec(text);
  if (basic !== null) return [`YYYYMMDDTHHmmss${basic[1] === undefined ? '' : 'Z'}`];
  const match = DATE.exec(text);
  if (match === null) return [];
  const [, first = '', mark = '', , last = '', rest = ''] = match;
  const clock = clockOf(rest);
  if (clock === undefined) return [];
  // A year of two digits could be any of the three numbers.
  if (first.length === 4) return [`YYYY${mark}M${mark}D${clock}`];
  if (last.length !== 4 || first.length > 2) return [];
  return [`D${mark}M${mark}YYYY${clock}`, `M${mark}D${mark}YYYY${clock}`];
}

function clockOf(rest: string): string | undefined {
  if (rest === '') return '';
  const groups = CLOCK.exec(rest)?.groups;
  if (groups === undefined) return undefined;
  const { gap = ' ', second, fraction, half, zone } = groups;
  const seconds = `${second === undefined ? '' : ':ss'}${fraction === undefined ? '' : '.S'}`;
  const halfDay = half === undefined ? '' : `${half.startsWith(' ') ? ' ' : ''}A`;
  const offset = zone === undefined ? '' : `${zone.startsWith(' ') ? ' ' : ''}Z`;
  return `${gap}${half === undefined ? 'H' : 'h'}:mm${seconds}${halfDay}${offset}`;
}
