/** Largest batch in one JSON document, as sent and as inflated. NDJSON has no limit. */
export const MAX_BATCH_BYTES = 10 * 1024 * 1024;

/** Most items in a batch that is sent as one JSON document. NDJSON has no limit. */
export const MAX_JSON_ITEMS = 10_000;
