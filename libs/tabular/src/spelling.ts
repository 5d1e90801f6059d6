/** What the reading of a file can be told. */
export type FileOption = 'delimiter' | 'quotes' | 'encoding' | 'timeFormat' | 'timeZone' | 'decimalMark';

/** Writes an option, alone or with its value, as it is given at the place where the file came from. */
export type Spelling = (option: FileOption, value?: string) => string;

/** As parameters of a request: timeFormat=unix-s. */
export const asParameter: Spelling = (option, value) => (value === undefined ? option : `${option}=${value}`);
