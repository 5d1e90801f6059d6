import { formatOptions, type OptionSpecs } from '../options.js';
import { KEY_OPTIONS } from './key-options.js';

export const VERIFY_OPTIONS = {
  ...KEY_OPTIONS,
  online: {
    type: 'boolean',
    help: "also fetch the log's head of now and prove that it continues the one in the file",
  },
  url: {
    type: 'string',
    value: 'URL',
    help: 'with --online: base URL of the server that shows the log (else PACSPACE_API_BASE_URL)',
  },
  json: { type: 'boolean', help: 'print the verdicts as JSON' },
} as const satisfies OptionSpecs;

export const VERIFY_HELP = `npx pacspace verify FILE… --key KEY | --key-file FILE [options]

Checks receipts and invoice proofs: JSON files, the API's answers that hold one, or .tlog-proof texts ("-" is
standard input). It needs no server and asks none, unless --online is given. It says what is proven, step by step,
and what is not.

Examples:
  npx pacspace verify receipt.json --key-file log-keys.txt
  npx pacspace verify november/*.json --key-file log-keys.txt --json
  npx pacspace verify receipt.tlog-proof --key-file log-keys.txt --online --url https://app.pacspace.io

${formatOptions(VERIFY_OPTIONS)}

The key decides what a proof is worth: take it from somewhere else than the file, keep it, and notice when it
changes. Without one the verdict is at best "incomplete": everything fits together, and nobody has signed it.

Exit codes: 0 all proven · 1 at least one refused, or malformed · 2 wrong command line, or a file cannot be read
            3 none refused, at least one incomplete`;
