import { CONNECTION_OPTIONS } from '../connection.js';
import { formatOptions } from '../options.js';
import { FILE_OPTIONS, RULE_OPTIONS, RUN_OPTIONS, STATEMENT_OPTIONS } from './options.js';

export const COMPARE_HELP = `npx pacspace compare FILE --customer ID --amount-column NAME [options]

Holds a party's own records (CSV with a header, one JSON object a line, or a JSON array; "-" is standard input) against
the ledger, record by record, and shows what differs, what explains it, and where it begins. The file is kept by the
service as it is, with its hash, and can be compared again under other rules (--statement).

Examples:
  npx pacspace compare october.csv --customer acme --period 2026-10 \\
      --amount-column amount --reference-column request_id --time-column at
  npx pacspace compare october.csv --customer acme --period 2026-10 --amount-column tokens --time-column at \\
      --time-zone Europe/Berlin --time-window 5 --map-reason "Input tokens=input" --export differences.csv
  npx pacspace compare --statement stm_… --tolerance 0.01

What the columns mean, by the options of \`npx pacspace import\`, so that a file is compared as it was imported (for NDJSON
a name may be a path: usage.tokens):
${formatOptions(STATEMENT_OPTIONS)}

The file:
${formatOptions(FILE_OPTIONS)}

What matches (by reference first; what is left by amount, time and reason):
${formatOptions(RULE_OPTIONS)}

The server:
${formatOptions(CONNECTION_OPTIONS)}

The run:
${formatOptions(RUN_OPTIONS)}

Every record of both sides is in exactly one class, and what the classes add up to is the discrepancy to the last
digit. A statement is read whole or not at all: what cannot be read, or can be read in two ways, is listed.

Exit codes: 0 nothing differs · 1 something does · 2 wrong command line, or a file that cannot be read
            3 the server could not be reached or refuses · 130 interrupted (the comparison goes on)`;
