/** The executor's suite passes a sound executor and notices each defect. */
import { describe, expect, test } from '@jest/globals'

import { executorConformance } from '../../src/conformance/index.js'
import type { Job } from '../../src/core/dispatcher.js'
import type { Executor } from '../../src/core/executor.js'

/** What a user might write: first come, first served. The protected parts are what the defects below change. */
class SmallExecutor implements Executor {
  readonly concurrency = 3
  protected readonly waiting: Job[] = []
  protected running = 0
  protected closed = false
  protected slots = 3
  #pumping = false
  readonly #onIdle: (() => void)[] = []

  async start(): Promise<void> {
    this.closed = false
  }

  execute(job: Job): void {
    if (this.closed) return job.abandon()
    this.waiting.push(job)
    this.pump()
  }

  async close(deadline?: number): Promise<void> {
    this.closed = true
    if (this.running === 0 && this.waiting.length === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle.push(resolve)
      if (deadline === undefined) return
      setTimeout(() => {
        this.giveUp()
        resolve()
      }, deadline)
    })
  }

  protected giveUp(): void {
    for (const job of this.waiting.splice(0)) job.abandon()
  }

  protected next(): Job | undefined {
    return this.waiting.shift()
  }

  protected pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    while (this.running < this.slots) {
      const job = this.next()
      if (job === undefined) break
      this.running++
      job.run(() => this.ended())
    }
    this.#pumping = false
    if (this.running === 0 && this.waiting.length === 0) for (const idle of this.#onIdle.splice(0)) idle()
  }

  protected ended(): void {
    this.running--
    this.pump()
  }
}

executorConformance({ name: 'a small executor', make: () => new SmallExecutor(), test })

interface Defect {
  readonly noticedBy: string
  readonly make: () => Executor
}

const defects: Readonly<Record<string, Defect>> = {
  'runs one job too many': {
    noticedBy: 'concurrency is never exceeded',
    make: () =>
      new (class extends SmallExecutor {
        protected override slots = 4
      })(),
  },
  'never fills its last slot': {
    noticedBy: 'concurrency is never exceeded, and reached',
    make: () =>
      new (class extends SmallExecutor {
        protected override slots = 2
      })(),
  },
  'says that its concurrency is 0': {
    noticedBy: 'concurrency is a whole number',
    make: () => Object.assign(new SmallExecutor(), { concurrency: 0 }),
  },
  'runs a job twice': {
    noticedBy: 'every job runs exactly once',
    make: () =>
      new (class extends SmallExecutor {
        #count = 0
        override execute(job: Job): void {
          super.execute(job)
          if (++this.#count === 100) super.execute(job)
        }
      })(),
  },
  'drops a job': {
    noticedBy: 'every job runs exactly once',
    make: () =>
      new (class extends SmallExecutor {
        #count = 0
        override execute(job: Job): void {
          if (++this.#count !== 100) super.execute(job)
        }
      })(),
  },
  'begins the next job on the stack of the last': {
    noticedBy: 'ten thousand jobs that finish at once',
    make: () =>
      new (class extends SmallExecutor {
        protected override pump(): void {
          const job = this.running < this.slots ? this.next() : undefined
          if (job === undefined) return
          this.running++
          job.run(() => this.ended())
        }
      })(),
  },
  'refuses a job that comes from a job': {
    noticedBy: 'a job may hand in another one',
    make: () =>
      new (class extends SmallExecutor {
        override execute(job: Job): void {
          if (this.running > 0) throw new Error('busy')
          super.execute(job)
        }
      })(),
  },
  'closes without waiting': {
    noticedBy: 'close waits for every job taken',
    make: () =>
      new (class extends SmallExecutor {
        override async close(): Promise<void> {
          this.closed = true
        }
      })(),
  },
  'abandons at once what has not begun': {
    noticedBy: 'close waits for every job taken',
    make: () =>
      new (class extends SmallExecutor {
        override close(deadline?: number): Promise<void> {
          this.giveUp()
          return super.close(deadline)
        }
      })(),
  },
  'waits beyond the deadline': {
    noticedBy: 'close with a deadline',
    make: () =>
      new (class extends SmallExecutor {
        override close(deadline?: number): Promise<void> {
          return deadline === 100 ? super.close() : super.close(deadline)
        }
      })(),
  },
  'drops instead of abandoning': {
    noticedBy: 'close with a deadline',
    make: () =>
      new (class extends SmallExecutor {
        protected override giveUp(): void {
          this.waiting.length = 0
        }
      })(),
  },
  'abandons and runs later': {
    noticedBy: 'close with a deadline',
    make: () =>
      new (class extends SmallExecutor {
        protected override giveUp(): void {
          for (const job of this.waiting) job.abandon()
        }
      })(),
  },
  'throws after close': {
    noticedBy: 'after close, execute abandons',
    make: () =>
      new (class extends SmallExecutor {
        override execute(job: Job): void {
          if (this.closed) throw new Error('closed')
          super.execute(job)
        }
      })(),
  },
  'runs jobs after close': {
    noticedBy: 'after close, execute abandons',
    make: () =>
      new (class extends SmallExecutor {
        override execute(job: Job): void {
          this.waiting.push(job)
          this.pump()
        }
      })(),
  },
  'fails at the second close': {
    noticedBy: 'close is idempotent',
    make: () =>
      new (class extends SmallExecutor {
        override close(deadline?: number): Promise<void> {
          return this.closed && deadline === undefined
            ? Promise.reject(new Error('closed'))
            : super.close(deadline)
        }
      })(),
  },
  'stays closed': {
    noticedBy: 'start after close',
    make: () =>
      new (class extends SmallExecutor {
        override async start(): Promise<void> {}
      })(),
  },
  'binds to an object without methods': {
    noticedBy: 'bind returns an object',
    make: () =>
      new (class extends SmallExecutor {
        bind<E extends object>(_endpoint: E): E {
          return {} as E
        }
      })(),
  },
}

describe('the executor suite notices an executor that', () => {
  test.each(Object.entries(defects))('%s', async (_, { noticedBy, make }) => {
    const checks: { readonly name: string; readonly run: () => Promise<void> }[] = []
    executorConformance({
      name: 'mutant',
      make,
      timeout: 500,
      test: (name, run) => checks.push({ name, run }),
    })
    const chosen = checks.filter(({ name }) => name.includes(noticedBy))
    expect(chosen).toHaveLength(1)
    const outcome = await chosen[0]?.run().then(
      () => 'passed',
      (error: Error) => error.name,
    )
    expect(outcome).toMatch(/^(AssertionError|Error|RangeError)$/)
  })
})
