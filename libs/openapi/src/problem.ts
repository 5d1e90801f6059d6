import { API_ERRORS, type ApiErrorCode } from '@pacspace/wire';
import { z } from 'zod';

const codes = Object.keys(API_ERRORS).filter((code) => code !== 'VALIDATION_FAILED') as ApiErrorCode[];

export const fieldError = z
  .object({ path: z.string(), message: z.string() })
  .meta({ id: 'FieldError', description: 'What of a request is not valid, and where.' });

/** What the refusal of one item of a batch and of a whole request have in common. */
export const errorDetail = z
  .object({
    code: z.enum(codes).optional().meta({ description: 'Absent when the request as such is not valid.' }),
    message: z.string(),
    retryAfterSeconds: z.number().min(0).optional(),
    fields: z.array(fieldError).optional(),
  })
  .meta({ id: 'ErrorDetail' });

/** The body of every error (RFC 9457). */
export const problem = z
  .object({
    success: z.literal(false),
    error: errorDetail,
    type: z.string().meta({ description: 'A URN of the code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    traceId: z.string().meta({ description: "What to tell the service's operator." }),
  })
  .meta({ id: 'Problem', description: 'Every error (RFC 9457).' });

/** Neither a success nor an error: the first request with an idempotency key is still under way. */
export const pending = z
  .object({
    success: z.literal(false),
    code: z.literal('IDEMPOTENCY_PENDING'),
    retryAfterSeconds: z.number(),
    error: z.object({
      code: z.literal('IDEMPOTENCY_PENDING'),
      message: z.string(),
      retryAfterSeconds: z.number(),
    }),
  })
  .meta({ id: 'Pending', description: 'A request with this idempotency key is still under way: ask again.' });
