import type { PublisherStats } from './publisher.js'

/** What a publisher counts; `queued` is asked for. */
export class Counters {
  published = 0
  failed = 0
  retried = 0
  dropped = 0

  stats(queued = 0): PublisherStats {
    const { published, failed, retried, dropped } = this
    return { published, failed, retried, dropped, queued }
  }
}
