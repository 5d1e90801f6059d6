import { formatOptions } from '../options.js';
import { CONNECTION_OPTIONS } from '../connection.js';
import { COLUMN_OPTIONS, FILE_OPTIONS, RUN_OPTIONS } from './import-options.js';

export const IMPORT_HELP = `npx pacspace import FILE [options]

Turns each row of a usage file (CSV with a header, or one JSON object a line; "-" is standard input) into deltas
and sends them in batches. It may be run again at any time, also after a crash: what is recorded is not recorded
twice. Without --customer… and --amount-column it shows the file's columns and the command line probably meant.

Examples:
  npx pacspace import usage.csv
  npx pacspace import usage.csv --customer acme --amount-column tokens --time-column at --dry-run
  npx pacspace import usage.csv --customer-column account --amount-column input --amount-column output \\
      --time-column at --reference-column request_id --metadata-column model --constant source=export
  npx pacspace import calls.ndjson --customer-column tenant.id --amount-column usage.seconds \\
      --scale 0.0025 --negate
  gunzip -c usage.csv.gz | npx pacspace import - --customer acme --amount-column tokens

What the columns mean (for NDJSON a name may be a path: usage.tokens):
${formatOptions(COLUMN_OPTIONS)}

The file:
${formatOptions(FILE_OPTIONS)}

The server:
${formatOptions(CONNECTION_OPTIONS)}

The run:
${formatOptions(RUN_OPTIONS)}

What is the same row
  A delta's idempotency key is made of the row's content, the number of identical rows before it in the file, and
  the name of its amount column. So the same file may be renamed, appended to, sorted, quoted or encoded otherwise,
  and imported again: only new rows are recorded. Identical rows in one file are distinct usage. Content means
  every cell with its column's name, in whichever order the columns are; in NDJSON the text of the line.
  - A row that gets another cell, or a file that gets another column, is new usage. If your exports change so,
    name what identifies a row with --key-column: then the same values are the same usage, however often they
    occur.
  - Two files that overlap are safe as long as identical rows lie in the same file, or name a --key-column.
  - The options are not in the key: the same rows with another --scale or --reason are refused as a conflict, not
    recorded beside the first. Another --customer is another ledger. --key-namespace imports them anew on purpose.
  Counting identical rows takes 16 to 32 bytes of memory per distinct row, at most 470 MB; beyond some 25 million
  rows the keys also depend on the order of the rows (it says so). With --key-column nothing is counted.

Rows that cannot be taken are listed in FILE.rejects.csv with their line, column, value and the reason; a row is
taken whole or not at all, unless the server rejects one of its deltas. Amounts of zero and empty amount cells are
skipped and counted. Amounts are exact: at most 12 decimals, and within ±1,000,000,000 after --scale.

Exit codes: 0 all recorded · 1 some rows rejected · 2 wrong command line or file, nothing sent
            3 the server could not be reached or refuses · 130 interrupted (also by SIGTERM)`;
