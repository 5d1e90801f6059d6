import { laneOf, periodOf, type Period } from '@pacspace/domain';
import {
  type CustomerFacts,
  findRequests,
  findSealLog,
  isPassing,
  type KeyedRequest,
  LedgerError,
  readCustomer,
  type RequestAnswer,
} from '@pacspace/ledger';
import { LogError } from '@pacspace/log';
import type { Gate } from '@pacspace/service';
import type { CheckpointRequest } from '@pacspace/wire';
import { ContradictsSeal } from './log/compose-seals.js';
import { notNow, Refused } from './refused.js';
import { type ClosingTools, closeForAll, closeForCustomer } from './seals/close-period.js';
import { draftPeriod } from './seals/draft-period.js';
import { draftSubset, draftWindow } from './seals/draft-selection.js';
import type { SealDraft } from './seals/seal-draft.js';
import { type SealingTools, sealEveryone } from './seals/seal-everyone.js';
import { sealWindowOfEveryone } from './seals/seal-window-of-everyone.js';

export interface CheckpointTools extends ClosingTools, SealingTools {
  /** What reads entries, or all customers, passes here: few at a time. */
  readonly large: Gate;
}

export interface MadeCheckpoint {
  readonly answer: RequestAnswer;
  readonly replayed: boolean;
}

/** How long a checkpoint waits for the projector to come to what the log holds. */
const PROJECT_TIMEOUT_MS = 8_000;

/**
 * Makes a checkpoint that holds all that was acknowledged before it was asked for; or finds the one that says the same
 * already.
 *
 * @throws Refused
 */
export async function createCheckpoint(
  tools: CheckpointTools,
  request: CheckpointRequest,
): Promise<MadeCheckpoint> {
  try {
    const earlier = request.request && (await findAnswer(tools, request.environmentId, request.request));
    if (earlier !== undefined) return { answer: earlier, replayed: true };
    return request.customerId === undefined
      ? await checkpointEveryone(tools, request)
      : await checkpointCustomer(tools, request, request.customerId);
  } catch (error) {
    throw toRefused(error);
  }
}

/** @throws Refused IDEMPOTENCY_CONFLICT */
async function findAnswer(
  { reads }: CheckpointTools,
  environmentId: string,
  { keyHash, bodyHash }: KeyedRequest,
): Promise<RequestAnswer | undefined> {
  const log = await findSealLog(reads, { environmentId });
  if (log === undefined) return undefined;
  const earlier = (await findRequests(reads, log.number, [keyHash])).get(keyHash);
  if (earlier !== undefined && earlier.bodyHash !== bodyHash) throw conflict();
  return earlier?.answer;
}

function conflict(): Refused {
  return new Refused('IDEMPOTENCY_CONFLICT', 'the idempotency key was used before for another checkpoint');
}

async function checkpointCustomer(
  tools: CheckpointTools,
  { environmentId, scope, request }: CheckpointRequest,
  customerId: string,
): Promise<MadeCheckpoint> {
  const lane = laneOf(environmentId, customerId, tools.log.lanes);
  await catchUp(tools, [lane]);
  const read = async (): Promise<CustomerFacts> => {
    const { customer } = await readCustomer(tools.reads, { lane, environmentId, customerId });
    if (customer !== undefined) return customer;
    throw new Refused('CUSTOMER_NOT_FOUND', `nothing is recorded for the customer ${customerId}`);
  };

  let draft: SealDraft;
  const customer = await read();
  const selecting = { pool: tools.reads, customerId, customer };
  switch (scope.kind) {
    case 'period': {
      const final = assertBegun(tools, scope.period);
      if (final) {
        const customerNo = customer.number;
        await closeForCustomer(tools, { environmentId, customerId, customerNo, period: scope.period });
      }
      // What it held when it was closed, which may be more than before.
      const facts = final ? await read() : customer;
      draft = draftPeriod(customerId, facts, { period: scope.period, final });
      break;
    }
    case 'window':
      draft = await tools.large.run(() => draftWindow(selecting, scope));
      break;
    case 'subset':
      draft = await tools.large.run(() => draftSubset(selecting, scope.fingerprints));
      break;
  }

  const log = await tools.registry.open(environmentId);
  const appended = await tools.registry.writerOf(log.number).append([draft], request);
  if (appended.kind === 'conflict') throw conflict();
  if (appended.kind === 'replayed') return { answer: appended.answer, replayed: true };
  const [seal] = appended.seals;
  if (seal === undefined) throw new Error('a draft was sealed and has no place');
  return { answer: { logIndex: seal.logIndex }, replayed: false };
}

async function checkpointEveryone(
  tools: CheckpointTools,
  { environmentId, scope, request }: CheckpointRequest,
): Promise<MadeCheckpoint> {
  if (scope.kind === 'subset') {
    throw new Refused('VALIDATION_FAILED', 'fingerprints are those of one customer: name it by customerId');
  }
  const final = scope.kind === 'period' && assertBegun(tools, scope.period);
  return await tools.large.run(async () => {
    await catchUp(
      tools,
      Array.from({ length: tools.log.lanes }, (_, lane) => lane),
    );
    const log = await tools.registry.open(environmentId);
    if (scope.kind === 'window') {
      return {
        answer: { runNo: await sealWindowOfEveryone(tools, { log, window: scope, request }) },
        replayed: false,
      };
    }
    const { period } = scope;
    if (final) await closeForAll(tools, { environmentId, period });
    return { answer: { runNo: await sealEveryone(tools, { log, period, final, request }) }, replayed: false };
  });
}

/** @returns whether the period is over. @throws Refused VALIDATION_FAILED for one that has not begun. */
function assertBegun({ now }: CheckpointTools, period: Period): boolean {
  const current = periodOf(now());
  if (period > current) throw new Refused('VALIDATION_FAILED', 'the period lies in the future');
  return period < current;
}

async function catchUp({ progress }: CheckpointTools, lanes: readonly number[]): Promise<void> {
  if (await progress.waitUntilProjected(lanes, PROJECT_TIMEOUT_MS)) return;
  throw notNow('the ledger is behind the log: a checkpoint would not hold all that was acknowledged');
}

function toRefused(error: unknown): unknown {
  if (error instanceof Refused) return error;
  if (error instanceof ContradictsSeal) return new Refused('INTERNAL', error.message, { cause: error });
  if (error instanceof LogError || isPassing(error)) return notNow('a server does not answer now', error);
  // Processes that come and go may take the log from each other more often than a seal is tried.
  if (error instanceof LedgerError && error.code === 'FENCED') {
    return notNow('another process took over the log meanwhile', error);
  }
  if ((error as { code?: unknown } | null)?.code === 'GATE_FULL') {
    return notNow('too many checkpoints are being made', error);
  }
  return error;
}
