import { Balance } from './balance.js';
import { type ClientOptions, resolveOptions } from './client-options.js';
import type { TransportOptions } from './http/transport.js';

export type PacSpaceOptions = ClientOptions;

/**
 * A client for one API key, and so for one environment: `pk_test_` is the sandbox, `pk_live_` production.
 *
 * @throws ValidationError when the key or the base URL cannot be meant as one.
 */
export class PacSpace {
  readonly balance: Balance;
  readonly environment: 'sandbox' | 'production';
  readonly baseUrl: string;

  constructor(options: PacSpaceOptions) {
    const { environment, transport } = resolveOptions(options);
    this.environment = environment;
    this.baseUrl = transport.baseUrl;
    this.balance = new Balance(transport satisfies TransportOptions);
  }
}
