import { sha256, verifySignature } from '@pacspace/node-crypto';
import {
  ProofError,
  type Step,
  type VerifierKey,
  type Verdict,
  verifyReceipt,
  type VerifyOptions,
  verifyStatement,
} from '@pacspace/proof';
import { type ProofFile, readProofFile } from './read-proof-file.js';

/** What was found about one file. */
export interface FileVerdict {
  readonly file: string;
  /** Undefined when it is neither. */
  readonly kind: ProofFile['kind'] | undefined;
  readonly verdict: Verdict;
  readonly steps: readonly Step[];
  /** The signed note in it, when there is one: the head that the file rests on. */
  readonly checkpoint: string | undefined;
}

/**
 * Verifies one file, without a word to anybody. One that is malformed is refused: it may have been a good one before
 * somebody changed it, and what cannot be understood must not be found right.
 *
 * @param path of the file; `file` is what it is called.
 * @throws CliError INPUT when it cannot be read.
 */
export async function verifyFile(
  file: string,
  path: string,
  keys: readonly VerifierKey[],
): Promise<FileVerdict> {
  let found: ProofFile | undefined;
  try {
    found = readProofFile(path);
    const { verdict, steps } = await verifyValue(found, { sha256, verifySignature, keys });
    const { checkpoint } = found.value as { readonly checkpoint?: string };
    return { file, kind: found.kind, verdict, steps, checkpoint };
  } catch (error) {
    if (!(error instanceof ProofError) && !(error instanceof SyntaxError)) throw error;
    const sentence = `It is not a well-formed ${found?.kind ?? 'receipt or statement'}: ${error.message}.`;
    const steps: Step[] = [{ name: 'file', outcome: 'refused', sentence }];
    return { file, kind: found?.kind, verdict: 'refused', steps, checkpoint: undefined };
  }
}

function verifyValue(
  { kind, value }: ProofFile,
  options: VerifyOptions,
): Promise<{ readonly verdict: Verdict; readonly steps: readonly Step[] }> {
  return kind === 'receipt' ? verifyReceipt(value, options) : verifyStatement(value, options);
}
