export { TabularError } from './errors.js';
export { type FileOption, type Spelling, asParameter, respell } from './spelling.js';
export { ENCODINGS, type DecodeOptions, type Encoding, decodeText } from './decode-text.js';
export { type BadRow, type ReadItem, type Row, type RowReader } from './row.js';
export { type CsvOptions, csvReader } from './read-csv.js';
export { readNdjson } from './read-ndjson.js';
export { readJsonArray } from './read-json-array.js';
export { cellText } from './cell-text.js';
export { type Zone, findZone } from './time-zone.js';
export { type ReadTime, type TimeReader, findTimeReader } from './read-time.js';
export { readFactor, SCALE_RULE, scaleAmount } from './scale-amount.js';
export { DECIMAL_MARKS, type DecimalMark } from './read-decimal.js';
export {
  MAPPING_PARAMETERS,
  type ParsedMapping,
  readDelimiter,
  DELIMITER_RULE,
  STATEMENT_FORMATS,
  type StatementFormat,
  type StatementMapping,
  parseStatementMapping,
} from './statement/mapping.js';
export { type StatementFormats } from './statement/find-formats.js';
export { type StatementProblem, type StatementRow } from './statement/map-row.js';
export { type StatementBatch, readStatement } from './statement/read-statement.js';
export { formatCsvLine } from './write-csv.js';
