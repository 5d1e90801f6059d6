import type { DocumentInfo } from './compose-document.js';

/** What the document says of the service as a whole. Every route's tag is one of these. */
export const API_INFO: DocumentInfo = {
  title: 'PacSpace',
  version: '0.1.0',
  description:
    'The neutral record between a provider and its customer. Success is `{"success": true, "data": …}`; errors are problem documents (RFC 9457). An amount in an answer is a JSON number, and beside it, under the same name with `Exact`, the exact decimal.',
  tags: [
    { name: 'Recording', description: 'Deltas, one or many; acknowledged when they are durable.' },
    { name: 'Reading', description: 'Balances and usage, from the records.' },
    { name: 'Customers', description: 'Who has records.' },
    { name: 'Comparing', description: 'Two views held against the record.' },
    { name: 'Proving', description: 'Checkpoints, receipts, and what a stranger can check.' },
    { name: 'The public log', description: 'Signed, append-only, for anybody.' },
    { name: 'Webhooks', description: 'What is told, to whom, and what became of it.' },
    { name: 'Accounts', description: 'Access, login, sessions.' },
    { name: 'Keys', description: 'API keys.' },
    { name: 'Environments', description: 'Sandbox and production.' },
    { name: 'Plans', description: 'Limits and usage.' },
    { name: 'Administration', description: 'Members, audit trail, operators.' },
  ],
};
