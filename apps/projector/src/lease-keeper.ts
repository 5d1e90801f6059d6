import { LaneLeases } from '@pacspace/ledger';

/** Holds the process's leases over the loss of the session that they live in. */
export class LeaseKeeper {
  private session: Promise<LaneLeases> | undefined;
  private lost = new AbortController();

  constructor(
    private readonly url: string,
    private readonly name: string,
  ) {}

  /** A signal that is aborted when the lease is lost; undefined when somebody else holds the lane. */
  async tryTake(lane: number): Promise<AbortSignal | undefined> {
    const leases = await this.open();
    const { signal } = this.lost;
    return (await leases.tryTake(lane)) ? signal : undefined;
  }

  async give(lane: number): Promise<void> {
    // With the session lost there is nothing to give.
    if (this.session !== undefined) await (await this.session).give(lane);
  }

  async close(): Promise<void> {
    if (this.session !== undefined) await (await this.session).close();
  }

  private open(): Promise<LaneLeases> {
    this.session ??= LaneLeases.open({ url: this.url, name: this.name, onLost: () => this.forget() }).catch(
      (error: unknown) => {
        this.session = undefined;
        throw error;
      },
    );
    return this.session;
  }

  private forget(): void {
    this.session = undefined;
    this.lost.abort();
    this.lost = new AbortController();
  }
}
