/**
 * Notifications by the batch: collected until `batchSize` have come or `batchTimeout` has passed since the first, then handed to each endpoint
 * method of their priority at once. source: oslo_messaging/notify/dispatcher.py (BatchNotificationDispatcher); unlike it, the timer starts
 * with the first message and each message has its own outcome.
 */
import { runWithNotification } from '../core/context.js'
import type { Dispatcher, DispatcherHooks, Job } from '../core/dispatcher.js'
import { ValidationFailure } from '../core/errors.js'
import { isInstance } from '../core/instance.js'
import { type IncomingMessage, type Outcome, settle } from '../core/message.js'
import { isThenable } from '../core/thenable.js'
import { type BoundEndpoint, countEnd } from './bound-endpoint.js'
import { handlerTimedOut } from './call-limit.js'
import { type Notification, PRIORITIES, type Priority } from './endpoint.js'
import { type Accepted, type ErrorSubject, type Intake, subjectOfNotification } from './intake.js'
import { type ReadResult, readResult } from './result.js'
import type { Unhandled } from './settlement.js'
import { validatePayload, validatorFailure } from './validation.js'

export interface BatchOptions {
  readonly batchSize: number
  /** Milliseconds; null = wait until it is full. */
  readonly batchTimeout: number | null
}

export class BatchNotificationDispatcher implements Dispatcher {
  readonly batchSize: number
  readonly #timeout: number | null
  readonly #intake: Intake
  #hooks: DispatcherHooks | undefined
  #kept: Accepted[] = []
  /** With those that nobody wants: a batch is so many messages of the queue, as in the original. */
  #arrived = 0
  #timer: NodeJS.Timeout | undefined

  constructor(intake: Intake, options: BatchOptions) {
    this.#intake = intake
    this.batchSize = options.batchSize
    this.#timeout = options.batchTimeout
  }

  open(hooks: DispatcherHooks): void {
    this.#hooks = hooks
  }

  prepare(message: IncomingMessage): Outcome | undefined {
    const accepted = this.#intake.accept(message, (this.#hooks as DispatcherHooks).signal)
    const outcome = 'verb' in accepted ? accepted : undefined
    if (!('verb' in accepted)) this.#kept.push(accepted)
    this.#arrived += 1
    if (this.#arrived >= this.batchSize) this.flush()
    else if (this.#timeout !== null) this.#timer ??= setTimeout(() => this.flush(), this.#timeout)
    return outcome
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#arrived = 0
    if (this.#kept.length === 0) return
    const batch = this.#kept
    this.#kept = []
    const hooks = this.#hooks as DispatcherHooks
    hooks.onJob(new BatchJob(batch, this.#intake, hooks))
  }
}

/** A member of a batch on its way to its outcome. */
interface Member {
  readonly accepted: Accepted
  notification: Notification
  readonly finished: string[]
  outcome: Outcome | undefined
}

class BatchJob implements Job {
  readonly size: number
  readonly #members: readonly Member[]
  readonly #intake: Intake
  readonly #hooks: DispatcherHooks

  constructor(batch: readonly Accepted[], intake: Intake, hooks: DispatcherHooks) {
    this.size = batch.length
    this.#members = batch.map((accepted) => ({
      accepted,
      notification: accepted.notification,
      finished: [...accepted.message.marks.finished],
      outcome: undefined,
    }))
    this.#intake = intake
    this.#hooks = hooks
  }

  get subject(): readonly Notification[] {
    return this.#members.map(({ notification }) => notification)
  }

  run(done: () => void): void {
    // #handle never rejects: it catches what endpoints and validators throw, and nothing else in it can.
    void this.#handle().then(() => {
      for (const { accepted, outcome } of this.#members) {
        settle(accepted.message, outcome ?? this.#intake.handled(accepted))
        accepted.ownSignal?.release()
      }
      this.#hooks.onSettled(this.size)
      done()
    })
  }

  abandon(): void {
    for (const { accepted } of this.#members) {
      this.#intake.giveBack(accepted.message)
      accepted.ownSignal?.release()
    }
    this.#hooks.onSettled(this.size)
  }

  async #handle(): Promise<void> {
    await this.#validate()
    for (const priority of PRIORITIES) {
      const group = this.#members.filter(({ notification }) => notification.priority === priority)
      if (group.length === 0) continue
      for (const endpoint of this.#intake.parts.endpoints) {
        const wanted = group.filter(
          ({ accepted, finished, outcome }) =>
            outcome === undefined && accepted.wanting.includes(endpoint) && !finished.includes(endpoint.name),
        )
        if (wanted.length > 0) await this.#call(endpoint, priority, wanted)
      }
    }
  }

  async #validate(): Promise<void> {
    const { validators } = this.#intake.parts
    if (validators === undefined) return
    for (const member of this.#members) {
      const { eventType, payload } = member.notification
      const schema = validators.get(eventType)
      if (schema === undefined) continue
      try {
        member.notification = {
          ...member.notification,
          payload: await validatePayload(schema, eventType, payload),
        }
      } catch (error) {
        member.outcome = this.#invalid(member, error)
      }
    }
  }

  #invalid({ accepted, notification, finished }: Member, error: unknown): Outcome {
    const about = subjectOfNotification(notification)
    if (isInstance(error, ValidationFailure)) return this.#intake.reject(error, 'invalid-payload', about)
    const failure = validatorFailure(notification.eventType, error)
    return this.#intake.settleUnhandled(accepted.message, { error: failure, finished }, about)
  }

  async #call(endpoint: BoundEndpoint, priority: Priority, members: readonly Member[]): Promise<void> {
    const notifications = members.map(({ notification }) => notification)
    let returned: unknown
    try {
      const call = (): unknown => endpoint.call(priority, [notifications])
      const called = runWithNotification(notifications, this.#intake.parts.context, call)
      returned = await (isThenable(called) ? this.#inTime(called, endpoint, priority, members) : called)
    } catch (thrown) {
      const error = this.#intake.threw(endpoint, priority, thrown)
      for (const member of members) this.#unhandled(endpoint, member, { error })
      return
    }
    const results: ReadonlyMap<unknown, unknown> | undefined = isInstance(returned, Map)
      ? returned
      : undefined
    for (const member of members) {
      try {
        const result = results === undefined ? returned : results.get(member.notification)
        this.#took(endpoint, member, readResult(result))
      } catch (thrown) {
        // Of a proxy even the question for a verb may throw.
        this.#unhandled(endpoint, member, { error: this.#intake.threw(endpoint, priority, thrown) })
      }
    }
  }

  /** What the call returns, or HANDLER_TIMEOUT as its rejection. */
  async #inTime(
    called: PromiseLike<unknown>,
    endpoint: BoundEndpoint,
    priority: Priority,
    members: readonly Member[],
  ): Promise<unknown> {
    const { handlerTimeout } = this.#intake.parts
    if (handlerTimeout === undefined) return called
    let limit: NodeJS.Timeout | undefined
    const timedOut = new Promise<never>((_, reject) => {
      limit = setTimeout(() => {
        const error = handlerTimedOut(endpoint.name, priority, handlerTimeout)
        reject(error)
        for (const { accepted } of members) accepted.ownSignal?.abort(error)
      }, handlerTimeout)
    })
    return Promise.race([called, timedOut]).finally(() => clearTimeout(limit))
  }

  #took(endpoint: BoundEndpoint, member: Member, result: ReadResult): void {
    if (result === 'handled') {
      endpoint.stats.handled += 1
      member.finished.push(endpoint.name)
    } else if (result.verb === 'requeue') {
      this.#unhandled(endpoint, member, { delay: result.delay })
    } else {
      endpoint.stats.rejected += 1
      member.outcome = this.#intake.reject(result.error, result.reason, this.#about(endpoint, member))
    }
  }

  #unhandled(endpoint: BoundEndpoint, member: Member, why: Omit<Unhandled, 'finished'>): void {
    const { accepted, finished } = member
    member.outcome = this.#intake.settleUnhandled(
      accepted.message,
      { ...why, finished },
      this.#about(endpoint, member),
    )
    countEnd(endpoint, member.outcome)
  }

  #about(endpoint: BoundEndpoint, { notification }: Member): ErrorSubject {
    return { ...subjectOfNotification(notification), endpoint: endpoint.name }
  }
}
