import type { Command } from '../command.js';

/** Loaded on use: `pacspace --version` need not read the parser of CSV files. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  access: async () => (await import('./access.js')).accessCommand,
  audit: async () => (await import('./audit.js')).auditCommand,
  compare: async () => (await import('./compare.js')).compareCommand,
  import: async () => (await import('./import.js')).importCommand,
  verify: async () => (await import('./verify.js')).verifyCommand,
  webhooks: async () => (await import('./webhooks.js')).webhooksCommand,
};
