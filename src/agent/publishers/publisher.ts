import type { Event } from '../event.js'
import type { Sample } from '../sample.js'

/** Where a sink sends what it gets. One per URL and pipeline file; made by its scheme's factory, which does no I/O but reading certificates. */
export interface Publisher {
  /** Its URL without passwords: for logs, counters and pages. */
  readonly url: string
  /**
   * Starts what has to be there before the first data, such as a server that is scraped; rejects when it can't. Idempotent. Who does not call
   * it has it done by the first publish.
   */
  open?(): Promise<void>
  /**
   * Resolves when the receiver has taken all of them; a full queue of the publisher's own makes callers wait. Rejects when they are not
   * taken, with PublishFailure: the sink's `delivery` says what follows. Absent = no samples: a pipeline of samples that names it is a
   * configuration error. Samples and arrays are not changed, and may not be changed by others until it settles.
   */
  publishSamples?(samples: readonly Sample[]): Promise<void>
  /** As `publishSamples`. */
  publishEvents?(events: readonly Event[]): Promise<void>
  /** Resolves when what is held back is sent, or rejects. */
  flush(): Promise<void>
  /**
   * Idempotent. Flushes, then frees what it holds. After `deadline` milliseconds (default 30,000) what is still held is given up: its
   * publish calls reject.
   */
  close(deadline?: number): Promise<void>
  /** The truth at this moment; cheap. */
  stats?(): PublisherStats
}

/** Counts of samples and events since the publisher was made. */
export interface PublisherStats {
  /** Taken by the receiver. */
  readonly published: number
  /** Not taken, and their callers were told so. */
  readonly failed: number
  /** Tried once more: counted at each further attempt. */
  readonly retried: number
  /** Given up without an error: the URL's options say so, or no receiver would ever take them, such as a volume that is no number. */
  readonly dropped: number
  /** Held at this moment, those of waiting callers included. */
  readonly queued: number
}
