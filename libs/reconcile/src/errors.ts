export type ReconcileErrorCode =
  /** A side is not ordered by reference, or names a position twice: a fault of the caller. */
  | 'OUT_OF_ORDER'
  /** More records stay without their counterpart than may be held at once. */
  | 'TOO_MANY_UNMATCHED'
  /** A side is not what the caller knows of it: it was read in part, or twice. */
  | 'EXPECTED_DIFFERS'
  /** The classes do not add up to the discrepancy: a fault of the matching. */
  | 'IDENTITY';

export class ReconcileError extends Error {
  constructor(
    readonly code: ReconcileErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'ReconcileError';
  }
}
