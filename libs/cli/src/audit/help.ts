import { formatOptions, type OptionSpecs } from '../options.js';
import { KEY_OPTIONS } from '../verify/key-options.js';

export const AUDIT_OPTIONS = {
  ...KEY_OPTIONS,
  head: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'a head of a log that you have kept (/log/…/checkpoint): the log must still begin with what it covers',
  },
  json: { type: 'boolean', help: 'print the result as JSON' },
} as const satisfies OptionSpecs;

export const AUDIT_HELP = `DATABASE_URL=… NATS_URL=… npx pacspace audit [options]

Verifies again all that is stored, from end to end: the ledger by its own rules; every delta against the log; every
entry, tree and sealed root; every seal, tile and signed head of the public logs. It reads one snapshot, changes
nothing, and may run beside the services. What it finds it names as closely as it can be known: the delta while the log
still holds it, else customer, period and the leaves of the smallest subtree that is wrong.

DATABASE_URL is the data base of the ledger. Without NATS_URL nothing is compared with the log.

Examples:
  npx pacspace audit --key-file log-keys.txt
  npx pacspace audit --key-file log-keys.txt --head head-of-october.txt --json > audit.json

${formatOptions(AUDIT_OPTIONS)}

Heads are verified by the keys that the data base lists. Whoever can write there can put another key there and sign
everything anew: give the keys that you have from somewhere else, and a head that you have kept.

Progress and findings go to standard error, the result to standard output.

Exit codes: 0 all of it holds · 1 something is wrong · 2 wrong command line, or a file cannot be read
            3 nothing is wrong, but a part could not be checked (no log, no keys); or a server cannot be reached
            130 interrupted`;
