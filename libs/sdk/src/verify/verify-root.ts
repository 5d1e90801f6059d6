import {
  parseSeal,
  parseVerifierKey,
  ProofError,
  type Seal,
  type VerifierKey,
  verifyPublished,
} from '@pacspace/proof';
import type { LogKeys, RootSummary, RootVerification } from '../api-types.js';
import { PacSpaceError } from '../errors.js';
import { send, sendForData, type TransportOptions } from '../http/transport.js';
import { findVerifySignature, sha256 } from './platform-crypto.js';

export interface VerifyRootOptions {
  /**
   * Keys of the log (C2SP verifier keys, `name+id+base64`), from a source that you trust. Else the service is asked for
   * its keys, and `keysFrom` says so.
   */
  readonly logKeys?: readonly string[];
  /** What the vendor gave you to see the records, too: they are in `answer.records`, page by page. */
  readonly accessToken?: string;
  /** Records on a page, 1 to 1000. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: number;
  readonly signal?: AbortSignal;
}

export interface VerificationStep {
  readonly name: 'seal' | 'summary' | 'log' | 'signature';
  /** `unchecked`: a part is not there yet, or the platform cannot check it. */
  readonly outcome: 'holds' | 'unchecked' | 'refused';
  /** For people. */
  readonly sentence: string;
}

/** What this client found out itself, from what the service answered. */
export interface RootCheck {
  readonly proofRoot: string;
  /** `proven`: every step holds. `incomplete`: nothing is wrong, and something is not proven. */
  readonly verdict: 'proven' | 'incomplete' | 'refused';
  /** The verdict is `proven`. */
  readonly verified: boolean;
  readonly steps: readonly VerificationStep[];
  /** Whose word the log's keys are. */
  readonly keysFrom: 'caller' | 'service';
  readonly recordedAt: string | undefined;
  readonly summary: RootSummary;
  /** The service's own answer. */
  readonly answer: RootVerification;
}

/**
 * Asks what a proof root commits to, and checks the answer here: that the seal is about this root and says what the
 * summary says, that it stands in the log, and that the log's head is signed.
 *
 * @throws NotFoundError when nothing is sealed under the root; ValidationError when it is none.
 */
export async function verifyRoot(
  transport: TransportOptions,
  proofRoot: string,
  { accessToken, cursor, limit, logKeys, signal }: VerifyRootOptions,
): Promise<RootCheck> {
  const answer = await sendForData<RootVerification>(transport, {
    method: 'GET',
    path: `/api/v1/verify/${encodeURIComponent(proofRoot)}`,
    query: { limit, cursor },
    credential: accessToken === undefined ? 'none' : { accessToken },
    signal,
  });
  const keysFrom = logKeys === undefined ? 'service' : 'caller';
  const steps = await check(normalise(proofRoot), answer, async (origin) => {
    const texts = logKeys ?? (await fetchKeys(transport, origin, signal));
    return texts.map((text) => parseVerifierKey(sha256, text));
  });
  const verdict = verdictOf(steps);
  const { recordedAt, summary } = answer;
  return {
    proofRoot: normalise(proofRoot),
    verdict,
    verified: verdict === 'proven',
    steps,
    keysFrom,
    recordedAt,
    summary,
    answer,
  };
}

const normalise = (root: string): string => root.replace(/^0x/i, '').toLowerCase();

async function check(
  proofRoot: string,
  { summary, verification }: RootVerification,
  keysOf: (origin: string) => Promise<VerifierKey[]>,
): Promise<VerificationStep[]> {
  const { checkpoint, seal: claimed, sealProof } = verification;
  if (claimed === undefined) {
    const sentence = 'The root is of several seals: ask for the root of one of them.';
    return [{ name: 'seal', outcome: 'unchecked', sentence }];
  }
  try {
    const seal = parseSeal(claimed);
    const verifySignature = await findVerifySignature();
    const published = await verifyPublished(
      { seal, sealProof, checkpoint },
      {
        sha256,
        verifySignature: verifySignature ?? (() => false),
        // A platform without Ed25519 knows no key: the step is then unchecked, not refused.
        keys: verifySignature === undefined ? [] : await keysOf(seal.origin),
      },
    );
    return [checkSeal(seal, proofRoot), checkSummary(seal, summary), ...published];
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return [{ name: 'seal', outcome: 'refused', sentence: `The answer is malformed: ${error.message}.` }];
  }
}

function checkSeal(seal: Seal, proofRoot: string): VerificationStep {
  return seal.root === proofRoot
    ? {
        name: 'seal',
        outcome: 'holds',
        sentence: `The seal, made at ${seal.sealedAt}, is about this root: ${seal.count} records of customer ${seal.customerId}, from ${seal.openingBalance} to ${seal.closingBalance}.`,
      }
    : { name: 'seal', outcome: 'refused', sentence: `The seal is about another root, ${seal.root}.` };
}

function checkSummary(seal: Seal, summary: RootSummary): VerificationStep {
  const holds =
    summary.recordCount === seal.count &&
    summary.startingBalanceExact === seal.openingBalance &&
    summary.endingBalanceExact === seal.closingBalance;
  return holds
    ? { name: 'summary', outcome: 'holds', sentence: 'The summary says what the seal says.' }
    : { name: 'summary', outcome: 'refused', sentence: 'The summary says something else than the seal.' };
}

function verdictOf(steps: readonly VerificationStep[]): RootCheck['verdict'] {
  if (steps.some(({ outcome }) => outcome === 'refused')) return 'refused';
  return steps.every(({ outcome }) => outcome === 'holds') ? 'proven' : 'incomplete';
}

async function fetchKeys(
  transport: TransportOptions,
  origin: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { body } = await send(transport, {
    method: 'GET',
    path: '/.well-known/pacspace-log-keys',
    query: { origin },
    credential: 'none',
    isEnvelope: false,
    signal,
  });
  const { keys } = body as unknown as Partial<LogKeys>;
  if (keys !== undefined) return keys.map(({ verifierKey }) => verifierKey);
  throw new PacSpaceError('the service shows no keys of its log', { code: 'UNEXPECTED_ANSWER' });
}
