import { formatOptions, type OptionSpecs } from '../options.js';

export const ACCESS_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'where the console serves the operator API (else OPERATOR_URL, else .data/dev.json); it is not the public URL',
  },
  state: {
    type: 'string',
    value: 'STATE',
    help: 'list: only requests that are pending, approved, denied or registered',
  },
  plan: { type: 'string', value: 'PLAN', help: 'approve: the plan to begin with (default free)' },
  to: { type: 'string', value: 'EMAIL', help: 'mails: only those to this address' },
  json: { type: 'boolean', help: 'print the answer as JSON' },
} as const satisfies OptionSpecs;

export const ACCESS_HELP = `npx pacspace access list [options]
npx pacspace access approve REQUEST [options]
npx pacspace access deny REQUEST [options]
npx pacspace access mails [options]

For whoever runs the service: who asks for an account, and who gets one. REQUEST is a request's id or its e-mail address.
approve sends a mail with a token to register with, and prints that token for where mail does not reach; it can be used
once, with that address. mails shows the latest mails: their text only on a machine without a mail server.

The operator token is taken from OPERATOR_TOKEN, else from .data/dev.json in the current folder, which \`npm start\`
writes.

Examples:
  npx pacspace access list --state pending
  npx pacspace access approve you@example.com

${formatOptions(ACCESS_OPTIONS)}

Exit codes: 0 done · 2 wrong command line · 3 the console could not be reached, or refused it`;
