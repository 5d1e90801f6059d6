/** What a ProofError can say. Refused proofs are not errors: verifiers return their outcome. */
export type ProofErrorCode =
  /** the value has no canonical JSON form (NaN, undefined, a lone surrogate, a cycle, …) */
  | 'not-json'
  /** text or bytes are not in the format they claim to have */
  | 'malformed'
  /** an index, a size or a level that no tree can have */
  | 'out-of-range'
  /** a node that the store was asked for did not come back */
  | 'missing-node';

/** The one error class of this package. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
  readonly code: ProofErrorCode;

  constructor(code: ProofErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
