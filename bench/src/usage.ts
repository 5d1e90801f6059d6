/** Made-up usage of a language-model service: what a producer's batches look like, 110 to 130 bytes a delta. */
export function usageLine(number: number, customers: number): string {
  const tokens = 1 + ((number * 7919) % 4096);
  const customer = number % customers;
  return `{"customerId":"customer_${customer}","delta":${tokens},"reason":"tokens.generated","referenceId":"req-${number}"}`;
}

/** NDJSON bodies of `size` deltas each, made before the clock starts. */
export function usageBatches(total: number, size: number, customers: number, first = 0): Buffer[] {
  const batches: Buffer[] = [];
  for (let from = 0; from < total; from += size) {
    let body = '';
    for (let i = from; i < Math.min(total, from + size); i += 1)
      body += `${usageLine(first + i, customers)}\n`;
    batches.push(Buffer.from(body));
  }
  return batches;
}
