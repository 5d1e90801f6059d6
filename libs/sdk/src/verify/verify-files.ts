import {
  parseVerifierKey,
  verifyReceipt as checkReceipt,
  verifyStatement as checkStatement,
} from '@pacspace/proof';
import { findVerifySignature, sha256 } from './platform-crypto.js';

/** One step of a file's verification. */
export interface FileStep {
  readonly name: string;
  readonly outcome: 'holds' | 'unchecked' | 'refused';
  /** For people. */
  readonly sentence: string;
}

export interface FileCheck {
  /** `proven`: every step holds, up to a signature by one of the keys. */
  readonly verdict: 'proven' | 'incomplete' | 'refused';
  readonly steps: readonly FileStep[];
}

export interface VerifyFileOptions {
  /** Keys of logs (C2SP verifier keys), from a source that you trust. */
  readonly logKeys: readonly string[];
}

/**
 * Checks a delta's receipt (`deltaReceipt(…).receipt`) without asking anybody.
 *
 * @throws Error when it is none.
 */
export async function verifyReceipt(receipt: unknown, options: VerifyFileOptions): Promise<FileCheck> {
  const { steps, verdict } = await checkReceipt(receipt, await toolsOf(options));
  return { steps, verdict };
}

/**
 * Checks an invoice's statement (`receipt(…).statement`) without asking anybody: that these are all the records of its
 * scope, and what they add up to.
 *
 * @throws Error when it is none.
 */
export async function verifyStatement(statement: unknown, options: VerifyFileOptions): Promise<FileCheck> {
  const { steps, verdict } = await checkStatement(statement, await toolsOf(options));
  return { steps, verdict };
}

async function toolsOf({ logKeys }: VerifyFileOptions) {
  const verifySignature = await findVerifySignature();
  return {
    sha256,
    verifySignature: verifySignature ?? (() => false),
    keys: verifySignature === undefined ? [] : logKeys.map((text) => parseVerifierKey(sha256, text)),
  };
}
