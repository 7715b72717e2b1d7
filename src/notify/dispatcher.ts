/** One notification at a time: the job that calls its endpoints in order and settles it. source: oslo_messaging/notify/dispatcher.py */
import { runWithNotification } from '../core/context.js'
import type { Dispatcher, DispatcherHooks, Job } from '../core/dispatcher.js'
import { ValidationFailure } from '../core/errors.js'
import { isInstance } from '../core/instance.js'
import { type IncomingMessage, type Outcome, settle } from '../core/message.js'
import { isThenable } from '../core/thenable.js'
import { type BoundEndpoint, countEnd } from './bound-endpoint.js'
import { handlerTimedOut } from './call-limit.js'
import type { Notification } from './endpoint.js'
import { type Accepted, type ErrorSubject, type Intake, subjectOfNotification } from './intake.js'
import { GIVE_BACK, type ReadResult, readResult } from './result.js'
import type { Unhandled } from './settlement.js'
import { type PayloadSchema, validatePayload, validatorFailure } from './validation.js'

export class NotificationDispatcher implements Dispatcher {
  readonly batchSize = 1
  readonly #intake: Intake
  #hooks: DispatcherHooks | undefined

  constructor(intake: Intake) {
    this.#intake = intake
  }

  open(hooks: DispatcherHooks): void {
    this.#hooks = hooks
  }

  prepare(message: IncomingMessage): Job | Outcome {
    const hooks = this.#hooks as DispatcherHooks
    const accepted = this.#intake.accept(message, hooks.signal)
    return 'verb' in accepted ? accepted : new NotificationJob(accepted, this.#intake, hooks)
  }

  flush(): void {}
}

class NotificationJob implements Job {
  readonly size = 1
  subject: Notification
  readonly #accepted: Accepted
  readonly #intake: Intake
  readonly #hooks: DispatcherHooks
  readonly #finished: readonly string[]
  #isOver = false
  #done: () => void = () => {}

  constructor(accepted: Accepted, intake: Intake, hooks: DispatcherHooks) {
    this.subject = accepted.notification
    this.#accepted = accepted
    this.#intake = intake
    this.#hooks = hooks
    this.#finished = accepted.message.marks.finished
  }

  run(done: () => void): void {
    this.#done = done
    const { eventType } = this.subject
    const schema = this.#intake.parts.validators?.get(eventType)
    if (schema === undefined) this.#callFrom(0)
    else this.#validate(schema, eventType)
  }

  abandon(): void {
    this.#isOver = true
    this.#intake.giveBack(this.#accepted.message)
    this.#accepted.ownSignal?.release()
    this.#hooks.onSettled(1)
  }

  #validate(schema: PayloadSchema, eventType: string): void {
    let value: unknown
    try {
      value = validatePayload(schema, eventType, this.subject.payload)
    } catch (error) {
      this.#invalid(error)
      return
    }
    if (value instanceof Promise)
      value.then(
        (payload) => this.#valid(payload),
        (error: unknown) => this.#invalid(error),
      )
    else this.#valid(value)
  }

  #valid(payload: unknown): void {
    this.subject = { ...this.subject, payload }
    this.#callFrom(0)
  }

  #invalid(error: unknown): void {
    if (isInstance(error, ValidationFailure))
      this.#end(this.#intake.reject(error, 'invalid-payload', this.#about()))
    else this.#unhandled({ error: validatorFailure(this.subject.eventType, error) })
  }

  /** A loop while endpoints are synchronous; goes on after the promise of one that is not. */
  #callFrom(first: number): void {
    const { wanting } = this.#accepted
    for (let index = first; index < wanting.length; index++) {
      const endpoint = wanting[index] as BoundEndpoint
      if (this.#finished.length > 0 && this.#finished.includes(endpoint.name)) continue
      let returned: unknown
      let promise: Promise<unknown> | undefined
      try {
        returned = this.#call(endpoint)
        // Not its own `then`: a thenable that is no promise may call back twice, or throw.
        promise = isThenable(returned) ? Promise.resolve(returned) : undefined
      } catch (thrown) {
        this.#threw(endpoint, thrown)
        return
      }
      if (promise !== undefined) {
        const limit = this.#limit(endpoint)
        void promise.then(
          (result) => {
            if (this.#isInTime(limit) && this.#took(endpoint, result)) this.#callFrom(index + 1)
          },
          (thrown: unknown) => {
            if (this.#isInTime(limit)) this.#threw(endpoint, thrown)
          },
        )
        return
      }
      if (!this.#took(endpoint, returned)) return
    }
    this.#end(this.#intake.handled(this.#accepted))
  }

  #call(endpoint: BoundEndpoint): unknown {
    const { priority, ctxt, publisherId, eventType, payload, metadata } = this.subject
    const args = [ctxt, publisherId, eventType, payload, metadata]
    return runWithNotification(this.subject, this.#intake.parts.context, () => endpoint.call(priority, args))
  }

  #limit(endpoint: BoundEndpoint): NodeJS.Timeout | undefined {
    const { handlerTimeout } = this.#intake.parts
    if (handlerTimeout === undefined) return undefined
    return setTimeout(() => {
      const error = handlerTimedOut(endpoint.name, this.subject.priority, handlerTimeout)
      this.#threw(endpoint, error)
      this.#accepted.ownSignal?.abort(error)
    }, handlerTimeout)
  }

  /** False: its time was up, and the message is settled. */
  #isInTime(limit: NodeJS.Timeout | undefined): boolean {
    clearTimeout(limit)
    return !this.#isOver
  }

  /** Whether the next endpoint's turn has come; otherwise the message is settled. */
  #took(endpoint: BoundEndpoint, returned: unknown): boolean {
    if (returned === GIVE_BACK) {
      this.abandon()
      this.#done()
      return false
    }
    let result: ReadResult
    try {
      result = readResult(returned)
    } catch (thrown) {
      this.#threw(endpoint, thrown)
      return false
    }
    if (result === 'handled') {
      endpoint.stats.handled += 1
      return true
    }
    if (result.verb === 'requeue') {
      this.#unhandled({ delay: result.delay }, endpoint)
    } else {
      endpoint.stats.rejected += 1
      this.#end(this.#intake.reject(result.error, result.reason, this.#about(endpoint)))
    }
    return false
  }

  #threw(endpoint: BoundEndpoint, thrown: unknown): void {
    this.#unhandled({ error: this.#intake.threw(endpoint, this.subject.priority, thrown) }, endpoint)
  }

  #unhandled(why: Omit<Unhandled, 'finished'>, endpoint?: BoundEndpoint): void {
    const outcome = this.#intake.settleUnhandled(
      this.#accepted.message,
      { ...why, finished: this.#finishedBefore(endpoint) },
      this.#about(endpoint),
    )
    if (endpoint !== undefined) countEnd(endpoint, outcome)
    this.#end(outcome)
  }

  /** Those of earlier attempts, and those of this one, which are all before the one that did not handle it. */
  #finishedBefore(endpoint: BoundEndpoint | undefined): readonly string[] {
    if (endpoint === undefined) return this.#finished
    const { wanting } = this.#accepted
    const names = wanting.slice(0, wanting.indexOf(endpoint)).map(({ name }) => name)
    return [...new Set([...this.#finished, ...names])]
  }

  #about(endpoint?: BoundEndpoint): ErrorSubject {
    const about = subjectOfNotification(this.subject)
    return endpoint === undefined ? about : { ...about, endpoint: endpoint.name }
  }

  #end(outcome: Outcome): void {
    this.#isOver = true
    settle(this.#accepted.message, outcome)
    this.#accepted.ownSignal?.release()
    this.#hooks.onSettled(1)
    this.#done()
  }
}
