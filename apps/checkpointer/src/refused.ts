import type { CheckpointRefusal } from '@pacspace/wire';

/** A checkpoint that cannot be made, now or at all; told to whoever asked for it. */
export class Refused extends Error {
  constructor(
    readonly code: CheckpointRefusal,
    message: string,
    options: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
  ) {
    super(message, options);
    this.name = 'Refused';
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  readonly retryAfterSeconds: number | undefined;
}

/** It may work in a moment: the ledger is behind, or a server does not answer. */
export function notNow(message: string, cause?: unknown): Refused {
  return new Refused('UNAVAILABLE', message, { retryAfterSeconds: 1, cause });
}
