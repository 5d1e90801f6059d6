import { isCustomerId } from '@pacspace/domain';
import { z } from 'zod';

/** The request/reply pattern by which the gateway asks for a checkpoint: Nest's pattern and NATS's subject. */
export const CHECKPOINT_CREATE = 'checkpoint.create';

/** Of all checkpointers one answers. */
export const CHECKPOINT_QUEUE = 'checkpointers';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const timeMs = z.int();

/** What is to be sealed, of whom. Checked once more where it arrives: the bus is not the edge. */
export const checkpointRequest = z.strictObject({
  environmentId: z.string().min(1).max(128),
  /** Absent: every customer that is active in the scope. */
  customerId: z.string().refine(isCustomerId).optional(),
  scope: z.discriminatedUnion('kind', [
    /** Months since year 0. */
    z.strictObject({ kind: z.literal('period'), period: z.int().min(0).max(119_999) }),
    /** By event time, ms since the epoch; the end is not included. */
    z.strictObject({ kind: z.literal('window'), fromMs: timeMs, toMs: timeMs }),
    z.strictObject({ kind: z.literal('subset'), fingerprints: z.array(hash).min(1).max(10_000) }),
  ]),
  /** SHA-256 of the idempotency key and of what was asked for under it, hex. */
  request: z.strictObject({ keyHash: hash, bodyHash: hash }).optional(),
});

export type CheckpointRequest = z.output<typeof checkpointRequest>;

export type CheckpointRefusal =
  | 'CUSTOMER_NOT_FOUND'
  | 'IDEMPOTENCY_CONFLICT'
  | 'INTERNAL'
  | 'SCOPE_TOO_WIDE'
  | 'UNAVAILABLE'
  | 'VALIDATION_FAILED';

/** What became of it: where the seal or the run of seals stands, to be read there. */
export type CheckpointReply =
  | {
      readonly ok: true;
      readonly answer: { readonly logIndex: number } | { readonly runNo: number };
      /** True: this is what the idempotency key was answered with before. */
      readonly replayed: boolean;
    }
  | {
      readonly ok: false;
      readonly code: CheckpointRefusal;
      readonly message: string;
      readonly retryAfterSeconds?: number;
    };
