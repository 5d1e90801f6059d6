import { API_ERRORS, ApiError, type ApiErrorCode, type ProblemBody, toProblemBody } from '@pacspace/wire';

/** What some codes are never sent without. */
const DETAILS: Readonly<Partial<Record<ApiErrorCode, ConstructorParameters<typeof ApiError>[2]>>> = {
  VALIDATION_FAILED: { fields: [{ path: 'body', message: 'must be a JSON object' }] },
  RATE_LIMITED: { retryAfterSeconds: 1 },
  UNAVAILABLE: { retryAfterSeconds: 2 },
};

function exampleOf(code: ApiErrorCode): ProblemBody {
  const error = new ApiError(code, API_ERRORS[code].title, DETAILS[code]);
  return toProblemBody(error, '/path/of/the/request', '0af7651916cd43dd8448eb211c80319c');
}

/**
 * An error of each of these codes as it is sent, for `components.examples`: without one, whoever shows the document makes
 * one up of the schema, with the first code there is under every status.
 */
export function problemExamples(codes: Iterable<ApiErrorCode>) {
  return Object.fromEntries(
    [...codes].map((code) => [code, { summary: API_ERRORS[code].title, value: exampleOf(code) }]),
  );
}

/** The examples of an answer with these codes. */
export function referToExamples(codes: Iterable<ApiErrorCode>) {
  return Object.fromEntries([...codes].map((code) => [code, { $ref: `#/components/examples/${code}` }]));
}
