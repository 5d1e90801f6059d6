const FILE_OPTIONS = ['delimiter', 'quotes', 'encoding', 'timeFormat', 'timeZone', 'decimalMark'] as const;

/** What the reading of a file can be told. */
export type FileOption = (typeof FILE_OPTIONS)[number];

/** Writes an option, alone or with its value, as it is given at the place where the file came from. */
export type Spelling = (option: FileOption, value?: string) => string;

/** As parameters of a request: timeFormat=unix-s. */
export const asParameter: Spelling = (option, value) => (value === undefined ? option : `${option}=${value}`);

/** A value that is a comma (`decimalMark=,`), or ends before the sentence's. */
const PARAMETER = new RegExp(String.raw`\b(${FILE_OPTIONS.join('|')})=(,(?=\s|$)|[^\s,]+)`, 'g');

/** A message about a file, from where options are parameters, for where they are spelled otherwise. */
export function respell(message: string, spell: Spelling): string {
  return message.replaceAll(PARAMETER, (_, option: FileOption, value: string) => spell(option, value));
}
