import { ApiError } from '@pacspace/wire';

export interface ByteBudgetOptions {
  /** Bytes of bodies held in memory at the same time. */
  readonly bytes: number;
  /** Requests that may wait for their share; one more is refused. */
  readonly waitLimit: number;
  readonly waitMs: number;
}

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/** Gives a share back; only the first call counts. */
export type Release = () => void;

/**
 * Bounds what bodies that must be held whole take of the memory, however many clients send however large ones. Who
 * asks first is served first, also when a smaller share would fit: large bodies are not starved.
 */
export class ByteBudget {
  private readonly waiting = new Set<Waiter>();
  private used = 0;

  constructor(private readonly options: ByteBudgetOptions) {}

  level(): { readonly used: number; readonly limit: number } {
    return { used: this.used, limit: this.options.bytes };
  }

  /**
   * A share for a body of at most so many bytes, once there is room.
   *
   * @throws ApiError UNAVAILABLE when too many wait, or it took too long.
   */
  async take(bytes: number): Promise<Release> {
    const share = Math.min(bytes, this.options.bytes);
    if (this.waiting.size > 0 || this.used + share > this.options.bytes) await this.wait(share);
    else this.used += share;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.used -= share;
      this.admitNext();
    };
  }

  private async wait(bytes: number): Promise<void> {
    if (this.waiting.size >= this.options.waitLimit) throw tooMany();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(waiter);
        reject(tooMany());
        // The one behind may be smaller, and fit.
        this.admitNext();
      }, this.options.waitMs);
      const waiter: Waiter = {
        bytes,
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.waiting.add(waiter);
    });
  }

  private admitNext(): void {
    for (const waiter of this.waiting) {
      if (this.used + waiter.bytes > this.options.bytes) return;
      this.waiting.delete(waiter);
      this.used += waiter.bytes;
      waiter.admit();
    }
  }
}

function tooMany(): ApiError {
  return new ApiError('UNAVAILABLE', 'too many large bodies are being read', { retryAfterSeconds: 1 });
}
