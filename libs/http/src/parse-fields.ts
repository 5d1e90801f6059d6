import { ApiError, type FieldError } from '@pacspace/wire';
import type { z } from 'zod';

/**
 * A query or a body as the schema's type.
 *
 * @throws ApiError VALIDATION_FAILED that names every member that is not valid.
 */
export function parseFields<S extends z.ZodObject>(schema: S, value: unknown): z.output<S> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError('VALIDATION_FAILED', 'the body must be a JSON object');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidFields(
    parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  );
}

export function invalidFields(fields: readonly FieldError[]): ApiError {
  const message = fields.map((field) => `${field.path} ${field.message}`.trim()).join('; ');
  return new ApiError('VALIDATION_FAILED', message, { fields });
}
