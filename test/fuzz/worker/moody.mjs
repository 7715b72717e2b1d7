// Endpoints that do in a worker thread what those of moods.ts do in this one, as far as it can cross between threads, and further.
const PRIORITIES = ['audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn']

const raise = (thrown) => {
  throw thrown
}

const answers = [
  () => undefined,
  () => undefined,
  async () => undefined,
  () => 'requeue',
  async () => ({ verb: 'requeue', delay: 1 }),
  () => ({ verb: 'reject', reason: 'not wanted' }),
  () => raise(new TypeError('an endpoint failed', { cause: new Error('for a reason') })),
  async () => raise('a text'),
  () => raise(undefined),
  () => raise(() => 'what can not cross'),
  () => raise(new AggregateError([new Error('one'), null], 'several')),
  () => Symbol('x'),
  () => () => 'what can not cross',
  () => ({ verb: 'reject', reason: () => {} }),
  () => new Map([[1, 'requeue']]),
  () =>
    Object.defineProperty({}, 'verb', { enumerable: true, get: () => raise(new Error('a getter failed')) }),
]

const textOf = (value) => (typeof value === 'string' ? value : typeof value)

function hashOf(text) {
  let hash = 0
  for (const sign of text) hash = (Math.imul(hash, 31) + sign.codePointAt(0)) >>> 0
  return hash
}

/** By content, and another one at the next attempt. */
function answer(eventType, metadata) {
  const index = hashOf(`${textOf(eventType)} ${textOf(metadata.messageId)}`) + metadata.attempts
  return answers[index % answers.length]()
}

const single = (_ctxt, _publisherId, eventType, _payload, metadata) => answer(eventType, metadata)
const batch = ([first]) => answer(first.eventType, first.metadata)

export default ({ kind }) =>
  Object.fromEntries(PRIORITIES.map((priority) => [priority, kind === 'batch' ? batch : single]))
