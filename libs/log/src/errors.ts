/**
 * UNAVAILABLE: the message system cannot be reached or will not take the message now; nothing is known to be stored.
 * TOO_LARGE: the server will never take a message of this size; nothing is stored.
 * LANES_MISMATCH: the stream was made with another lane count; a customer's deltas would be in two lanes.
 * READ_GAP: a reader did not get the very next message; it must begin again at the watermark.
 * READER_REPLACED: somebody else reads this lane now.
 */
export type LogErrorCode = 'UNAVAILABLE' | 'TOO_LARGE' | 'LANES_MISMATCH' | 'READ_GAP' | 'READER_REPLACED';

export class LogError extends Error {
  constructor(
    readonly code: LogErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'LogError';
  }
}
