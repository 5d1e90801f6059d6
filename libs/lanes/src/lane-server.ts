import { Server } from '@nestjs/microservices';
import { lastValueFrom, type Observable } from 'rxjs';
import { LaneShare, type LaneShareOptions } from './lane-share.js';

export type LaneServerOptions = Omit<LaneShareOptions, 'read'>;

/**
 * Nest's side of lanes: reads those that are this process's share, and hands what comes in them to the handlers of the
 * app's patterns. Whatever fails (the handler, the reading, the lease) ends the lane's session.
 */
export abstract class LaneServer extends Server {
  private readonly share: LaneShare;
  private readonly stopping = new AbortController();
  private running = Promise.resolve();

  constructor(options: LaneServerOptions) {
    super();
    this.share = new LaneShare({
      ...options,
      read: (lane, ended, onProgress) => this.readLane(lane, ended, onProgress),
    });
  }

  /** Reads the lane until the signal, drains, and returns; calls `onProgress` whenever all is well. */
  protected abstract readLane(lane: number, ended: AbortSignal, onProgress: () => void): Promise<void>;

  /** @returns what the pattern's handler does. @throws as it does: see PassErrorsOn. */
  protected async call<T>(pattern: string, data: unknown): Promise<T> {
    const handler = this.getHandlerByPattern(pattern);
    if (handler === null) throw new Error(`no handler for ${pattern}`);
    return await lastValueFrom(this.transformToObservable(await handler(data)) as Observable<T>, {
      defaultValue: undefined as T,
    });
  }

  listen(callback: () => void): void {
    this.running = this.share.run(this.stopping.signal);
    callback();
  }

  /** Begins nothing more; resolves when what is under way is done, and the leases are given free. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  on(): never {
    throw new Error('lanes have no events to listen to');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the base class's signature
  unwrap<T>(): T {
    return this.share as T;
  }
}
