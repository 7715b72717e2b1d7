import type { Event } from '../event.js'
import type { Sample } from '../sample.js'

/** Where a sink sends what it gets. One per URL and pipeline file; made by its scheme's factory. */
export interface Publisher {
  /** Its URL without passwords: for logs, counters and pages. */
  readonly url: string
  /**
   * Resolves when the receiver has taken all of them; a full queue of the publisher's own makes callers wait. Rejects when they are not
   * taken: the sink's `delivery` says what follows. Absent = no samples: a pipeline of samples that names it is a configuration error.
   */
  publishSamples?(samples: readonly Sample[]): Promise<void>
  /** As `publishSamples`. */
  publishEvents?(events: readonly Event[]): Promise<void>
  /** Resolves when what is held back is sent, or rejects. */
  flush(): Promise<void>
  /** Idempotent. Flushes, then frees what it holds. */
  close(): Promise<void>
}
