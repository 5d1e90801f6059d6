import { Balance } from './balance/balance.js';
import { type ClientOptions, resolveOptions } from './client-options.js';
import type { TransportOptions } from './http/transport.js';
import { type RootCheck, verifyRoot, type VerifyRootOptions } from './verify/verify-root.js';

export type PacSpaceOptions = ClientOptions;

/** A client for one API key, and so for one environment: `pk_test_` is the sandbox, `pk_live_` production. */
export class PacSpace {
  readonly balance: Balance;
  readonly environment: 'sandbox' | 'production';
  readonly baseUrl: string;
  private readonly transport: TransportOptions;

  /** @throws InvalidApiKeyError | ValidationError when the key or the base URL cannot be meant as one. */
  constructor(options: PacSpaceOptions) {
    const { environment, transport } = resolveOptions(options);
    this.environment = environment;
    this.baseUrl = transport.baseUrl;
    this.transport = transport;
    this.balance = new Balance(transport);
  }

  /**
   * Asks what a proof root commits to, and checks the answer here: the seal, its place in the log, the signature.
   *
   * @throws NotFoundError when nothing is sealed under the root; ValidationError when it is none.
   */
  async verify(proofRoot: string, options: VerifyRootOptions = {}): Promise<RootCheck> {
    return await verifyRoot(this.transport, proofRoot, options);
  }
}
