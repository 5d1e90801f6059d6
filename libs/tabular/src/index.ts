export { TabularError } from './errors.js';
export { type FileOption, type Spelling, asParameter } from './spelling.js';
export { ENCODINGS, type DecodeOptions, type Encoding, decodeText } from './decode-text.js';
export { type BadRow, type ReadItem, type Row, type RowReader } from './row.js';
export { type CsvOptions, csvReader } from './read-csv.js';
export { readNdjson } from './read-ndjson.js';
export { cellText } from './cell-text.js';
export { type Zone, findZone } from './time-zone.js';
export { type ReadTime, type TimeReader, findTimeReader } from './read-time.js';
