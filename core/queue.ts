/**
 * `block`: `push` waits until there is room (events). `drop-oldest`: the oldest item makes room (serial noise).
 * `latest`: only the newest item is kept (frames).
 */
export type Overflow = 'block' | 'drop-oldest' | 'latest';

export interface QueueOptions {
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly onDrop?: (count: number) => void;
}

/**
 * A bounded hand-over between a callback world and an async iterator. One consumer. After `close` the items that
 * wait are still delivered; after `fail` they are delivered and then the iterator throws.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #overflow: Overflow;
  readonly #onDrop: (count: number) => void;
  #items: T[] = [];
  #wakeConsumer: (() => void) | undefined;
  #wakeProducers: (() => void)[] = [];
  #end: { readonly failure?: unknown } | undefined;

  constructor({ capacity, overflow, onDrop = () => {} }: QueueOptions) {
    this.#capacity = overflow === 'latest' ? 1 : capacity;
    this.#overflow = overflow;
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Resolves when the item is in the queue, or was dropped by the policy or because the queue is closed. */
  async push(item: T): Promise<void> {
    while (this.#end === undefined && this.#overflow === 'block' && this.#items.length >= this.#capacity) {
      await new Promise<void>(resolve => this.#wakeProducers.push(resolve));
    }
    this.offer(item);
  }

  /** Takes the item at once; a full `block` queue refuses it and returns false. */
  offer(item: T): boolean {
    if (this.#end !== undefined) {
      this.#onDrop(1);
      return false;
    }
    if (this.#items.length >= this.#capacity) {
      if (this.#overflow === 'block') return false;
      this.#items.shift();
      this.#onDrop(1);
    }
    this.#items.push(item);
    this.#wakeConsumer?.();
    return true;
  }

  close(): void {
    this.#finish({});
  }

  fail(failure: unknown): void {
    this.#finish({ failure });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for await (const items of this.batches(1)) yield* items;
  }

  /** As the iterator, but gives all that waits at once, up to `maximum` items and never none. */
  async *batches(maximum: number): AsyncGenerator<readonly T[], void> {
    for (;;) {
      while (this.#items.length > 0) {
        const items = this.#items.splice(0, maximum);
        for (const wake of this.#wakeProducers.splice(0, items.length)) wake();
        yield items;
      }
      if (this.#end !== undefined) {
        if ('failure' in this.#end) throw this.#end.failure;
        return;
      }
      await new Promise<void>(resolve => {
        this.#wakeConsumer = resolve;
      });
      this.#wakeConsumer = undefined;
    }
  }

  #finish(end: { readonly failure?: unknown }): void {
    this.#end ??= end;
    this.#wakeConsumer?.();
    for (const wake of this.#wakeProducers.splice(0)) wake();
  }
}
